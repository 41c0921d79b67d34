import type { ReadableStream } from 'node:stream/web'

export type ServerEvent = { readonly event: string; readonly id: string; readonly data: string }

/** The events of a `text/event-stream` body as they come; comments are left out. Ends or fails with the body. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncIterable<ServerEvent> {
  const decoder = new TextDecoder()
  let rest = ''
  let event = { event: 'message', id: '', data: '' }
  for await (const bytes of body) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '') {
        if (event.data !== '') yield event
        event = { event: 'message', id: '', data: '' }
        continue
      }
      const [, name, value = ''] = /^(event|id|data): ?(.*)$/.exec(line) ?? []
      if (name === 'data') event.data = event.data === '' ? value : `${event.data}\n${value}`
      else if (name === 'event' || name === 'id') event[name] = value
    }
  }
}
