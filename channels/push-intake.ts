/**
 * The way in for platforms that push: they do not wait until a message is stored, so what they hand over stands here
 * in its order. Nothing is passed over: a batch that was not stored is repeated before anything behind it, and when
 * there is no more room `add` says so, and the adapter cuts its connection until `room`; what the platform sends
 * meanwhile is its to repeat, or the adapter's to fetch.
 */
import type { Clock } from '../core/clock.ts'
import type { InboundEvent } from '../core/model.ts'

/** Work in the queue whose events are not there yet, such as a back-fill. `store` resolves after the commit. */
export type IntakeTask = (
  store: (events: readonly InboundEvent[]) => Promise<void>,
  signal: AbortSignal,
) => Promise<void>

export type PushIntakeOptions = {
  /** Resolves after the commit; rejects when nothing was stored. */
  readonly receive: (events: readonly InboundEvent[]) => Promise<void>
  readonly clock: Clock
  /** How many entries may wait. */
  readonly maxWaiting?: number
  /** How many events go into one commit. */
  readonly maxBatch?: number
  /** Told when storing begins to fail, and when it works again. */
  readonly onTrouble?: (isTrouble: boolean) => void
  /** Told of a task that threw; what is behind it goes on. */
  readonly onTaskFailed?: (error: unknown) => void
}

type Entry = { readonly events: readonly InboundEvent[] } | { readonly task: IntakeTask }

const backoff = { firstMs: 250, maxMs: 10_000 }

/** One ordered, bounded queue in front of the store. */
export class PushIntake {
  readonly #options: PushIntakeOptions
  readonly #maxWaiting: number
  readonly #maxBatch: number
  readonly #entries: Entry[] = []
  readonly #stop = new AbortController()
  readonly #waitingForRoom = new Set<() => void>()
  #loop: Promise<void> | undefined
  #isRefused = false

  constructor(options: PushIntakeOptions) {
    this.#options = options
    this.#maxWaiting = options.maxWaiting ?? 2000
    this.#maxBatch = options.maxBatch ?? 100
  }

  /** Puts events, or work that yields them, at the end. False: there is no room, and nothing was taken. */
  add(entry: readonly InboundEvent[] | IntakeTask): boolean {
    if (this.#stop.signal.aborted || this.#entries.length >= this.#maxWaiting) return false
    this.#entries.push(typeof entry === 'function' ? { task: entry } : { events: entry })
    this.#loop ??= this.#run().finally(() => {
      this.#loop = undefined
    })
    return true
  }

  /** Resolves when half of the queue is free, or the intake or `signal` is over. */
  async room(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#stop.signal.aborted) {
      if (this.#entries.length <= this.#maxWaiting / 2) return
      const { promise, resolve } = Promise.withResolvers<void>()
      const wake = () => resolve()
      this.#waitingForRoom.add(wake)
      signal.addEventListener('abort', wake, { once: true })
      await promise
      signal.removeEventListener('abort', wake)
      this.#waitingForRoom.delete(wake)
    }
  }

  /** Resolves when everything that was added is stored. */
  async idle(): Promise<void> {
    while (this.#loop) await this.#loop
  }

  /** Ends the intake: waits for the commit under way, and lets go of what is behind it. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#wakeWaiting()
    await this.#loop
    this.#entries.length = 0
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      const first = this.#entries[0]
      if (!first) return
      if ('task' in first) {
        await this.#perform(first.task)
        this.#entries.shift()
      } else {
        const { events, entries } = this.#batch()
        if (await this.#store(events)) this.#entries.splice(0, entries)
      }
      this.#wakeWaiting()
    }
  }

  async #perform(task: IntakeTask): Promise<void> {
    const { signal } = this.#stop
    try {
      await task(async (events) => {
        if (!(await this.#store(events))) signal.throwIfAborted()
      }, signal)
    } catch (error) {
      if (!signal.aborted) this.#options.onTaskFailed?.(error)
    }
  }

  /** As many events as go into one commit; an entry is never divided. */
  #batch(): { events: InboundEvent[]; entries: number } {
    const events: InboundEvent[] = []
    let entries = 0
    for (const entry of this.#entries) {
      if ('task' in entry) break
      if (entries > 0 && events.length + entry.events.length > this.#maxBatch) break
      events.push(...entry.events)
      entries += 1
    }
    return { events, entries }
  }

  /** False when the intake ended before the events were stored. */
  async #store(events: readonly InboundEvent[]): Promise<boolean> {
    const { receive, clock, onTrouble } = this.#options
    const { signal } = this.#stop
    if (events.length === 0) return true
    for (let failures = 0; !signal.aborted; ) {
      try {
        await receive(events)
        if (this.#isRefused) onTrouble?.(false)
        this.#isRefused = false
        return true
      } catch {
        // Core has told whoever runs the gateway why; here it only matters that nothing was stored.
        failures += 1
        if (!this.#isRefused) onTrouble?.(true)
        this.#isRefused = true
        const pause = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(failures - 1, 16))
        await clock.sleep(pause, signal)
      }
    }
    return false
  }

  #wakeWaiting(): void {
    for (const wake of this.#waitingForRoom) wake()
  }
}
