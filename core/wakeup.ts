import type { Clock } from './clock.ts'

/** Given as the reason, because making the default one (an error with a stack) costs more than the sleep. */
const woken = 'woken'

/** Lets a loop sleep until its next known work, unless somebody has news earlier. News while it is awake is kept. */
export class Wakeup {
  readonly #clock: Clock
  #isPending = false
  #wake: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  wake(): void {
    this.#isPending = true
    this.#wake?.()
  }

  /** Resolves at `until` (never, if undefined), on `wake`, or when `signal` aborts. */
  async sleep(until: number | undefined, signal: AbortSignal): Promise<void> {
    const isDue = until !== undefined && until <= this.#clock.now()
    if (!this.#isPending && !isDue && !signal.aborted) await this.#wait(until, signal)
    this.#isPending = false
  }

  async #wait(until: number | undefined, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    signal.addEventListener('abort', this.#end, { once: true })
    const timer = until === undefined ? undefined : new AbortController()
    if (timer) void this.#clock.sleep((until ?? 0) - this.#clock.now(), timer.signal).then(resolve)
    await promise
    this.#wake = undefined
    signal.removeEventListener('abort', this.#end)
    timer?.abort(woken)
  }

  readonly #end = () => this.#wake?.()
}
