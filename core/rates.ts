/** Who is remembered at most; beyond it the one silent for longest is forgotten, and with them only their rate. */
const maxSubjects = 10_000

type Window = {
  /** When each event within the limit happened, oldest first. */
  readonly times: Map<string, number>
  silentUntil: number
  toldAt: number
}

/**
 * Counts events per subject over a sliding window, each event once. In memory: after a restart everybody starts with
 * a fresh window, which harms nobody.
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

  /**
   * Counts the event that happened `at`; counting it again changes nothing. `first` is the one over the limit that is
   * worth a word, at most once per window.
   */
  count(subject: string, event: string, limit: number, at: number): 'within' | 'first' | 'over' {
    const window = this.#windowOf(subject)
    if (window.times.has(event)) return 'within'
    if (at < window.silentUntil) return 'over'
    for (const [known, time] of window.times) {
      if (time <= at - this.#windowMs) window.times.delete(known)
    }
    if (window.times.size < limit) {
      window.times.set(event, at)
      return 'within'
    }
    window.silentUntil = at + this.#silenceMs
    if (at < window.toldAt + this.#windowMs) return 'over'
    window.toldAt = at
    return 'first'
  }

  #windowOf(subject: string): Window {
    const window = this.#windows.get(subject) ?? {
      times: new Map(),
      silentUntil: Number.NEGATIVE_INFINITY,
      toldAt: Number.NEGATIVE_INFINITY,
    }
    this.#windows.delete(subject)
    this.#windows.set(subject, window)
    if (this.#windows.size > maxSubjects) this.#forgetOldest()
    return window
  }

  #forgetOldest(): void {
    const oldest = this.#windows.keys().next()
    if (!oldest.done) this.#windows.delete(oldest.value)
  }
}
