/** Something that runs. `stop` is safe to call after a start that failed half-way. */
export type Part = {
  readonly name: string
  start(): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts parts in order and stops them in reverse, even after a failed start and even when one of them fails to stop.
 * Stopping twice, or while it starts, is one stop.
 */
export class Lifecycle {
  readonly #started: Part[] = []
  #starting: Promise<void> = Promise.resolve()
  #stopped: Promise<void> | undefined

  start(parts: readonly Part[]): Promise<void> {
    this.#starting = this.#startAll(parts)
    return this.#starting
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll()
    return this.#stopped
  }

  async #startAll(parts: readonly Part[]): Promise<void> {
    for (const part of parts) {
      if (this.#stopped) return
      this.#started.unshift(part)
      await part.start()
    }
  }

  async #stopAll(): Promise<void> {
    await this.#starting.catch(() => undefined)
    const failures: unknown[] = []
    for (const part of this.#started.splice(0)) {
      await part
        .stop()
        .catch((error: unknown) =>
          failures.push(new Error(`${part.name} did not stop`, { cause: error })),
        )
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Some parts did not stop cleanly.')
  }
}
