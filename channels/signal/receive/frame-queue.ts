import type { Clock } from '../../../core/clock.ts'
import type { Take } from './source.ts'

export type FrameQueueOptions = {
  readonly clock: Clock
  /** How many frames may wait. */
  readonly maxFrames?: number
  /** Told when storing begins to fail, and when it works again. */
  readonly onTrouble?: (isTrouble: boolean) => void
}

type Entry = { readonly frame: unknown; readonly stored: () => void }

const maxBatch = 200
const backoff = { firstMs: 250, maxMs: 5_000 }

/**
 * Frames that were pushed at us, in their order, until they are stored. Signal hands each over once, so nothing is
 * passed over: what was refused is offered again before anything behind it.
 */
export class FrameQueue {
  readonly #options: FrameQueueOptions
  readonly #maxFrames: number
  readonly #entries: Entry[] = []
  readonly #watchers = new Set<() => void>()

  constructor(options: FrameQueueOptions) {
    this.#options = options
    this.#maxFrames = options.maxFrames ?? 1000
  }

  get hasRoom(): boolean {
    return this.#entries.length < this.#maxFrames
  }

  /** Puts a frame at the end, room or not: it would be lost elsewhere. Resolves once it is stored. */
  push(frame: unknown): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#entries.push({ frame, stored: resolve })
    this.#wake()
    return promise
  }

  /** Resolves when half of the queue is free, or `signal` aborts. */
  async room(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#entries.length > this.#maxFrames / 2) await this.#change(signal)
  }

  /** Stores what comes. After the abort, what still waits is offered once more. */
  async run(take: Take, signal: AbortSignal): Promise<void> {
    const { clock, onTrouble } = this.#options
    let failures = 0
    while (!signal.aborted || this.#entries.length > 0) {
      const batch = this.#entries.slice(0, maxBatch)
      if (batch.length === 0) {
        await this.#change(signal)
        continue
      }
      try {
        await take(batch.map(({ frame }) => frame))
        this.#entries.splice(0, batch.length)
        for (const { stored } of batch) stored()
        if (failures > 0) onTrouble?.(false)
        failures = 0
        this.#wake()
      } catch {
        // Core has told whoever runs the gateway why; here it only matters that nothing was stored.
        if (signal.aborted) return
        if (failures === 0) onTrouble?.(true)
        const pause = backoff.firstMs * 2 ** Math.min(failures, 16)
        failures += 1
        await clock.sleep(Math.min(pause, backoff.maxMs), signal)
      }
    }
  }

  async #change(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const wake = () => resolve()
    this.#watchers.add(wake)
    signal.addEventListener('abort', wake, { once: true })
    await promise
    signal.removeEventListener('abort', wake)
    this.#watchers.delete(wake)
  }

  #wake(): void {
    for (const wake of this.#watchers) wake()
  }
}
