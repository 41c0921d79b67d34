import type { Clock } from './clock.ts'
import type { AbortReason, Ending } from './ending.ts'
import { RuntimeError, StoreError } from './errors.ts'
import type { Events } from './events.ts'
import type { Execution } from './execution.ts'
import type { Chunk, Reply, RunError, RunEventType, RunState } from './model.ts'
import { plainChunks } from './plain-chunks.ts'
import type { Renderer } from './renderer.ts'
import { backoffMs, storeBackoff } from './retry.ts'
import type { JobStore } from './scheduler/job-store.ts'
import { type FailureReason, sentencesFor } from './sentences.ts'
import type { Spending } from './spending.ts'
import type { AccessStore } from './store/access.ts'
import type { ClaimedRun, RunStore } from './store/runs.ts'

const retryBackoff = { firstMs: 2000, maxMs: 60_000 }

type Parts = {
  readonly runs: RunStore
  readonly access: AccessStore
  readonly jobs: Pick<JobStore, 'find'>
  readonly clock: Clock
  readonly events: Events
  readonly spending: Pick<Spending, 'explain'>
  readonly renderer: Renderer
  /** Ends what people see of an unfinished answer. */
  readonly closePreview: (runId: string) => Promise<void>
  /** Aborts once nothing more is claimed: an ending the store does not take then is left to the next start. */
  readonly stopping: AbortSignal
  /** The answer is there: called before its commit, so that the next claim shares it. */
  readonly onCompleted: (execution: Execution) => void
  /** Deliveries were queued: called before the commit, so that their claim shares it. */
  readonly onDeliveries: () => void
}

/**
 * A run that executed ends exactly once, in the store and in front of people. Every ending carries the lease's token,
 * and what people are told is queued in the same commit.
 */
export class Endings {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Writes down how an execution ended, and resolves once that is stored. */
  async end(execution: Execution, ending: Ending): Promise<void> {
    const { run } = execution
    await this.#parts.closePreview(run.id)
    switch (ending.type) {
      case 'done':
        return this.#complete(execution, ending.reply)
      case 'aborted':
        return this.#endAborted(run, ending.reason)
      case 'failed':
        return this.#endFailed(run, ending.error)
      case 'limit':
        return this.#endAtLimit(run, ending)
    }
  }

  async #complete(execution: Execution, reply: Reply): Promise<void> {
    const { runs, clock, onCompleted, onDeliveries } = this.#parts
    const { run } = execution
    const chunks = await this.#persist(run, () => this.#chunks(run, reply))
    if (!chunks) return
    await this.#write(run, 'run.completed', 'completed', () => {
      const { text, files = [] } = reply
      const result = { text, files, chunks }
      const commit = runs.complete(run.lease, result, clock.now())
      // The slot is free and the answer is on its way in the same commit.
      onCompleted(execution)
      onDeliveries()
      return commit
    })
  }

  async #chunks(run: ClaimedRun, reply: Reply): Promise<readonly Chunk[]> {
    if (!run.route) return []
    // Of planned work nobody waits for, nothing is said when there is nothing to say.
    const isEmpty = reply.text.trim() === '' && (reply.files ?? []).length === 0
    if (!isEmpty) return this.#parts.renderer.render(run.route.channel, reply)
    const words = await this.#words(run)
    return plainChunks(run.source === 'compact' ? words.compacted : words.emptyAnswer)
  }

  async #endAborted(run: ClaimedRun, reason: AbortReason): Promise<void> {
    const { runs, clock } = this.#parts
    switch (reason) {
      case 'cancel':
        return this.#write(run, 'run.cancelled', 'cancelled', () =>
          runs.cancelled(run.lease, clock.now()),
        )
      case 'timeout':
        return this.fail(
          run,
          { code: 'timeout', message: 'The run took longer than queue.runTimeoutMs.' },
          'timeout',
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

  async #endFailed(run: ClaimedRun, error: unknown): Promise<void> {
    const { runs, clock, events } = this.#parts
    if (!(error instanceof RuntimeError || error instanceof StoreError)) {
      events.emit({ type: 'fault', where: `runtime of agent ${run.agent}`, error })
      return this.failUnexpectedly(run)
    }
    const failure = { code: error.code, message: error.message }
    const isRetryable = error instanceof StoreError || error.isRetryable
    if (!isRetryable || run.attempt >= run.maxAttempts) {
      return this.fail(run, failure, isRetryable ? 'unavailable' : 'refused')
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

  /** Fails a run for a reason that only the log knows. */
  failUnexpectedly(run: ClaimedRun): Promise<void> {
    const error = { code: 'internal', message: 'The runtime failed unexpectedly.' }
    return this.fail(run, error, 'internal')
  }

  /** Fails a run for good and says so where it was asked for. `error` is for whoever runs the gateway. */
  async fail(run: ClaimedRun, error: RunError, reason: FailureReason): Promise<void> {
    const text = run.route ? (await this.#words(run)).failed(reason, run.id) : ''
    await this.#fail(run, error, text)
  }

  /** A run that may spend nothing more today is not tried again; one that was not begun was no attempt. */
  async #endAtLimit(run: ClaimedRun, end: Extract<Ending, { type: 'limit' }>): Promise<void> {
    const { spending } = this.#parts
    const words = await this.#words(run)
    const told = await this.#persist(run, () => spending.explain(run, end, words))
    if (told) await this.#fail(run, told.error, told.text, end.isCutOff)
  }

  async #fail(run: ClaimedRun, error: RunError, text: string, isAttempt = true): Promise<void> {
    const { runs, clock, onDeliveries } = this.#parts
    // A job may try again, and the scheduler says it when it does not; over a limit it does not.
    const isSaidElsewhere = run.source === 'job' && error.code !== 'budget'
    const chunks: readonly Chunk[] = run.route && !isSaidElsewhere ? plainChunks(text) : []
    await this.#write(
      run,
      'run.failed',
      'failed',
      () => {
        const commit = runs.fail(run.lease, error, chunks, clock.now(), isAttempt)
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
    if (isWritten) this.#emit(run, type, state, error)
  }

  /**
   * Tries until the store takes it: while the disk is full the answer waits here, not in the void. Undefined at
   * shutdown: then the lease brings the run back after the next start.
   */
  async #persist<T>(run: ClaimedRun, work: () => Promise<T>): Promise<T | undefined> {
    const { clock, events, stopping } = this.#parts
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        events.emit({ type: 'fault', where: `ending run ${run.id}`, error })
        if (stopping.aborted) return undefined
        await clock.sleep(backoffMs(attempt, storeBackoff), stopping)
      }
    }
  }

  async #words(run: ClaimedRun) {
    const author = run.messages.findLast(({ form }) => form === 'full')?.author
    if (!run.route) return sentencesFor(undefined)
    // Nobody wrote what a job asks: its maker's language counts, as for all a job says, and then the chat's.
    const maker =
      run.job === undefined ? undefined : (await this.#parts.jobs.find(run.job))?.createdBy.language
    const { account, chat } = run.route
    const person = run.source === 'message' ? (author?.id ?? chat) : chat
    return sentencesFor(maker ?? (await this.#parts.access.language(account, person)))
  }

  #emit(run: ClaimedRun, event: RunEventType, state: RunState, error?: RunError): void {
    const { events, clock } = this.#parts
    events.emit({
      type: 'run.changed',
      event,
      runId: run.id,
      state,
      ...(error && { code: error.code }),
      agent: run.agent,
      ...(run.route && { address: run.route }),
      attempt: run.attempt,
      ...(state !== 'queued' && { durationMs: clock.now() - run.createdAt }),
    })
  }
}
