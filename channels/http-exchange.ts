import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'

/** An answer that was read whole. */
export type HttpAnswer = {
  readonly statusCode: number
  readonly headers: IncomingHttpHeaders
  /** The body as UTF-8. */
  readonly text: string
}

const decoder = new TextDecoder()

/**
 * One request whose answer is small enough to be read whole. It listens to the connection itself, without
 * the stream that undici's `request` puts in between (docs/performance.md).
 */
export class HttpExchange implements Dispatcher.DispatchHandler {
  readonly #signal: AbortSignal | undefined
  readonly #resolve: (answer: HttpAnswer) => void
  readonly #reject: (reason: unknown) => void
  readonly #chunks: Buffer[] = []
  #controller: Dispatcher.DispatchController | undefined
  #statusCode = 0
  #headers: IncomingHttpHeaders = {}

  /** `resolve` or `reject` is called once, with the reason of `signal` if that aborts first. */
  constructor(
    signal: AbortSignal | undefined,
    resolve: (answer: HttpAnswer) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#signal = signal
    this.#resolve = resolve
    this.#reject = reject
    signal?.addEventListener('abort', this.#abort)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#signal?.aborted) this.#abort()
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: IncomingHttpHeaders,
  ): void {
    this.#statusCode = statusCode
    this.#headers = headers
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.#signal?.removeEventListener('abort', this.#abort)
    const [first, ...others] = this.#chunks
    const body = others.length === 0 ? first : Buffer.concat(this.#chunks)
    const text = decoder.decode(body)
    this.#resolve({ statusCode: this.#statusCode, headers: this.#headers, text })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#reject(error)
  }

  /** What has not begun to leave is given up at once, and never leaves. */
  readonly #abort = (): void => {
    const reason: unknown = this.#signal?.reason
    this.#controller?.abort(reason instanceof Error ? reason : new Error('Given up.'))
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#reject(reason)
  }
}
