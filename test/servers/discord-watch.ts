import { setTimeout as delay } from 'node:timers/promises'

const askEveryMs = 10

/** Waits for things to be so: asks after everything that happens here, and now and then for what happens elsewhere. */
export class Watch {
  readonly #watchers = new Set<() => void>()

  readonly notify = (): void => {
    for (const look of this.#watchers) look()
  }

  /** Resolves with what `predicate` returns once that is truthy; rejects after `limitMs`. */
  async waitFor<T>(predicate: () => T, limitMs: number): Promise<NonNullable<T>> {
    const isOver = new AbortController()
    const { signal } = isOver
    const limit = delay(limitMs, undefined, { signal }).then(() => {
      throw new Error(`Not seen within ${limitMs} ms: ${predicate}`)
    })
    limit.catch(() => undefined)
    try {
      while (true) {
        const found = predicate()
        if (found) return found
        const { promise, resolve } = Promise.withResolvers<void>()
        this.#watchers.add(resolve)
        const pause = delay(askEveryMs, undefined, { signal })
        pause.catch(() => undefined)
        await Promise.race([promise, pause, limit]).finally(() => this.#watchers.delete(resolve))
      }
    } finally {
      isOver.abort()
    }
  }
}
