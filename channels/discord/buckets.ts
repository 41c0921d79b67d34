type Bucket = { remaining: number; resetAt: number }

const maxBuckets = 2000

/**
 * What Discord said about its limits, so that a call it would refuse is not made: refused calls count against the
 * account (10,000 in ten minutes and the address is banned).
 */
export class Buckets {
  readonly #buckets = new Map<string, Bucket>()
  #globalUntil = 0

  /** How long a call must wait, in milliseconds; 0 counts it as made. */
  take(route: string, now: number): number {
    if (this.#globalUntil > now) return this.#globalUntil - now
    const bucket = this.#buckets.get(route)
    if (!bucket) return 0
    if (bucket.resetAt <= now) {
      this.#buckets.delete(route)
      return 0
    }
    if (bucket.remaining <= 0) return bucket.resetAt - now
    bucket.remaining -= 1
    return 0
  }

  /** Learns from an answer. */
  learn(route: string, headers: LimitHeaders, now: number): void {
    const remaining = Number(headers['x-ratelimit-remaining'] ?? Number.NaN)
    const seconds = Number(headers['x-ratelimit-reset-after'] ?? Number.NaN)
    if (!Number.isFinite(remaining) || !Number.isFinite(seconds)) return
    const known = this.#buckets.get(route)
    const resetAt = now + seconds * 1000
    // Answers overtake each other: within one window the smallest number is the newest.
    const isSame = known !== undefined && Math.abs(known.resetAt - resetAt) < 250
    this.#put(route, {
      remaining: isSame ? Math.min(known.remaining, remaining) : remaining,
      resetAt,
    })
  }

  /** Notes a wait that Discord asked for. */
  close(route: string, isGlobal: boolean, waitMs: number, now: number): void {
    if (isGlobal) this.#globalUntil = Math.max(this.#globalUntil, now + waitMs)
    else this.#put(route, { remaining: 0, resetAt: now + waitMs })
  }

  #put(route: string, bucket: Bucket): void {
    this.#buckets.delete(route)
    this.#buckets.set(route, bucket)
    if (this.#buckets.size <= maxBuckets) return
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest)
      return
    }
  }
}

export type LimitHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** What limits are counted by: the method, the path without ids, and the channel, server or webhook it belongs to. */
export function routeOf(method: string, path: string): string {
  const [, kind = '', owner = '', ...rest] = path.split('/')
  const tail = rest.map((part, index) => {
    if (rest[index - 1] === 'reactions') return ':emoji'
    return /^\d+$/.test(part) ? ':id' : part
  })
  return `${method} ${kind}/${owner} ${tail.join('/')}`
}
