import type { run } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

const lookEveryMs = 250

/**
 * Stops test files that never end and says which they were: all at once when the time for everything is over, and
 * earlier when only files that took too long are left, so that one that hangs does not hide how the others fared.
 */
export class Watch {
  readonly signal: AbortSignal
  /** Resolves when it stopped everything. */
  readonly stopped: Promise<void>
  /** One sentence on why everything was stopped, if it was. */
  problem: string | undefined
  readonly #nameOf: (file: string) => string
  readonly #fileMs: number
  readonly #limitMs: number
  readonly #waiting = new Set<string>()
  readonly #running = new Map<string, number>()
  readonly #stop = new AbortController()
  readonly #closed = new AbortController()
  readonly #startedAt = performance.now()

  constructor(
    nameOf: (file: string) => string,
    limits: { readonly fileMs: number; readonly limitMs: number },
  ) {
    this.#nameOf = nameOf
    this.#fileMs = limits.fileMs
    this.#limitMs = limits.limitMs
    this.signal = this.#stop.signal
    this.stopped = new Promise((resolve) => {
      this.signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** Begins to look at the files of a run. */
  follow(tests: ReturnType<typeof run>): void {
    // A file is a test of its own, with its path for a name.
    tests.on('test:enqueue', ({ name, file }) => {
      if (file !== undefined && name === file) this.#waiting.add(file)
    })
    tests.on('test:dequeue', ({ name, file }) => {
      if (file !== undefined && this.#waiting.delete(file) && name === file)
        this.#running.set(file, performance.now())
    })
    tests.on('test:complete', ({ name, file }) => {
      if (file !== undefined && name === file) this.#running.delete(file)
    })
    void this.#look()
  }

  close(): void {
    this.#closed.abort()
  }

  async #look(): Promise<void> {
    const { signal } = this.#closed
    while (!signal.aborted && !this.signal.aborted) {
      await delay(lookEveryMs, undefined, { signal }).catch(() => undefined)
      this.problem = this.#findProblem(performance.now())
      if (this.problem !== undefined) this.#stop.abort()
    }
  }

  #findProblem(now: number): string | undefined {
    const names = [...this.#running.keys()].map(this.#nameOf).join(', ')
    const rest = this.#waiting.size === 0 ? '' : ` (${this.#waiting.size} more did not begin)`
    if (now - this.#startedAt > this.#limitMs)
      return `everything together took longer than ${this.#limitMs / 1000} s; still running: ${names}${rest}`
    const isOver = [...this.#running.values()].every((startedAt) => now - startedAt > this.#fileMs)
    if (names === '' || !isOver) return undefined
    return `took longer than ${this.#fileMs / 1000} s: ${names}${rest}`
  }
}
