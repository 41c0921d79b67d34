import type { Clock } from '../../clock.ts'
import { RuntimeError } from '../../errors.ts'

export type StreamLimits = {
  readonly clock: Clock
  /** How long an event stream may be silent; servers send a heartbeat every 10 s. */
  readonly idleMs: number
}

/** The messages of a whole turn with their files; a body longer than that is no answer. */
const maxBodyBytes = 128 * 1024 * 1024
const maxEventBytes = 32 * 1024 * 1024

/**
 * A `fetch` for the SDK that takes no web page for an answer, keeps no body without an end, and ends an event stream
 * that has gone silent. All three are `RuntimeError`s.
 */
export function boundedFetch(limits: StreamLimits): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init)
    const type = response.headers.get('content-type') ?? ''
    if (type.startsWith('text/html')) {
      await response.body?.cancel()
      throw new RuntimeError(
        'bad-response',
        `A web page came instead of an answer of OpenCode (HTTP ${response.status}). Does url lead to an OpenCode server, past any proxy and its log-in?`,
        { isRetryable: false },
      )
    }
    if (!response.body) return response
    const isStream = type.startsWith('text/event-stream')
    const body = isStream ? watched(response.body, limits) : capped(response.body)
    const { status, statusText, headers } = response
    return new Response(body, { status, statusText, headers })
  }
}

function capped(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
  let bytes = 0
  return body.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        bytes += chunk.byteLength
        if (bytes > maxBodyBytes) throw tooLarge(maxBodyBytes)
        controller.enqueue(chunk)
      },
    }),
  )
}

function watched(body: ReadableStream<Uint8Array<ArrayBuffer>>, { clock, idleMs }: StreamLimits) {
  const reader = body.getReader()
  let lineBytes = 0
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        const settled = new AbortController()
        const silence = clock.sleep(idleMs, settled.signal).then(() => undefined)
        const read = await Promise.race([reader.read(), silence]).finally(() => settled.abort())
        if (!read) {
          reader.cancel().catch(() => undefined)
          throw new RuntimeError('stalled', 'The event stream of OpenCode has gone silent.', {
            isRetryable: true,
          })
        }
        if (read.done) return controller.close()
        const end = read.value.lastIndexOf(0x0a)
        lineBytes = end < 0 ? lineBytes + read.value.byteLength : read.value.byteLength - end - 1
        if (lineBytes > maxEventBytes) {
          reader.cancel().catch(() => undefined)
          throw tooLarge(maxEventBytes)
        }
        controller.enqueue(read.value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

function tooLarge(bytes: number): RuntimeError {
  return new RuntimeError('too-large', `OpenCode sent more than ${bytes} bytes at once.`, {
    isRetryable: false,
  })
}
