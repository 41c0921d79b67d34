import type { ServerResponse } from 'node:http'
import type { Answer } from './signal-acts.ts'
import { RestFailure } from './signal-failure.ts'
import type { SignalFault } from './signal-faults.ts'

/** Whether the fault ended the call before it was carried out. */
export function breaksBefore(fault: SignalFault, response: ServerResponse): boolean {
  switch (fault.kind) {
    case 'error':
      throw new RestFailure(fault.status ?? 400, fault.error)
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
export function reply(
  response: ServerResponse,
  fault: SignalFault | undefined,
  answer: Answer,
): void {
  if (response.destroyed || response.headersSent || fault?.kind === 'hang') return
  const { status, type = 'application/json; charset=utf-8' } = answer
  const body = answer.bytes ?? (answer.body === undefined ? '' : JSON.stringify(answer.body))
  switch (fault?.kind) {
    case 'lost':
      response.destroy()
      return
    case 'half':
      response.writeHead(status, { 'content-type': type, 'content-length': body.length + 10 })
      response.write(body.slice(0, Math.ceil(body.length / 2)))
      return
    case 'garbage':
      response.writeHead(fault.status ?? status, { 'content-type': type })
      response.end(fault.body ?? '[{"timest')
      return
  }
  if (status === 204) {
    response.writeHead(204)
    response.end()
    return
  }
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
