/**
 * From queued run to ended run. Invariants: a run is executed only under a lease; every ending carries the lease's
 * token; an attempt is counted before it begins, so that a crash counts too; whatever happens, the run ends or goes
 * back to the queue.
 */
import type { Clock } from './clock.ts'
import { plainChunks } from './commands.ts'
import { RuntimeError, StoreError } from './errors.ts'
import type { Events } from './events.ts'
import { type AbortReason, type Ending, Execution } from './execution.ts'
import type { Chunk, Reply, RunError, RunEventType, RunState } from './model.ts'
import type { AgentRuntime, BlobStore, Usage } from './ports.ts'
import type { Renderer } from './renderer.ts'
import { backoffMs } from './retry.ts'
import { type FailureReason, sentencesFor } from './sentences.ts'
import type { Settings } from './settings.ts'
import type { AccessStore, ClaimedRun, RunStore, SessionStore } from './store.ts'
import { turnOf } from './turn.ts'
import { Wakeup } from './wakeup.ts'

const leaseMs = 30_000
const keepEveryMs = 1000
const retryBackoff = { firstMs: 2000, maxMs: 60_000 }
const storeBackoff = { firstMs: 250, maxMs: 10_000 }

type Parts = {
  readonly runs: RunStore
  readonly sessions: SessionStore
  readonly access: AccessStore
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly events: Events
  readonly renderer: Renderer
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
  readonly #active = new Map<string, Execution>()
  readonly #finishing = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  #loops: Promise<unknown> = Promise.resolve()
  #renewAt = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.#wakeup = new Wakeup(parts.clock)
  }

  /** Takes back what a dead process held, then claims and executes until stopped. */
  async start(): Promise<void> {
    const { runs, owner, clock } = this.#parts
    for (const runId of await runs.recover(owner, clock.now()))
      this.#emit('run.recovered', { runId, state: 'queued' })
    this.#loops = Promise.all([
      this.#claimLoop(this.#stop.signal),
      this.#keepLoop(this.#stop.signal),
    ])
  }

  /** There may be work. Never waits. */
  wake(): void {
    this.#wakeup.wake()
  }

  /** Cuts a run off because somebody asked for it. */
  abort(runId: string): void {
    this.#active.get(runId)?.abort('cancel')
  }

  /** What executes now, for the typing sign and for `status`. */
  active(): ReadonlyMap<string, Execution> {
    return this.#active
  }

  /** Claims nothing more, gives what executes until `deadline`, then puts it back with its attempt. */
  async stop(deadline: AbortSignal): Promise<void> {
    this.#stop.abort()
    await this.#loops
    const expired = Promise.withResolvers<void>()
    if (deadline.aborted) expired.resolve()
    deadline.addEventListener('abort', () => expired.resolve(), { once: true })
    // What ends meanwhile must keep its lease until then.
    const keeping = new AbortController()
    const keep = this.#keepLoop(keeping.signal)
    await Promise.race([this.#settled(), expired.promise])
    for (const execution of this.#active.values()) execution.abort('shutdown')
    await this.#settled()
    keeping.abort()
    await keep
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
      await clock.sleep(keepEveryMs, signal)
      const now = clock.now()
      const { runTimeoutMs } = settings().queue
      for (const execution of this.#active.values()) {
        if (now - execution.startedAt > runTimeoutMs) execution.abort('timeout')
      }
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
    const { runs, clock, events } = this.#parts
    const execution = new Execution(run, { store: runs, clock, events })
    this.#active.set(run.id, execution)
    this.#emit('run.started', { runId: run.id, state: 'running' }, run)
    const fault = (error: unknown) => events.emit({ type: 'fault', where: `run ${run.id}`, error })
    const finishing = this.#execute(execution)
      .catch((error: unknown) => {
        fault(error)
        return this.#failUnexpectedly(execution, [])
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
    if (run.isCancelled)
      return this.#end(execution, { type: 'aborted', reason: 'cancel', usage: [] })
    if (run.isExhausted)
      return this.#fail(
        run,
        { code: 'crashed', message: 'Every attempt was cut off.' },
        'crashed',
        [],
      )
    const runtime = this.#parts.runtimeFor(run.agent)
    if (!runtime) {
      const error = { code: 'unknown-agent', message: `Agent "${run.agent}" is not configured.` }
      return this.#fail(run, error, 'unavailable', [])
    }
    const turn = turnOf(run, this.#parts.sessions, this.#parts.blobs)
    await this.#end(execution, await execution.finish(runtime, turn))
  }

  async #end(execution: Execution, ending: Ending): Promise<void> {
    const { run } = execution
    for (const { inputTokens, outputTokens } of ending.usage) {
      this.#parts.events.emit({ type: 'tokens.used', agent: run.agent, inputTokens, outputTokens })
    }
    switch (ending.type) {
      case 'done':
        return this.#complete(execution, ending.reply, ending.usage)
      case 'aborted':
        return this.#endAborted(run, ending.reason, ending.usage)
      case 'failed':
        return this.#endFailed(execution, ending.error, ending.usage)
    }
  }

  async #complete(execution: Execution, reply: Reply, usage: readonly Usage[]): Promise<void> {
    const { runs, onDeliveries } = this.#parts
    const { run } = execution
    const chunks = await this.#persist(run, () => this.#chunks(run, reply))
    if (!chunks) return
    await this.#write(run, 'run.completed', 'completed', () => {
      const result = { text: reply.text, files: reply.files ?? [], chunks, usage }
      const commit = runs.complete(run.lease, result, this.#parts.clock.now())
      // The slot is free and the answer is on its way in the same commit.
      this.#release(execution)
      onDeliveries()
      return commit
    })
  }

  async #chunks(run: ClaimedRun, reply: Reply): Promise<readonly Chunk[]> {
    if (!run.route) return []
    const isEmpty = reply.text.trim() === '' && (reply.files ?? []).length === 0
    return isEmpty
      ? plainChunks((await this.#words(run)).emptyAnswer)
      : this.#parts.renderer.render(run.route.channel, reply)
  }

  async #endAborted(run: ClaimedRun, reason: AbortReason, usage: readonly Usage[]): Promise<void> {
    const { runs, clock } = this.#parts
    switch (reason) {
      case 'cancel':
        return this.#write(run, 'run.cancelled', 'cancelled', () =>
          runs.cancelled(run.lease, clock.now()),
        )
      case 'timeout':
        return this.#fail(
          run,
          { code: 'timeout', message: 'The run took longer than queue.runTimeoutMs.' },
          'timeout',
          usage,
        )
      case 'shutdown':
        return this.#write(run, 'run.retrying', 'queued', () =>
          runs.release(run.lease, clock.now()),
        )
      case 'lease':
        // Somebody else holds the run now; whatever was written here would be refused.
        return
    }
  }

  async #endFailed(execution: Execution, error: unknown, usage: readonly Usage[]): Promise<void> {
    const { runs, clock, events } = this.#parts
    const { run } = execution
    if (!(error instanceof RuntimeError || error instanceof StoreError)) {
      events.emit({ type: 'fault', where: `runtime of agent ${run.agent}`, error })
      return this.#failUnexpectedly(execution, usage)
    }
    const failure = { code: error.code, message: error.message }
    const isRetryable = error instanceof StoreError || error.isRetryable
    if (!isRetryable || run.attempt >= run.maxAttempts) {
      return this.#fail(run, failure, isRetryable ? 'unavailable' : 'refused', usage)
    }
    const retryAfterMs = error instanceof RuntimeError ? (error.retryAfterMs ?? 0) : 0
    const notBefore = clock.now() + Math.max(retryAfterMs, backoffMs(run.attempt, retryBackoff))
    await this.#write(
      run,
      'run.retrying',
      'queued',
      () => runs.retry(run.lease, failure, notBefore, clock.now()),
      failure,
    )
  }

  #failUnexpectedly({ run }: Execution, usage: readonly Usage[]): Promise<void> {
    const error = { code: 'internal', message: 'The runtime failed unexpectedly.' }
    return this.#fail(run, error, 'internal', usage)
  }

  async #fail(
    run: ClaimedRun,
    error: RunError,
    reason: FailureReason,
    usage: readonly Usage[],
  ): Promise<void> {
    const { runs, clock, onDeliveries } = this.#parts
    const chunks: readonly Chunk[] = run.route
      ? plainChunks((await this.#words(run)).failed(reason, run.id))
      : []
    await this.#write(
      run,
      'run.failed',
      'failed',
      () => {
        const commit = runs.fail(run.lease, error, chunks, usage, clock.now())
        onDeliveries()
        return commit
      },
      error,
    )
  }

  /** Writes an ending and tells of it, unless the lease was lost. */
  async #write(
    run: ClaimedRun,
    type: RunEventType,
    state: RunState,
    commit: () => Promise<boolean>,
    error?: RunError,
  ): Promise<void> {
    const isWritten = await this.#persist(run, commit)
    if (isWritten)
      this.#emit(type, { runId: run.id, state, ...(error && { code: error.code }) }, run)
  }

  /**
   * Tries until the store takes it: while the disk is full the answer waits here, not in the void. Undefined at
   * shutdown: then the lease brings the run back after the next start.
   */
  async #persist<T>(run: ClaimedRun, work: () => Promise<T>): Promise<T | undefined> {
    const { clock, events } = this.#parts
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        events.emit({ type: 'fault', where: `ending run ${run.id}`, error })
        if (this.#stop.signal.aborted) return undefined
        await clock.sleep(backoffMs(attempt, storeBackoff), this.#stop.signal)
      }
    }
  }

  async #words(run: ClaimedRun) {
    const author = run.messages.findLast(({ form }) => form === 'full')?.author
    if (!run.route || !author) return sentencesFor(undefined)
    return sentencesFor(await this.#parts.access.language(run.route.account, author.id))
  }

  #emit(
    event: RunEventType,
    change: { runId: string; state: RunState; code?: string },
    run?: ClaimedRun,
  ): void {
    const { events, clock } = this.#parts
    const isEnd = change.state !== 'queued' && change.state !== 'running'
    events.emit({
      type: 'run.changed',
      event,
      ...change,
      agent: run?.agent ?? '',
      ...(run?.route && { address: run.route }),
      ...(run && { attempt: run.attempt }),
      ...(run && isEnd && { durationMs: clock.now() - run.createdAt }),
    })
  }
}
