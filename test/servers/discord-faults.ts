import type { Operation } from './discord-operations.ts'

/**
 * What can go wrong with one request. `cut` and a `hang` that does not act leave nothing behind; `lost`, `half`,
 * `garbage` and an acting `hang` do what was asked, and only the answer is spoilt.
 */
export type Fault =
  | { readonly kind: 'error'; readonly status: number; readonly code: number }
  /** 429; `retryAfter` in seconds. */
  | {
      readonly kind: 'limit'
      readonly retryAfter: number
      readonly isGlobal?: boolean
      readonly scope?: 'user' | 'shared' | 'global'
    }
  /** A proxy's HTML page instead of the API's answer. */
  | { readonly kind: 'page'; readonly status: number }
  /** The connection breaks before anything was done. */
  | { readonly kind: 'cut' }
  /** The connection breaks after everything was done. */
  | { readonly kind: 'lost' }
  /** No answer ever comes. */
  | { readonly kind: 'hang'; readonly acts: boolean }
  /** Headers and half of the answer, then silence. */
  | { readonly kind: 'half' }
  /** 200 with something that is not the answer. */
  | { readonly kind: 'garbage'; readonly body?: string }

/** The name of an endpoint in Discord's OpenAPI document, `cdn` for files, `*` for any of them. */
export type Target = Operation | 'cdn' | '*'

type Rule = { readonly target: Target; readonly fault: Fault; left: number }

/** Decides which requests go wrong: rules first, in the order they were made, then `plan`. */
export class Faults {
  readonly #rules: Rule[] = []
  /** Asked for every request that no rule hits, for faults at random. */
  plan: ((operation: Operation | 'cdn', body: unknown) => Fault | undefined) | undefined

  /** The next `times` requests to `target` go wrong. */
  add(target: Target, fault: Fault, times = 1): void {
    this.#rules.push({ target, fault, left: times })
  }

  clear(): void {
    this.#rules.length = 0
    this.plan = undefined
  }

  next(operation: Operation | 'cdn', body: unknown): Fault | undefined {
    const index = this.#rules.findIndex(({ target }) => target === operation || target === '*')
    const rule = this.#rules[index]
    if (!rule) return this.plan?.(operation, body)
    rule.left -= 1
    if (rule.left <= 0) this.#rules.splice(index, 1)
    return rule.fault
  }
}
