import { HttpClient } from '../../http-client.ts'
import type { SpoolAccount, SpoolFile, SpoolHealth, SpoolPage } from './protocol.ts'

/** The spool said no, or something else answered in its place. */
class SpoolError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.name = 'SpoolError'
    this.status = status
  }
}

const answerMs = 10_000

/** Calls of a running spool. They throw `SpoolError`, or what the network says. */
export class SpoolClient {
  readonly #file: SpoolFile
  readonly #http = new HttpClient({ keepAliveTimeout: 30_000 })

  constructor(file: SpoolFile) {
    this.#file = file
  }

  health(signal: AbortSignal): Promise<SpoolHealth> {
    return this.#call('GET', '/health', undefined, signal)
  }

  /** Makes it listen for these accounts, and with `only` for no others. */
  setAccounts(
    accounts: readonly SpoolAccount[],
    only: boolean,
    signal: AbortSignal,
  ): Promise<SpoolHealth> {
    return this.#call('PUT', '/accounts', { accounts, only }, signal)
  }

  /** The oldest frames after the cursor; waits up to `waitMs` for one. */
  pull({ account, after, limit, waitMs }: PullOptions, signal: AbortSignal): Promise<SpoolPage> {
    const query = new URLSearchParams({
      account,
      after: String(after),
      limit: String(limit),
      waitMs: String(waitMs),
    })
    return this.#call('GET', `/frames?${query}`, undefined, signal, waitMs)
  }

  /** Lets the spool forget frames up to the cursor. */
  async acknowledge(account: string, upTo: number, signal: AbortSignal): Promise<void> {
    await this.#call('POST', '/ack', { account, upTo }, signal)
  }

  async stop(signal: AbortSignal): Promise<void> {
    await this.#call('POST', '/stop', {}, signal)
  }

  async #call<T>(
    method: 'GET' | 'PUT' | 'POST',
    path: string,
    body: object | undefined,
    signal: AbortSignal,
    waitMs = 0,
  ): Promise<T> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(waitMs + answerMs)])
    const { statusCode, text } = await this.#http.exchange({
      origin: this.#file.url,
      path,
      method,
      headers: { authorization: `Bearer ${this.#file.token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
      headersTimeout: waitMs + answerMs,
      signal: limit,
    })
    if (statusCode === 200) return JSON.parse(text)
    throw new SpoolError(statusCode, `The spool answers with status ${statusCode}.`)
  }
}

export type PullOptions = {
  readonly account: string
  readonly after: number
  readonly limit: number
  readonly waitMs: number
}
