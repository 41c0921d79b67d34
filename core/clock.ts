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
  sleep(ms, signal) {
    if (signal?.aborted) return Promise.resolve()
    // Not `node:timers/promises`: it makes an error with a stack for every sleep that ends early, and most do.
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, Math.min(Math.max(ms, 0), maxDelayMs))
      signal?.addEventListener('abort', end, { once: true })
    })
  },
}

/** An instant as the type that libraries take. */
export function dateOf(at: number): Date {
  return new Date(at)
}
