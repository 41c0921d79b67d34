import { openAsBlob } from 'node:fs'
import type { Readable } from 'node:stream'
import type { ApiMethods, Opts } from '@grammyjs/types'
import type { FormData } from 'undici'
import { DeliveryError } from '../../core/errors.ts'
import { HttpClient } from '../http-client.ts'
import type { HttpAnswer } from '../http-exchange.ts'
import { NetworkFailure, Refusal } from './failures.ts'

/** A file of this machine that goes out in a call, in place of a parameter. */
export class Upload {
  readonly path: string
  readonly name: string
  readonly mime: string

  constructor(path: string, name: string, mime: string) {
    this.path = path
    this.name = name
    this.mime = mime
  }
}

export type Method = keyof ApiMethods<Upload>
export type Payload<M extends Method> = Opts<Upload>[M]
export type Result<M extends Method> = ReturnType<ApiMethods<Upload>[M]>

export type ApiOptions = {
  readonly token: string
  /** Without a trailing slash; a path is allowed. */
  readonly apiRoot: string
  readonly connections: number
  readonly connectTimeoutMs: number
}

export type CallOptions = {
  readonly signal: AbortSignal
  /** How long the answer may take, in milliseconds, counted from when the request is out. */
  readonly timeoutMs: number
}

const headers = { 'content-type': 'application/json' }
/** Answers of the Bot API are small; a full batch of updates stays far below. */
const maxAnswerBytes = 32 * 1024 * 1024

/**
 * The Bot API over kept-alive connections of its own, with one way to fail: `Refusal` when the platform says no,
 * `NetworkFailure` when it says nothing that makes sense. Neither ever carries the token. Nothing is retried here.
 */
export class TelegramApi {
  readonly #http: HttpClient
  readonly #origin: string
  readonly #root: string
  readonly #token: string

  constructor({ token, apiRoot, connections, connectTimeoutMs }: ApiOptions) {
    const { origin, pathname } = new URL(apiRoot)
    this.#origin = origin
    this.#root = pathname.replace(/\/+$/, '')
    this.#token = token
    this.#http = new HttpClient({
      connections,
      connect: { timeout: connectTimeoutMs },
      allowH2: false,
      // A pause longer than this opens a new connection: an answer lost on a stale one costs a reconciliation.
      keepAliveTimeout: 4_000,
      maxResponseSize: maxAnswerBytes,
    })
  }

  /** Calls a method once. Throws `Refusal`, `NetworkFailure`, or the reason of an aborted `signal`. */
  async call<M extends Method>(
    method: M,
    payload: Payload<M>,
    options: CallOptions,
  ): Promise<Result<M>> {
    const body = Object.values(payload).some(isUpload)
      ? await toForm(payload)
      : JSON.stringify(payload)
    const answer = await this.#post(method, body, options)
    if (answer.ok) return answer.result
    throw new Refusal(method, answer)
  }

  /** Opens a file for reading by the path that `getFile` gave. Throws like `call`. */
  async download(path: string, { signal, timeoutMs }: CallOptions): Promise<Readable> {
    const safePath = path.split('/').map(encodeURIComponent).join('/')
    try {
      const { statusCode, body } = await this.#http.request({
        origin: this.#origin,
        path: `${this.#root}/file/bot${this.#token}/${safePath}`,
        method: 'GET',
        signal,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      })
      if (statusCode === 200) return body
      await body.dump()
      throw new Refusal('download', {
        error_code: statusCode,
        description: 'The file is not there.',
      })
    } catch (error) {
      throw toFailure('download', error, signal)
    }
  }

  /** Cuts all connections; calls under way fail. Safe to call twice. */
  async destroy(): Promise<void> {
    await this.#http.destroy()
  }

  async #post(method: string, body: string | FormData, options: CallOptions): Promise<Answer> {
    const { signal, timeoutMs } = options
    let response: HttpAnswer
    try {
      response = await this.#http.exchange({
        origin: this.#origin,
        path: `${this.#root}/bot${this.#token}/${method}`,
        method: 'POST',
        headers: typeof body === 'string' ? headers : null,
        body,
        signal,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      })
    } catch (error) {
      throw toFailure(method, error, signal)
    }
    const answer = parseAnswer(response.text)
    if (answer) return answer
    throw NetworkFailure.nonsense(method, response.statusCode)
  }
}

type Answer =
  // The platform's types are taken at their word here; updates, which strangers write, are read field by field.
  | { readonly ok: true; readonly result: never }
  | {
      readonly ok: false
      readonly error_code: number
      readonly description: string
      readonly parameters?: { readonly retry_after?: number; readonly migrate_to_chat_id?: number }
    }

function parseAnswer(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isAnswer(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isAnswer(value: unknown): value is Answer {
  if (typeof value !== 'object' || value === null || !('ok' in value)) return false
  if (value.ok === true) return 'result' in value
  return 'error_code' in value && typeof value.error_code === 'number' && 'description' in value
}

function isUpload(value: unknown): value is Upload {
  return value instanceof Upload
}

async function toForm(payload: object): Promise<FormData> {
  // Loaded with the first upload: it comes with all the rest of undici.
  const { FormData } = await import('undici')
  const form = new FormData()
  for (const [key, value] of Object.entries(payload)) {
    // The blob is read from disk while it is sent, never as a whole.
    if (isUpload(value)) form.set(key, await open(value), value.name)
    else if (typeof value === 'string') form.set(key, value)
    else if (value !== undefined) form.set(key, JSON.stringify(value))
  }
  return form
}

async function open({ path, name, mime }: Upload): Promise<Blob> {
  try {
    return await openAsBlob(path, { type: mime })
  } catch (cause) {
    throw new DeliveryError('rejected', `The file ${name} cannot be read.`, {
      code: 'no-file',
      cause,
    })
  }
}

function toFailure(method: string, error: unknown, signal: AbortSignal): unknown {
  if (error instanceof Refusal) return error
  if (signal.aborted) return signal.reason
  return NetworkFailure.from(method, error)
}
