/**
 * What can go wrong with one call. `cut` and a `hang` that does not act leave nothing behind; `lost`, `half`,
 * `garbage` and an acting `hang` do what was asked, and only the answer is spoilt.
 */
export type Fault =
  | {
      readonly kind: 'error'
      readonly code: number
      readonly description: string
      readonly parameters?: object
    }
  /** 429 with `retry_after`, in seconds. */
  | { readonly kind: 'flood'; readonly retryAfter: number }
  /** A proxy's HTML page instead of the Bot API's answer. */
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

type Rule = { readonly method: string; readonly fault: Fault; left: number }

/** Decides which calls go wrong: rules first, in the order they were made, then `plan`. */
export class Faults {
  readonly #rules: Rule[] = []
  /** Asked for every call that no rule hits, for faults at random. */
  plan: ((method: string, payload: object) => Fault | undefined) | undefined

  /** The next `times` calls of `method` (`*`: of any) go wrong. */
  add(method: string, fault: Fault, times = 1): void {
    this.#rules.push({ method, fault, left: times })
  }

  clear(): void {
    this.#rules.length = 0
    this.plan = undefined
  }

  next(method: string, payload: object): Fault | undefined {
    const index = this.#rules.findIndex((rule) => rule.method === method || rule.method === '*')
    const rule = this.#rules[index]
    if (!rule) return this.plan?.(method, payload)
    rule.left -= 1
    if (rule.left <= 0) this.#rules.splice(index, 1)
    return rule.fault
  }
}
