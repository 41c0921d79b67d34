import { setTimeout as delay } from 'node:timers/promises'

/** Time as the core sees it, in milliseconds since the epoch. Nothing else in core reads a clock or sets a timer. */
export interface Clock {
  now(): number
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** The longest delay a Node timer takes; longer sleeps end early and their loops go round once more. */
const maxDelayMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    if (signal?.aborted) return
    try {
      await delay(Math.min(Math.max(ms, 0), maxDelayMs), undefined, signal ? { signal } : {})
    } catch (error) {
      if (!signal?.aborted) throw error
    }
  },
}
