import type { Clock } from '../../clock.ts'
import { RuntimeError } from '../../errors.ts'

export type FetchLimits = {
  readonly clock: Clock
  /** How long the first byte of the answer may take. Local models read a long prompt for minutes. */
  readonly firstByteMs: number
  /** How long the stream may pause after that. */
  readonly idleMs: number
  /** How much may come in all. Keeps a server that never ends a line from filling the memory. */
  readonly maxBytes: number
}

/**
 * A `fetch` that cannot hang and cannot flood. Silence ends in `RuntimeError` code `stalled`, an answer that is no
 * event stream in `bad-response`, too much of it in `too-large`. Bytes are watched rather than events, because
 * servers keep slow answers alive with comments that no parser reports.
 */
export function guardedFetch(limits: FetchLimits): typeof fetch {
  return async (input, init) => {
    const stop = new AbortController()
    const signal = init?.signal ? AbortSignal.any([init.signal, stop.signal]) : stop.signal
    const response = await within(
      fetch(input, { ...init, signal }),
      limits.firstByteMs,
      limits,
      stop,
    )
    const type = response.headers.get('content-type')?.split(';')[0]?.trim() ?? ''
    if (response.ok && (type === 'text/html' || type === 'application/json') && isStreaming(init)) {
      stop.abort()
      throw new RuntimeError(
        'bad-response',
        `The model server answered with ${type} instead of an event stream. Does baseUrl lead to an OpenAI-compatible API, with its version path (often /v1)?`,
        { isRetryable: false },
      )
    }
    if (!response.body) return response
    const { status, statusText, headers } = response
    return new Response(guarded(response.body, limits, stop), { status, statusText, headers })
  }
}

function isStreaming(init: RequestInit | undefined): boolean {
  return init?.method === 'POST'
}

function guarded(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  limits: FetchLimits,
  stop: AbortController,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader()
  let bytes = 0
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        const ms = bytes === 0 ? limits.firstByteMs : limits.idleMs
        const { done, value } = await within(reader.read(), ms, limits, stop)
        if (done) return controller.close()
        bytes += value.byteLength
        if (bytes > limits.maxBytes) {
          stop.abort()
          throw new RuntimeError(
            'too-large',
            `The model server sent more than ${limits.maxBytes} bytes for one answer.`,
            { isRetryable: false },
          )
        }
        controller.enqueue(value)
      },
      async cancel() {
        stop.abort()
      },
    },
    // Nothing is read ahead, so a reader that pauses is never taken for a server that stalls.
    { highWaterMark: 0 },
  )
}

async function within<T>(
  work: Promise<T>,
  ms: number,
  limits: FetchLimits,
  stop: AbortController,
): Promise<T> {
  const settled = new AbortController()
  try {
    const first = await Promise.race([
      work.then((value) => ({ value })),
      limits.clock.sleep(ms, settled.signal).then(() => undefined),
    ])
    if (first) return first.value
    stop.abort()
    throw new RuntimeError(
      'stalled',
      `The model server sent nothing for ${Math.round(ms / 1000)} seconds.`,
      { isRetryable: true },
    )
  } finally {
    settled.abort()
  }
}
