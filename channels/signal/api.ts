import { Readable } from 'node:stream'
import type { Clock } from '../../core/clock.ts'
import { HttpClient } from '../http-client.ts'
import { codeOf, NetworkFailure, Refusal, readRefusal } from './failures.ts'
import { UploadBody } from './upload.ts'

export type ApiOptions = {
  /** Of signal-cli-rest-api, without a trailing slash; a path is allowed. */
  readonly url: string
  readonly clock: Clock
  readonly connectTimeoutMs: number
}

export type CallOptions = {
  readonly signal: AbortSignal
  /** How long all of it may take, in milliseconds. */
  readonly timeoutMs: number
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** The list of all groups of an account is the longest answer. */
const maxAnswerBytes = 32 * 1024 * 1024

/**
 * The REST API, with one way to fail: `Refusal` when it says no, `NetworkFailure` when it says nothing that makes
 * sense. The server may never answer, so every call has a limit. Nothing is retried here.
 */
export class SignalApi {
  readonly #clock: Clock
  readonly #files: HttpClient
  readonly #calls: HttpClient
  readonly #origin: string
  readonly #root: string
  #answeredAt = Number.NEGATIVE_INFINITY

  constructor({ url, clock, connectTimeoutMs }: ApiOptions) {
    const { origin, pathname } = new URL(url)
    this.#origin = origin
    this.#root = pathname.replace(/\/+$/, '')
    this.#clock = clock
    // No limit of connections: who waits for one may run into a time-out and seem to have been sent.
    const options = { connect: { timeout: connectTimeoutMs }, allowH2: false }
    this.#calls = new HttpClient({ ...options, maxResponseSize: maxAnswerBytes })
    this.#files = new HttpClient(options)
  }

  /** How long ago the server was last known to be there, in milliseconds. */
  get silentMs(): number {
    return this.#clock.now() - this.#answeredAt
  }

  /**
   * Calls once and reads the answer as JSON; undefined where it is empty. Throws `Refusal`, `NetworkFailure`, or the
   * reason of an aborted `signal`.
   */
  async call(
    method: Method,
    path: string,
    body: object | UploadBody | undefined,
    options: CallOptions,
  ): Promise<unknown> {
    const name = `${method} ${path.replace(/[?%+].*/, '…')}`
    const limit = AbortSignal.timeout(options.timeoutMs)
    try {
      const request = this.#request(method, path, body, options.signal, limit)
      const { statusCode: status, headers, text } = await this.#calls.exchange(request)
      if (status >= 200 && status < 300) return this.#read(name, status, text)
      const wait = headers['retry-after']
      const refusal = readRefusal(name, status, text, Array.isArray(wait) ? wait[0] : wait)
      if (!refusal) throw new NetworkFailure(name, `status-${status}`, status)
      this.#answeredAt = this.#clock.now()
      throw refusal
    } catch (error) {
      throw this.#toFailure(name, error, options.signal, limit)
    }
  }

  /** Opens an answer of bytes for reading. Throws as `call` does, and the stream ends with an error at the limit. */
  async open(path: string, options: CallOptions): Promise<Readable> {
    const limit = AbortSignal.timeout(options.timeoutMs)
    try {
      const request = this.#request('GET', path, undefined, options.signal, limit)
      const { statusCode: status, body } = await this.#files.request(request)
      if (status === 200) return body
      const text = (await body.text()).slice(0, 2000)
      const refusal = readRefusal('a file', status, text, undefined)
      throw refusal ?? new NetworkFailure('a file', `status-${status}`, status)
    } catch (error) {
      throw this.#toFailure('a file', error, options.signal, limit)
    }
  }

  #request(
    method: Method,
    path: string,
    body: object | UploadBody | undefined,
    signal: AbortSignal,
    limit: AbortSignal,
  ) {
    const isUpload = body !== undefined && body instanceof UploadBody
    return {
      origin: this.#origin,
      path: `${this.#root}${path}`,
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(isUpload ? { 'content-length': String(body.length) } : {}),
      },
      body: body === undefined ? null : isUpload ? Readable.from(body) : JSON.stringify(body),
      signal: AbortSignal.any([signal, limit]),
      headersTimeout: 0,
      bodyTimeout: 0,
      // A connection that was kept may be dead, and then nobody knows whether a message has left.
      reset: true,
    }
  }

  #read(name: string, status: number, text: string): unknown {
    let value: unknown
    try {
      value = text === '' ? undefined : JSON.parse(text)
    } catch {
      throw new NetworkFailure(name, `status-${status}`, status)
    }
    this.#answeredAt = this.#clock.now()
    return value
  }

  #toFailure(name: string, error: unknown, signal: AbortSignal, limit: AbortSignal): unknown {
    if (error instanceof Refusal || error instanceof NetworkFailure) return error
    if (signal.aborted) return signal.reason
    this.#answeredAt = Number.NEGATIVE_INFINITY
    return new NetworkFailure(name, limit.aborted ? 'timeout' : codeOf(error))
  }
}
