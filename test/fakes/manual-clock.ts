import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import type { Clock } from '../../core/clock.ts'

type Sleeper = { at: number; readonly order: number; readonly wake: () => void }

/** A clock that moves only when a test moves it. Sleepers wake in the order of their times, then of their calls. */
export class ManualClock implements Clock {
  #now: number
  #calls = 0
  readonly #sleepers = new Set<Sleeper>()
  readonly #watchers = new Set<() => void>()

  /** Starts at `now`, in milliseconds since the epoch; the default is a plain, recognisable day. */
  constructor(now = Date.UTC(2026, 0, 1)) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  /** How many sleeps are under way. */
  get sleeping(): number {
    return this.#sleepers.size
  }

  /** When the next sleeper wakes, or `undefined` when nobody sleeps. */
  get nextAt(): number | undefined {
    return this.#first()?.at
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.#sleepers.delete(sleeper)
        signal?.removeEventListener('abort', wake)
        resolve()
      }
      // A sleep of 0 ms also waits for the clock, as a timer would: a loop of such sleeps cannot run away.
      const sleeper = { at: this.#now + Math.max(ms, 0), order: this.#calls++, wake }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', wake, { once: true })
      for (const look of this.#watchers) look()
    })
  }

  /**
   * Moves time on by `ms`, stopping at every sleeper on the way; what a sleeper does next (promises and finished
   * I/O, not I/O under way) is done before time moves again. `advance(0)` wakes those that are due now.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await turnOfTheLoop()
    let next = this.#first()
    while (next && next.at <= end) {
      this.#now = Math.max(this.#now, next.at)
      // Only those that sleep already: one that sleeps again for 0 ms waits for the next call.
      const due = this.#ordered().filter((sleeper) => sleeper.at <= this.#now)
      for (const sleeper of due) {
        sleeper.wake()
        await turnOfTheLoop()
      }
      next = this.#ordered().find((sleeper) => sleeper.at > this.#now)
    }
    this.#now = end
    await turnOfTheLoop()
  }

  /** The clock is set, forward or back. Whoever sleeps does not notice: timers count what has passed. */
  set(ms: number): void {
    this.#now += ms
    for (const sleeper of this.#sleepers) sleeper.at += ms
  }

  /** Resolves once at least `count` sleeps are under way: the code under test has reached its wait. */
  async untilSleeping(count = 1): Promise<void> {
    while (this.#sleepers.size < count) {
      await new Promise<void>((resolve) => {
        const look = () => {
          this.#watchers.delete(look)
          resolve()
        }
        this.#watchers.add(look)
      })
    }
  }

  #ordered(): Sleeper[] {
    return [...this.#sleepers].sort((a, b) => a.at - b.at || a.order - b.order)
  }

  #first(): Sleeper | undefined {
    return this.#ordered()[0]
  }
}
