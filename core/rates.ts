/** Who is remembered at most; beyond it the one silent for longest is forgotten, and with them only their rate. */
const maxSubjects = 10_000

type Window = { times: number[]; silentUntil: number; isTold: boolean }

/**
 * Counts events per subject over a sliding window. In memory: after a restart everybody starts with a fresh window,
 * which harms nobody.
 */
export class Rates {
  readonly #windowMs: number
  readonly #silenceMs: number
  readonly #windows = new Map<string, Window>()

  /** Over the limit a subject is silent for `silenceMs`, or until its window frees itself if that is 0. */
  constructor(windowMs: number, silenceMs: number) {
    this.#windowMs = windowMs
    this.#silenceMs = silenceMs
  }

  /** Counts one event. `first` is the first one over the limit, the time to say so. */
  count(subject: string, limit: number, now: number): 'within' | 'first' | 'over' {
    const window = this.#windows.get(subject) ?? { times: [], silentUntil: 0, isTold: false }
    this.#windows.delete(subject)
    this.#windows.set(subject, window)
    if (this.#windows.size > maxSubjects) this.#forgetOldest()

    while (window.times.length > 0 && (window.times[0] ?? 0) <= now - this.#windowMs)
      window.times.shift()
    if (now < window.silentUntil) return 'over'
    if (window.times.length < limit) {
      window.times.push(now)
      window.isTold = false
      return 'within'
    }
    if (window.isTold) return 'over'
    window.isTold = true
    window.silentUntil = now + this.#silenceMs
    return 'first'
  }

  #forgetOldest(): void {
    const oldest = this.#windows.keys().next()
    if (!oldest.done) this.#windows.delete(oldest.value)
  }
}
