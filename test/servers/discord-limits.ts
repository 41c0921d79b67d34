import { createHash } from 'node:crypto'
import { DiscordFailure } from './discord-failure.ts'
import type { Operation } from './discord-operations.ts'

type Window = { readonly startedAt: number; count: number }

/** What a bucket allows: so many requests in so much time. */
export type Limit = { readonly requests: number; readonly perMs: number }

/** A limit nobody reaches, so that headers are there and tests are not slowed down. */
const generous: Limit = { requests: 100_000, perMs: 1000 }

/** Buckets by endpoint and channel (or guild, or webhook), with the headers that announce them. */
export class Limits {
  readonly #now: () => number
  readonly #limits = new Map<Operation | 'global', Limit>()
  readonly #windows = new Map<string, Window>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Limits one endpoint, per channel; `global`: all requests together. */
  set(target: Operation | 'global', limit: Limit): void {
    this.#limits.set(target, limit)
  }

  /** Counts a request; returns its headers, throws 429 with its own when it is one too many. */
  take(operation: Operation, resource: string): Record<string, string> {
    const all = this.#limits.get('global')
    if (all) this.#count('global', all, 'global')
    const limit = this.#limits.get(operation) ?? generous
    return this.#count(`${operation} ${resource}`, limit, 'user')
  }

  #count(
    key: string,
    { requests, perMs }: Limit,
    scope: 'user' | 'global',
  ): Record<string, string> {
    const now = this.#now()
    const known = this.#windows.get(key)
    const window = known && known.startedAt + perMs > now ? known : { startedAt: now, count: 0 }
    this.#windows.set(key, window)
    window.count += 1
    const resetAt = window.startedAt + perMs
    const headers = {
      'x-ratelimit-limit': String(requests),
      'x-ratelimit-remaining': String(Math.max(0, requests - window.count)),
      'x-ratelimit-reset': (resetAt / 1000).toFixed(3),
      'x-ratelimit-reset-after': ((resetAt - now) / 1000).toFixed(3),
      'x-ratelimit-bucket': createHash('md5')
        .update(key.split(' ')[0] ?? '')
        .digest('hex'),
    }
    if (window.count > requests) {
      throw new LimitFailure((resetAt - now) / 1000, scope, scope === 'global' ? {} : headers)
    }
    return scope === 'global' ? {} : headers
  }
}

/** 429, with what the platform says about when to come back. */
export class LimitFailure extends DiscordFailure {
  readonly headers: Readonly<Record<string, string>>
  readonly #retryAfter: number
  readonly #isGlobal: boolean

  constructor(
    retryAfter: number,
    scope: 'user' | 'shared' | 'global',
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(0, { status: 429, message: 'You are being rate limited.' })
    this.#retryAfter = retryAfter
    this.#isGlobal = scope === 'global'
    this.headers = {
      ...headers,
      'retry-after': String(Math.ceil(retryAfter)),
      'x-ratelimit-scope': scope,
      ...(this.#isGlobal ? { 'x-ratelimit-global': 'true' } : {}),
    }
  }

  override toBody(): string {
    const { message } = this
    return JSON.stringify({ message, retry_after: this.#retryAfter, global: this.#isGlobal })
  }
}
