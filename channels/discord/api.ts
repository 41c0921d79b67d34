import { openAsBlob } from 'node:fs'
import type { Readable } from 'node:stream'
import type { FormData } from 'undici'
import type { Clock } from '../../core/clock.ts'
import { DeliveryError } from '../../core/errors.ts'
import { HttpClient } from '../http-client.ts'
import type { HttpAnswer } from '../http-exchange.ts'
import type { Reader } from '../readers.ts'
import { Buckets, routeOf } from './buckets.ts'
import { NetworkFailure, Refusal } from './failures.ts'

/** A file of this machine that goes out in a call. */
export type Upload = { readonly path: string; readonly name: string; readonly mime: string }

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type ApiOptions = {
  readonly token: string
  /** Without the version; a path is allowed. */
  readonly apiRoot: string
  readonly clock: Clock
  readonly connectTimeoutMs: number
}

export type CallOptions = {
  readonly signal: AbortSignal
  /** How long the answer may take, in milliseconds, counted from when the request is out. */
  readonly timeoutMs: number
}

export type Call = {
  readonly method: Method
  /** Below the version, beginning with a slash; ids in it must be safe. */
  readonly path: string
  readonly body?: object
  readonly file?: Upload
}

const apiVersion = 'v10'
// Discord asks for this form. https://discord.com/developers/docs/reference#user-agent
const userAgent = 'DiscordBot (https://jackdaw.invalid, 1.0)'
const maxConnections = 16
/** As large as any attachment; core cuts a download off much earlier. */
const maxAnswerBytes = 500 * 1024 * 1024
/** A wait that was asked for without saying how long. */
const defaultWaitMs = 5_000

/**
 * The REST API over kept-alive connections of its own, with one way to fail: `Refusal` when Discord says no,
 * `NetworkFailure` when it says nothing that makes sense. Neither ever carries the token. Nothing is retried here, and
 * a call that Discord has announced to refuse (rate limits) is refused here, without being made.
 */
export class DiscordApi {
  readonly origin: string
  readonly #http: HttpClient
  readonly #root: string
  readonly #token: string
  readonly #clock: Clock
  readonly #buckets = new Buckets()

  constructor({ token, apiRoot, clock, connectTimeoutMs }: ApiOptions) {
    const { origin, pathname } = new URL(apiRoot)
    this.origin = origin
    this.#root = `${pathname.replace(/\/+$/, '')}/${apiVersion}`
    this.#token = token
    this.#clock = clock
    this.#http = new HttpClient({
      connections: maxConnections,
      connect: { timeout: connectTimeoutMs },
      allowH2: false,
      // A pause longer than this opens a new connection: an answer lost on a stale one costs a reconciliation.
      keepAliveTimeout: 4_000,
      maxResponseSize: maxAnswerBytes,
    })
  }

  /** Calls once and reads the answer. Throws `Refusal`, `NetworkFailure`, or the reason of an aborted `signal`. */
  async get<T>(path: string, reader: Reader<T>, options: CallOptions): Promise<T> {
    return this.ask({ method: 'GET', path }, reader, options)
  }

  /** Like `call`, for an answer that must be readable. */
  async ask<T>(call: Call, reader: Reader<T>, options: CallOptions): Promise<T> {
    const { value, status } = await this.#perform(call, options)
    const read = reader(value)
    if (read !== undefined) return read
    throw NetworkFailure.nonsense(nameOf(call), status)
  }

  /** Calls once. Throws `Refusal`, `NetworkFailure`, or the reason of an aborted `signal`. */
  async call(call: Call, options: CallOptions): Promise<void> {
    await this.#perform(call, options)
  }

  /** Opens a file by its address. The token does not go along. Throws like `call`. */
  async download(url: URL, { signal, timeoutMs }: CallOptions): Promise<Readable> {
    try {
      const { statusCode, body } = await this.#http.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method: 'GET',
        headers: { 'user-agent': userAgent },
        signal,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      })
      if (statusCode === 200) return body
      await body.dump()
      throw new Refusal('download', { status: statusCode, code: 0, reason: 'no such file' })
    } catch (error) {
      throw toFailure('download', error, signal)
    }
  }

  /** Cuts all connections; calls under way fail. Safe to call twice. */
  async destroy(): Promise<void> {
    await this.#http.destroy()
  }

  async #perform(call: Call, options: CallOptions): Promise<{ value: unknown; status: number }> {
    const { method, path } = call
    const name = nameOf(call)
    const route = routeOf(method, path)
    // Answers to interactions have limits of their own, and three seconds.
    const waitMs = path.startsWith('/interactions/')
      ? 0
      : this.#buckets.take(route, this.#clock.now())
    if (waitMs > 0) {
      const reason = 'it asked to wait before'
      throw new Refusal(name, { status: 429, code: 0, reason, retryAfterMs: waitMs })
    }
    const { statusCode: status, headers, text } = await this.#send(call, options)
    this.#buckets.learn(route, headers, this.#clock.now())
    const value = parse(text)
    if (status >= 200 && status < 300) return { value, status }
    if (status === 429) {
      const wait = waitOf(value, headers)
      const isGlobal =
        headers['x-ratelimit-global'] !== undefined || field(value, 'global') === true
      this.#buckets.close(route, isGlobal, wait, this.#clock.now())
      throw new Refusal(name, { status, code: 0, reason: 'rate limit', retryAfterMs: wait })
    }
    const code = field(value, 'code')
    const reason = field(value, 'message')
    if (typeof reason !== 'string') throw NetworkFailure.nonsense(name, status)
    throw new Refusal(name, {
      status,
      code: typeof code === 'number' ? code : 0,
      reason: withErrors(reason, value),
    })
  }

  async #send(call: Call, { signal, timeoutMs }: CallOptions): Promise<HttpAnswer> {
    const { method, path, body, file } = call
    const payload = file ? await toForm(body, file) : body && JSON.stringify(body)
    try {
      return await this.#http.exchange({
        origin: this.origin,
        path: this.#root + path,
        method,
        headers: {
          authorization: `Bot ${this.#token}`,
          'user-agent': userAgent,
          ...(typeof payload === 'string' && { 'content-type': 'application/json' }),
        },
        body: payload ?? null,
        signal,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      })
    } catch (error) {
      throw toFailure(nameOf(call), error, signal)
    }
  }
}

/** The call for people: tokens of interactions are part of paths and stay out of it. */
function nameOf({ method, path }: Call): string {
  const plain = path.replace(/^\/(interactions|webhooks)\/(\d+)\/[^/]+/, '/$1/$2/…')
  return `${method} ${plain.split('?')[0]}`
}

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

function waitOf(value: unknown, headers: HttpAnswer['headers']): number {
  const seconds = Number(field(value, 'retry_after') ?? headers['retry-after'] ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? Math.ceil(seconds * 1000) : defaultWaitMs
}

/** Discord says in a tree which field it did not like; its first leaf is worth a line. */
function withErrors(reason: string, value: unknown): string {
  const errors = field(value, 'errors')
  if (typeof errors !== 'object' || errors === null) return reason
  const detail = JSON.stringify(errors)
  return `${reason} ${detail.length > 300 ? `${detail.slice(0, 300)}…` : detail}`
}

async function toForm(body: object | undefined, { path, name, mime }: Upload): Promise<FormData> {
  // Loaded with the first upload: it comes with all the rest of undici.
  const { FormData } = await import('undici')
  const form = new FormData()
  if (body) form.set('payload_json', JSON.stringify(body))
  try {
    // The blob is read from disk while it is sent, never as a whole.
    form.set('files[0]', await openAsBlob(path, { type: mime }), name)
  } catch (cause) {
    const message = `The file ${name} cannot be read.`
    throw new DeliveryError('rejected', message, { code: 'no-file', cause })
  }
  return form
}

function toFailure(call: string, error: unknown, signal: AbortSignal): unknown {
  if (error instanceof Refusal) return error
  if (signal.aborted) return signal.reason
  return NetworkFailure.from(call, error)
}
