/**
 * From due time to done. Invariants: every step is one transaction over rows, so a crash between any two of them leaves
 * an occurrence that is taken up again, or one that is done; nothing here remembers what is due. The loop sleeps until
 * the next due row; `tick`, once a minute, finds what a timer could not (a clock that was set, a machine that slept).
 */
import { GatewayError, StoreError } from '../errors.ts'
import type { CoreEvent, Events } from '../events.ts'
import type { Owners } from '../owners.ts'
import { backoffMs, storeBackoff } from '../retry.ts'
import { Wakeup } from '../wakeup.ts'
import { failurePolicy } from './failure-policy.ts'
import type {
  ClaimedOccurrence,
  DueJob,
  DuePlan,
  OccurrenceLease,
  OccurrenceStep,
} from './job-store.ts'
import { type PerformParts, perform, UndeliverableError } from './perform.ts'
import { planDue } from './plan-due.ts'

/** Far longer than a condition module may take; renewed by the tick. */
const leaseMs = 180_000
/** A few milliseconds of work each, with a turn of the event loop behind it. */
const dueBatch = 25
const messageBatch = 16
const settleBatch = 50
/** Agents called by jobs at a time: they leave most of the queue to people. */
const maxTurns = 4
/** With many results under way they are not all looked at after each of them. */
const manyOpen = 100
const manyOpenMs = 1000

const ends: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled', 'superseded'])

type Parts = PerformParts & {
  readonly owners: Pick<Owners, 'notice'>
  readonly events: Events
  /** Names this process in leases; different after every start. */
  readonly owner: string
}

export class Scheduler {
  readonly #parts: Parts
  readonly #wakeup: Wakeup
  readonly #stop = new AbortController()
  readonly #active = new Map<OccurrenceLease, Promise<void>>()
  #loop: Promise<void> = Promise.resolve()
  /** Runs and messages whose end is awaited, and whether one may have come. */
  #open = 0
  #isUnsettled = true
  #settleAt = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.#wakeup = new Wakeup(parts.clock)
    parts.events.subscribe((event) => this.#follow(event))
  }

  /** Takes back what a dead process held, then does what is due until stopped. */
  async start(): Promise<void> {
    await this.#recover()
    this.#loop = this.#run(this.#stop.signal)
  }

  /** There may be work. Never waits. */
  wake(): void {
    this.#wakeup.wake()
  }

  /** Looks at everything anew, whatever the timers say; once a minute. Never waits. */
  tick(): void {
    this.#isUnsettled = true
    // The clock may have been set back since.
    this.#settleAt = 0
    void this.#keep().catch((error: unknown) => this.#fault('keeping jobs', error))
    this.#wakeup.wake()
  }

  /** Takes nothing more; what was begun ends, or is put back with its attempt. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#loop
    await Promise.all(this.#active.values())
  }

  async #keep(): Promise<void> {
    const { occurrences, clock } = this.#parts
    const now = clock.now()
    await occurrences.renew([...this.#active.keys()], now + leaseMs)
    await this.#recover()
  }

  async #recover(): Promise<void> {
    const { occurrences, owner, clock } = this.#parts
    const now = clock.now()
    this.#tellSteps(await occurrences.recover(owner, failurePolicy(now), now))
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts
    let failures = 0
    while (!signal.aborted) {
      try {
        const until = await this.#round()
        failures = 0
        await this.#wakeup.sleep(until, signal)
      } catch (error) {
        failures += 1
        this.#fault('scheduling jobs', error)
        await clock.sleep(backoffMs(failures, storeBackoff), signal)
      }
    }
  }

  /** One look at everything that is due. Returns when to look again. */
  async #round(): Promise<number | undefined> {
    const { occurrences, clock, owner, settings } = this.#parts
    const now = clock.now()
    const broken = new Map<string, unknown>()
    const plan = (job: DueJob) => planOrPause(job, now, (error) => broken.set(job.id, error))
    const due = await occurrences.enqueue({ now, limit: dueBatch, plan })
    for (const [id, error] of broken) this.#fault(`planning job ${id}`, error)
    this.#tellSteps(due.made)
    await this.#settle()
    const half = Math.max(1, Math.floor(settings().queue.concurrency / 2))
    const claimed = await occurrences.claim({
      owner,
      now: clock.now(),
      leaseMs,
      messages: messageBatch,
      maxTurns: Math.min(maxTurns, half),
    })
    for (const one of claimed.occurrences) this.#begin(one)
    // Messages are one transaction each: the next batch is not claimed before they are written.
    await Promise.all(
      [...this.#active].flatMap(([{ id }, done]) => (this.#isMessage(id, claimed) ? done : [])),
    )
    await this.#tellOwners()
    const settleAt = this.#isUnsettled ? this.#settleAt : undefined
    return earliest(due.nextAt, claimed.nextAt, settleAt)
  }

  #isMessage(id: string, claimed: { readonly occurrences: readonly ClaimedOccurrence[] }): boolean {
    return claimed.occurrences.some(({ lease, job }) => lease.id === id && job.kind === 'message')
  }

  #begin(one: ClaimedOccurrence): void {
    const work = this.#work(one)
      .catch((error: unknown) => this.#fault(`job ${one.job.id}`, error))
      .finally(() => {
        this.#active.delete(one.lease)
        this.#wakeup.wake()
      })
    this.#active.set(one.lease, work)
  }

  async #work(one: ClaimedOccurrence): Promise<void> {
    const { occurrences, clock } = this.#parts
    const { signal } = this.#stop
    try {
      const step = await perform(one, this.#parts, signal)
      if (!step) return
      this.#open += 1
      this.#isUnsettled = true
      this.#tellSteps([step])
    } catch (error) {
      if (signal.aborted) return await occurrences.release(one.lease, clock.now())
      // The lease runs out, and whoever takes it up then finds the store again.
      if (error instanceof StoreError) throw error
      const now = clock.now()
      const isFinal = error instanceof UndeliverableError
      const code = error instanceof GatewayError ? error.code : 'failed'
      const message = error instanceof Error ? error.message : String(error)
      const reason = `its module has changed; accept it with: jackdaw jobs accept ${one.job.id}`
      const pauses = code === 'module-changed' && { pauses: { cause: code, reason } as const }
      const policy = { ...failurePolicy(now), isFinal, ...pauses }
      const step = await occurrences.fail(one.lease, { code, message }, policy, now)
      if (step) this.#tellSteps([step])
      this.#parts.onDeliveries()
    }
  }

  async #settle(): Promise<void> {
    const { occurrences, clock, onDeliveries } = this.#parts
    const now = clock.now()
    if (!this.#isUnsettled || now < this.#settleAt) return
    this.#isUnsettled = false
    const { steps, open, isMore } = await occurrences.settle(failurePolicy(now), settleBatch, now)
    this.#open = open
    this.#settleAt = open > manyOpen && !isMore ? now + manyOpenMs : 0
    if (isMore) this.#isUnsettled = true
    this.#tellSteps(steps)
    if (steps.some(({ state }) => state === 'failed')) onDeliveries()
  }

  async #tellOwners(): Promise<void> {
    const { occurrences, owners } = this.#parts
    for (const notice of await occurrences.notices(10)) {
      const { kind, jobId, id, failures, channel = '' } = notice
      // Undeliverable is told once a day, a count that is reached once, anything else every time.
      const count = kind === 'failing' || kind === 'paused' ? failures : id
      const key = `job:${jobId}:${kind}:${kind === 'undeliverable' ? '' : count}`
      await owners.notice(channel, key, (words) => words.jobNotice(notice))
      await occurrences.told(notice.id)
    }
  }

  #follow(event: CoreEvent): void {
    if (this.#open === 0) return
    const isEnd =
      (event.type === 'run.changed' && ends.has(event.state)) ||
      (event.type === 'delivery.changed' &&
        (event.state === 'sent' || event.state === 'discarded' || event.state === 'uncertain'))
    if (!isEnd) return
    this.#isUnsettled = true
    this.#wakeup.wake()
  }

  #tellSteps(steps: readonly OccurrenceStep[]): void {
    for (const step of steps) this.#parts.events.emit({ type: 'occurrence.changed', ...step })
  }

  #fault(where: string, error: unknown): void {
    this.#parts.events.emit({ type: 'fault', where, error })
  }
}

/** One job that cannot be planned (its zone is gone, say) must not hold up all others for ever. */
function planOrPause(job: DueJob, now: number, fails: (error: unknown) => void): DuePlan {
  try {
    return planDue(job, now)
  } catch (error) {
    fails(error)
    const why = error instanceof Error ? error.message : String(error)
    const paused = `its next time cannot be worked out: ${why}`
    const { nextAt: at = now, cursor } = job
    return { occurrences: [{ scheduledFor: at, notBefore: at, skipped: paused }], cursor, paused }
  }
}

function earliest(...instants: readonly (number | undefined)[]): number | undefined {
  const known = instants.filter((at) => at !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}
