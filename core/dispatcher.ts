/**
 * From queued run to ended run. Invariants: a run is executed only under a lease; an attempt is counted before it
 * begins, so that a crash counts too; whatever happens, the run ends or goes back to the queue.
 */
import type { Asking } from './asking.ts'
import type { Clock } from './clock.ts'
import { Endings } from './endings.ts'
import type { Events } from './events.ts'
import { Execution } from './execution.ts'
import type { BlobStore } from './ports.ts'
import type { Renderer } from './renderer.ts'
import { backoffMs, storeBackoff } from './retry.ts'
import type { AgentRuntime } from './runtime-port.ts'
import type { JobStore } from './scheduler/job-store.ts'
import type { Settings } from './settings.ts'
import type { Spending } from './spending.ts'
import { Steering } from './steering.ts'
import type { AccessStore } from './store/access.ts'
import type { ClaimedRun, RunStore } from './store/runs.ts'
import type { SessionStore } from './store/sessions.ts'
import type { SteeringStore } from './store/steering.ts'
import { turnOf } from './turn.ts'
import { Wakeup } from './wakeup.ts'

const leaseMs = 30_000
const keepEveryMs = 1000

type Parts = {
  readonly runs: RunStore
  readonly sessions: SessionStore
  readonly access: AccessStore
  readonly jobs: Pick<JobStore, 'find'>
  readonly asking: Asking
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly events: Events
  readonly renderer: Renderer
  readonly spending: Spending
  readonly steering: SteeringStore
  readonly closePreview: (runId: string) => Promise<void>
  readonly settings: () => Settings
  readonly runtimeFor: (agent: string) => AgentRuntime | undefined
  /** Names this process in leases; different after every start. */
  readonly owner: string
  /** Deliveries were queued: called before the commit, so that their claim shares it. */
  readonly onDeliveries: () => void
}

export class Dispatcher {
  readonly #parts: Parts
  readonly #wakeup: Wakeup
  /** Wakes the ticker, which rests while nothing executes. */
  readonly #begun: Wakeup
  readonly #endings: Endings
  readonly #steering: Steering
  readonly #active = new Map<string, Execution>()
  readonly #finishing = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  #loops: Promise<unknown> = Promise.resolve()
  #renewAt = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.#wakeup = new Wakeup(parts.clock)
    this.#begun = new Wakeup(parts.clock)
    this.#steering = new Steering({
      ...parts,
      store: parts.steering,
      active: () => this.#active,
    })
    this.#endings = new Endings({
      ...parts,
      stopping: this.#stop.signal,
      onCompleted: (execution) => this.#release(execution),
    })
  }

  /** Takes back what a dead process held, then claims and executes until stopped. */
  async start(): Promise<void> {
    const { runs, owner, clock, events } = this.#parts
    for (const runId of await runs.recover(owner, clock.now())) {
      const event = 'run.recovered'
      events.emit({ type: 'run.changed', event, runId, state: 'queued', agent: '' })
    }
    this.#loops = Promise.all([
      this.#claimLoop(this.#stop.signal),
      this.#keepLoop(this.#stop.signal),
      this.#steering.run(this.#stop.signal),
    ])
  }

  /** There may be work. Never waits. */
  wake(): void {
    this.#wakeup.wake()
    this.#steering.wake()
  }

  /** Cuts a run off because somebody asked for it. */
  abort(runId: string): void {
    this.#active.get(runId)?.abort('cancel')
  }

  /** What executes now, for the typing sign and for `status`. */
  active(): ReadonlyMap<string, Execution> {
    return this.#active
  }

  /** Whether a run that waits is to be handed to the turn before it. */
  isToBeNoted(runId: string): boolean {
    return this.#steering.isPending(runId)
  }

  /**
   * Claims nothing more, gives what executes until `deadline`, then puts it back with its attempt: what waits for people
   * only at once, where the next start finds it waiting.
   */
  async stop(deadline: AbortSignal): Promise<void> {
    this.#stop.abort()
    await this.#loops
    const expired = Promise.withResolvers<void>()
    if (deadline.aborted) expired.resolve()
    deadline.addEventListener('abort', () => expired.resolve(), { once: true })
    this.#leaveWaiting()
    // What ends meanwhile must keep its lease until then.
    const keeping = new AbortController()
    const keep = this.#keepLoop(keeping.signal)
    await Promise.race([this.#settled(), expired.promise])
    for (const execution of this.#active.values()) execution.abort('shutdown')
    await this.#settled()
    keeping.abort()
    await keep
  }

  #leaveWaiting(): void {
    for (const execution of this.#active.values())
      if (execution.mayBeLeft) execution.abort('shutdown')
  }

  async #settled(): Promise<void> {
    while (this.#finishing.size > 0) await Promise.all(this.#finishing)
  }

  async #claimLoop(signal: AbortSignal): Promise<void> {
    const { runs, owner, clock, events, settings } = this.#parts
    let failures = 0
    while (!signal.aborted) {
      const limit = settings().queue.concurrency - this.#active.size
      if (limit <= 0) {
        await this.#wakeup.sleep(undefined, signal)
        continue
      }
      try {
        const claimed = await runs.claim({ owner, now: clock.now(), leaseMs, limit })
        for (const run of claimed.runs) this.#begin(run)
        failures = 0
        await this.#wakeup.sleep(claimed.nextAt, signal)
      } catch (error) {
        failures += 1
        events.emit({ type: 'fault', where: 'claiming runs', error })
        await clock.sleep(backoffMs(failures, storeBackoff), signal)
      }
    }
  }

  /** One ticker for all that executes: deadlines, and leases long before they run out. */
  async #keepLoop(signal: AbortSignal): Promise<void> {
    const { clock, events, settings, runs } = this.#parts
    while (!signal.aborted) {
      if (this.#active.size === 0) await this.#begun.sleep(undefined, signal)
      await clock.sleep(keepEveryMs, signal)
      const now = clock.now()
      const { runTimeoutMs } = settings().queue
      for (const execution of this.#active.values()) {
        if (execution.workedMs(now) > runTimeoutMs) execution.abort('timeout')
      }
      if (this.#stop.signal.aborted) this.#leaveWaiting()
      if (now < this.#renewAt || this.#active.size === 0) continue
      this.#renewAt = now + leaseMs / 3
      try {
        const leases = [...this.#active.values()].map(({ run }) => run.lease)
        for (const lost of await runs.renew(leases, now + leaseMs))
          this.#active.get(lost)?.abort('lease')
      } catch (error) {
        events.emit({ type: 'fault', where: 'renewing leases', error })
      }
    }
  }

  #begin(run: ClaimedRun): void {
    const { runs, asking, clock, events, spending } = this.#parts
    const onOpen = () => this.#steering.wake()
    const onSteered = (of: Execution, id: string) => this.#steering.confirm(of, id)
    const parts = { store: runs, asking, clock, events, spending, onOpen, onSteered }
    const execution = new Execution(run, parts)
    this.#active.set(run.id, execution)
    this.#begun.wake()
    events.emit({
      type: 'run.changed',
      event: 'run.started',
      runId: run.id,
      state: 'running',
      agent: run.agent,
      ...(run.route && { address: run.route }),
      attempt: run.attempt,
    })
    const fault = (error: unknown) => events.emit({ type: 'fault', where: `run ${run.id}`, error })
    const finishing = this.#execute(execution)
      .catch((error: unknown) => {
        fault(error)
        return this.#endings.failUnexpectedly(run)
      })
      .catch(fault)
      .finally(() => {
        this.#finishing.delete(finishing)
        this.#release(execution)
      })
    this.#finishing.add(finishing)
  }

  /** Frees the slot, unless the run was lost and is executed anew in it. */
  #release(execution: Execution): void {
    const { id } = execution.run
    if (this.#active.get(id) !== execution) return
    this.#active.delete(id)
    this.#wakeup.wake()
  }

  async #execute(execution: Execution): Promise<void> {
    const { run } = execution
    const endings = this.#endings
    if (run.isCancelled) return endings.end(execution, { type: 'aborted', reason: 'cancel' })
    if (run.isExhausted) {
      const error = { code: 'crashed', message: 'Every attempt was cut off.' }
      return endings.fail(run, error, 'crashed')
    }
    const runtime = this.#parts.runtimeFor(run.agent)
    if (!runtime) {
      const error = { code: 'unknown-agent', message: `Agent "${run.agent}" is not configured.` }
      return endings.fail(run, error, 'unavailable')
    }
    const turn = turnOf(run, this.#parts.sessions, this.#parts.blobs)
    const ending = await execution.finish(runtime, turn)
    await this.#steering.close(execution)
    await endings.end(execution, ending)
  }
}
