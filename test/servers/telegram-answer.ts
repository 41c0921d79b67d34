import type { ServerResponse } from 'node:http'
import { ApiFailure } from './telegram-failure.ts'
import type { Fault } from './telegram-faults.ts'

/** Whether the fault ended the call before it was carried out. */
export function breaksBefore(fault: Fault, response: ServerResponse): boolean {
  switch (fault.kind) {
    case 'error':
      throw new ApiFailure(fault.code, fault.description, fault.parameters)
    case 'flood': {
      const wait = fault.retryAfter
      throw new ApiFailure(429, `Too Many Requests: retry after ${wait}`, { retry_after: wait })
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

/** Answers a call, spoilt in the way the fault says. */
export function answer(
  response: ServerResponse,
  fault: Fault | undefined,
  status: number,
  body: string,
): void {
  if (response.destroyed) return
  switch (fault?.kind) {
    case 'lost':
      response.destroy()
      return
    case 'hang':
      return
    case 'half':
      response.writeHead(status, {
        'content-type': 'application/json',
        'content-length': body.length * 2,
      })
      response.write(body.slice(0, body.length / 2))
      return
    case 'garbage':
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(fault.body ?? '{"ok":tru')
      return
    default:
      response.writeHead(status, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      })
      response.end(body)
  }
}
