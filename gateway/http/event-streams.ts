import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Clock } from '../../core/clock.ts'
import { RequestError } from '../../core/errors.ts'

type StreamEvent = {
  readonly event?: string
  readonly id?: string
  readonly data: unknown
}

/** One reader of a stream. Sending to one that has gone does nothing. */
export type StreamClient = {
  /** Aborts once the reader has gone or the stream is closed. */
  readonly signal: AbortSignal
  /** Sends at once; a reader too far behind is closed, and reads again from where it was. */
  send(event: StreamEvent): void
  /** Resolves when the reader has taken nearly all of what was sent: the way to send much. */
  drained(): Promise<void>
  close(): void
}

const keepAliveMs = 15_000
const maxBufferedBytes = 1024 * 1024
const maxClients = 200

/** Server-sent events for many readers, each with a bounded buffer and a comment every 15 seconds. */
export class EventStreams {
  readonly #clock: Clock
  readonly #clients = new Set<StreamClient>()
  #isClosed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Answers with a stream and lets `serve` fill it; the stream ends when `close` is called or the reader goes, not
   * when `serve` returns. A rejection of `serve` closes the stream and goes to `failed`.
   */
  open(
    c: Context<{ Bindings: HttpBindings }>,
    serve: (client: StreamClient) => Promise<void>,
    failed: (error: unknown) => void,
  ): Response {
    if (this.#isClosed || this.#clients.size >= maxClients) {
      throw new RequestError(503, 'too-many-streams', 'No further stream can be opened now.')
    }
    const { client, body } = openClient(() => c.env.outgoing.destroy())
    this.#clients.add(client)
    client.signal.addEventListener('abort', () => this.#clients.delete(client), { once: true })
    void this.#keepAlive(client)
    serve(client).catch((error: unknown) => {
      client.close()
      failed(error)
    })
    return c.body(body, 200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Asks nginx not to hold events back.
      'x-accel-buffering': 'no',
    })
  }

  /** Ends every stream and opens none from now on. */
  close(): void {
    this.#isClosed = true
    for (const client of this.#clients) client.close()
  }

  async #keepAlive(client: OpenClient): Promise<void> {
    while (!client.signal.aborted) {
      client.comment('keep-alive')
      await this.#clock.sleep(keepAliveMs, client.signal)
    }
  }
}

type OpenClient = StreamClient & { comment(text: string): void }

/** `cut` drops the connection of a reader that would have to be buffered for without end. */
function openClient(cut: () => void): { client: OpenClient; body: ReadableStream<Uint8Array> } {
  const encoder = new TextEncoder()
  const gone = new AbortController()
  let wake: () => void = () => undefined
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const body = new ReadableStream<Uint8Array>(
    {
      start(opened) {
        controller = opened
      },
      pull() {
        wake()
      },
      cancel() {
        gone.abort()
        wake()
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: maxBufferedBytes }),
  )
  const write = (text: string) => {
    if (gone.signal.aborted) return
    controller?.enqueue(encoder.encode(text))
    if ((controller?.desiredSize ?? 0) <= 0) cut()
  }
  const client = {
    signal: gone.signal,
    send: (event: StreamEvent) => write(format(event)),
    comment: (text: string) => write(`: ${text}\n\n`),
    async drained() {
      while (!gone.signal.aborted && (controller?.desiredSize ?? 0) < maxBufferedBytes / 2) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    close() {
      if (gone.signal.aborted) return
      gone.abort()
      controller?.close()
      wake()
    },
  }
  return { client, body }
}

function format({ event, id, data }: StreamEvent): string {
  const lines = [
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(id === undefined ? [] : [`id: ${id}`]),
    `data: ${JSON.stringify(data)}`,
  ]
  return `${lines.join('\n')}\n\n`
}
