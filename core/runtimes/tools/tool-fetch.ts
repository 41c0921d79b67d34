import { ToolError } from './tool-error.ts'

const maxBodyBytes = 16 * 1024 * 1024

/**
 * A `fetch` for tool servers over HTTP whose answers cannot flood. A stream of the server's own beside the calls is
 * not opened: nothing that comes there would be used, and it would be one more connection for each session.
 */
export function toolFetch(maxBytes = maxBodyBytes): typeof fetch {
  return async (input, init) => {
    if (init?.method === 'GET') return new Response(null, { status: 405 })
    const response = await fetch(input, init)
    if (!response.body) return response
    let bytes = 0
    const body = response.body.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(chunk, controller) {
          bytes += chunk.byteLength
          if (bytes > maxBytes) throw new ToolError(`It sent more than ${maxBytes} bytes at once.`)
          controller.enqueue(chunk)
        },
      }),
    )
    const { status, statusText, headers } = response
    return new Response(body, { status, statusText, headers })
  }
}
