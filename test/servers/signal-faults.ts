/**
 * What can go wrong with one call. `cut`, `page` and a `hang` that does not act leave nothing behind; `lost`, `half`,
 * `garbage` and an acting `hang` do what was asked, and only the answer is spoilt.
 */
export type SignalFault =
  /** The REST API says no, in its words. */
  | { readonly kind: 'error'; readonly status?: number; readonly error: string }
  /** 429 with tokens for a challenge. */
  | { readonly kind: 'flood'; readonly tokens: readonly string[] }
  /** A proxy's HTML page instead of an answer. */
  | { readonly kind: 'page'; readonly status: number }
  /** The connection breaks before anything was done. */
  | { readonly kind: 'cut' }
  /** The connection breaks after everything was done. */
  | { readonly kind: 'lost' }
  /** No answer ever comes. `leavesBody`: the body is not even read. */
  | { readonly kind: 'hang'; readonly acts: boolean; readonly leavesBody?: boolean }
  /** Headers and half of the answer, then silence. */
  | { readonly kind: 'half' }
  /** A good status with something that is not the answer. */
  | { readonly kind: 'garbage'; readonly status?: number; readonly body?: string }

type Rule = { readonly call: string; readonly fault: SignalFault; left: number }

/** Decides which calls go wrong: rules first, in the order they were made, then `plan`. */
export class SignalFaults {
  readonly #rules: Rule[] = []
  /** Asked for every call that no rule hits, for faults at random. */
  plan: ((call: string) => SignalFault | undefined) | undefined

  /** The next `times` calls (`POST /v2/send`; `*`: any) go wrong. */
  add(call: string, fault: SignalFault, times = 1): void {
    this.#rules.push({ call, fault, left: times })
  }

  clear(): void {
    this.#rules.length = 0
    this.plan = undefined
  }

  next(call: string): SignalFault | undefined {
    const index = this.#rules.findIndex((rule) => rule.call === call || rule.call === '*')
    const rule = this.#rules[index]
    if (!rule) return this.plan?.(call)
    rule.left -= 1
    if (rule.left <= 0) this.#rules.splice(index, 1)
    return rule.fault
  }
}
