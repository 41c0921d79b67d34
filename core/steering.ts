/**
 * What comes while a turn runs is handed to it, where the mode and its runtime say so. Invariants: the intention is
 * stored before the runtime hears of it; what the runtime took is stored as part of the run before the run ends; what it
 * did not take is a queued run like any other. Only a crash between the two lets the agent see a message twice.
 */
import type { Clock } from './clock.ts'
import { RuntimeError, StoreError } from './errors.ts'
import type { Events } from './events.ts'
import type { Execution } from './execution.ts'
import type { BlobStore } from './ports.ts'
import { backoffMs, storeBackoff } from './retry.ts'
import type { StoredMessage } from './store/runs.ts'
import type { SteeringStore, SteerOffer } from './store/steering.ts'
import { turnMessage } from './turn.ts'
import { Wakeup } from './wakeup.ts'

/** A runtime that says nothing for so long has not taken it. */
const answerMs = 3000
/** While it is stored the turn is not followed. */
const maxTries = 5
/** What comes after so many is the next turn. */
const maxPerExecution = 50

type Parts = {
  readonly store: SteeringStore
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly events: Events
  readonly active: () => ReadonlyMap<string, Execution>
}

type Handing = {
  readonly runId: string
  readonly cut: AbortController
  readonly over: Promise<void>
}

export class Steering {
  readonly #parts: Parts
  readonly #wakeup: Wakeup
  readonly #handing = new Map<Execution, Handing>()
  readonly #counts = new WeakMap<Execution, number>()
  readonly #closed = new WeakSet<Execution>()
  /** What is being handed over, by its message: tells that it was heard. */
  readonly #asked = new Map<string, () => void>()
  #pending: ReadonlySet<string> = new Set()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#wakeup = new Wakeup(parts.clock)
  }

  /** Hands over whatever is due, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, clock, events } = this.#parts
    let failures = 0
    while (!signal.aborted) {
      const able = this.#able()
      try {
        const leases = [...able.values()].map(({ run }) => run.lease)
        const found = leases.length > 0 ? await store.offer(leases, clock.now()) : undefined
        this.#pending = new Set(found?.pending)
        for (const offer of found?.offers ?? []) this.#begin(able.get(offer.to.runId), offer)
        failures = 0
        await this.#wakeup.sleep(found?.nextAt, signal)
      } catch (error) {
        failures += 1
        events.emit({ type: 'fault', where: 'handing messages to running turns', error })
        await clock.sleep(backoffMs(failures, storeBackoff), signal)
      }
    }
  }

  /** Something was queued, or a turn takes messages from now on. Never waits. */
  wake(): void {
    this.#wakeup.wake()
  }

  /** Whether a queued run is to be handed over, or is just being handed over. */
  isPending(runId: string): boolean {
    if (this.#pending.has(runId)) return true
    return [...this.#handing.values()].some((handing) => handing.runId === runId)
  }

  /** Hands nothing more to a turn that is over. Resolves once what it took is stored as part of it. */
  async close(execution: Execution): Promise<void> {
    this.#closed.add(execution)
    const handing = this.#handing.get(execution)
    handing?.cut.abort()
    await handing?.over
  }

  /**
   * The turn has heard this message for certain, though it could not say so in time, or was asked before a crash. Resolves
   * once that is stored.
   */
  async confirm(execution: Execution, messageId: string): Promise<void> {
    const { store, clock, blobs } = this.#parts
    const heard = this.#asked.get(messageId)
    if (heard) return heard()
    const { id, lease } = execution.run
    const found = await this.#stored(
      id,
      () => store.confirm(lease, messageId, clock.now()),
      (attempt) => attempt < maxTries,
    )
    if (!found) return
    const { runId, message, settled } = found
    execution.steered.push(turnMessage(message, blobs))
    this.#tell(execution, runId, [message], settled)
  }

  /** The turns that take messages, by their runs. */
  #able(): ReadonlyMap<string, Execution> {
    const able = [...this.#parts.active()].filter(
      ([, execution]) =>
        execution.runtime?.steer !== undefined &&
        !this.#closed.has(execution) &&
        !this.#handing.has(execution) &&
        (this.#counts.get(execution) ?? 0) < maxPerExecution,
    )
    return new Map(able)
  }

  #begin(execution: Execution | undefined, offer: SteerOffer): void {
    if (!execution) return
    const { events } = this.#parts
    const cut = new AbortController()
    if (this.#closed.has(execution)) cut.abort()
    this.#counts.set(execution, (this.#counts.get(execution) ?? 0) + offer.messages.length)
    const over = this.#hand(execution, offer, cut.signal)
      .catch((error: unknown) => events.emit({ type: 'fault', where: 'steering', error }))
      .finally(() => {
        for (const { id } of offer.messages) this.#asked.delete(id)
        this.#handing.delete(execution)
        this.#wakeup.wake()
      })
    this.#handing.set(execution, { runId: offer.runId, cut, over })
  }

  /** In order, and nothing after the first that is not taken. */
  async #hand(execution: Execution, offer: SteerOffer, cut: AbortSignal): Promise<void> {
    const { store, clock } = this.#parts
    const taken: StoredMessage[] = []
    let answer: boolean | undefined = true
    for (const message of offer.messages) {
      answer = cut.aborted ? false : await this.#ask(execution, message, cut)
      if (answer !== true) break
      taken.push(message)
    }
    const result = { taken: taken.map(({ id }) => id), isCertain: answer !== undefined }
    // At the longest until the turn is over.
    const settled = await this.#stored(
      offer.to.runId,
      () => store.settle(offer, result, clock.now()),
      () => !cut.aborted,
      cut,
    )
    if (settled === 'superseded' || settled === 'part') {
      this.#tell(execution, offer.runId, taken, settled)
    }
  }

  #tell(
    { run: { agent, route } }: Execution,
    runId: string,
    taken: readonly StoredMessage[],
    settled: 'superseded' | 'part',
  ): void {
    const { events } = this.#parts
    const address = route && { address: route }
    if (settled === 'superseded') {
      const event = { event: 'run.superseded', state: 'superseded' } as const
      events.emit({ type: 'run.changed', ...event, runId, agent, ...address })
    }
    const read = taken.filter(({ form }) => form !== 'context')
    const platformIds = read.map(({ platformId }) => platformId)
    if (route) events.emit({ type: 'message.noted', address: route, platformIds, runId })
  }

  /** Undefined where nobody knows whether the runtime took it. */
  async #ask(execution: Execution, message: StoredMessage, cut: AbortSignal) {
    const { clock, blobs, events } = this.#parts
    const answered = new AbortController()
    const silence = clock
      .sleep(answerMs, AbortSignal.any([cut, answered.signal]))
      .then(() => undefined)
    const { run, runtime, steered } = execution
    const said = turnMessage(message, blobs)
    const heard = Promise.withResolvers<true>()
    this.#asked.set(message.id, () => heard.resolve(true))
    let isTaken: boolean | undefined
    try {
      isTaken = await Promise.race([runtime?.steer?.(run.id, said), silence, heard.promise])
      if (isTaken === true) steered.push(said)
      return isTaken
    } catch (error) {
      if (!(error instanceof RuntimeError)) {
        events.emit({ type: 'fault', where: `steering run ${run.id}`, error })
      }
      return undefined
    } finally {
      answered.abort()
      // From now on the store says what becomes of it.
      if (isTaken !== true) this.#asked.delete(message.id)
    }
  }

  /** Tries until the store takes it, or `mayTry` ends that. */
  async #stored<T>(
    runId: string,
    work: () => Promise<T>,
    mayTry: (attempt: number) => boolean,
    cut: AbortSignal = new AbortController().signal,
  ): Promise<T | undefined> {
    const { clock, events } = this.#parts
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        events.emit({ type: 'fault', where: `steering run ${runId}`, error })
        if (!mayTry(attempt)) return undefined
        await clock.sleep(backoffMs(attempt, storeBackoff), cut)
      }
    }
  }
}
