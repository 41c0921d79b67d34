import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { SignalServer } from './signal.ts'

/** One request, with the answer read; a body that is no text goes as JSON. */
export async function call(server: SignalServer, method: string, path: string, body?: unknown) {
  const response = await fetch(`${server.url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  return {
    status: response.status,
    type,
    text,
    json: type.includes('json') ? JSON.parse(text) : {},
  }
}

/** Sends a text. */
export function send(server: SignalServer, to: string, fields: object = {}) {
  const body = { number: server.account, recipients: [to], message: 'hi', ...fields }
  return call(server, 'POST', '/v2/send', body)
}

/** A client that keeps what it gets. */
export async function listen(server: SignalServer, number = server.account) {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/receive/${number}`)
  const frames: { envelope: { dataMessage: { message: string } } }[] = []
  socket.on('message', (data) => frames.push(JSON.parse(String(data))))
  await once(socket, 'open')
  const texts = () => frames.map(({ envelope }) => envelope.dataMessage.message)
  return { socket, frames, texts, [Symbol.dispose]: () => socket.terminate() }
}

/** Resolves once everything sent before has arrived. */
export async function settle({ socket }: { socket: WebSocket }) {
  const pong = once(socket, 'pong')
  socket.ping()
  await pong
}
