/** Something whose changes a test waits for: by condition, never by time. */
export class Watched {
  readonly #watchers = new Set<() => void>()

  /** Something changed: whoever waits looks again. */
  look(): void {
    for (const watcher of [...this.#watchers]) watcher()
  }

  /** Resolves with what `find` returns once that is not undefined; rejects with `missing` after ten seconds. */
  async until<T>(find: () => T | undefined, missing: () => string): Promise<T> {
    const limit = AbortSignal.timeout(10_000)
    while (true) {
      const found = find()
      if (found !== undefined) return found
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const giveUp = () => reject(new Error(missing()))
      this.#watchers.add(resolve)
      limit.addEventListener('abort', giveUp)
      await promise.finally(() => {
        this.#watchers.delete(resolve)
        limit.removeEventListener('abort', giveUp)
      })
    }
  }
}
