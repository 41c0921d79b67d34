import type { ServerResponse } from 'node:http'
import { DiscordFailure } from './discord-failure.ts'
import type { Fault } from './discord-faults.ts'
import { LimitFailure } from './discord-limits.ts'

/** Whether the fault ended the request before it was carried out. */
export function breaksBefore(fault: Fault, response: ServerResponse): boolean {
  switch (fault.kind) {
    case 'error':
      throw new DiscordFailure(fault.code, { status: fault.status })
    case 'limit': {
      const scope = fault.isGlobal ? 'global' : (fault.scope ?? 'user')
      throw new LimitFailure(fault.retryAfter, scope)
    }
    case 'page':
      response.writeHead(fault.status, { 'content-type': 'text/html' })
      response.end('<html><body><h1>It did not work</h1></body></html>')
      return true
    case 'cut':
      response.destroy()
      return true
    case 'hang':
      return !fault.acts
    default:
      return false
  }
}

/** Answers a request, spoilt in the way the fault says. */
export function answer(
  response: ServerResponse,
  fault: Fault | undefined,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed || fault?.kind === 'hang') return
  const json = { ...headers, 'content-type': 'application/json' }
  switch (fault?.kind) {
    case 'lost':
      response.destroy()
      return
    case 'half':
      response.writeHead(status, { ...json, 'content-length': Math.max(2, body.length * 2) })
      response.write(body.slice(0, Math.max(1, body.length / 2)))
      return
    case 'garbage':
      response.writeHead(200, json)
      response.end(fault.body ?? '{"id":"1')
      return
    default:
      if (status === 204) response.writeHead(204, headers).end()
      else response.writeHead(status, json).end(body)
  }
}
