import type { Asking } from './asking.ts'
import type { Clock } from './clock.ts'
import type { AbortReason, Ending } from './ending.ts'
import { DetachedError, RuntimeError } from './errors.ts'
import type { Events } from './events.ts'
import { Narration } from './narration.ts'
import { isResumable } from './resumable.ts'
import type { AgentRuntime, RuntimeEvent, Turn, TurnMessage, Usage } from './runtime-port.ts'
import { oneLine } from './runtimes/one-line.ts'
import type { Spending } from './spending.ts'
import type { ClaimedRun, RunStore } from './store/runs.ts'

type Parts = {
  readonly store: RunStore
  readonly asking: Asking
  readonly clock: Clock
  readonly events: Events
  readonly spending: Pick<Spending, 'record' | 'reached'>
  /** The runtime has the turn: what comes meanwhile may be handed to it. */
  readonly onOpen: () => void
  /** Resolves once what the runtime has heard is stored as part of the run. */
  readonly onSteered: (execution: Execution, messageId: string) => Promise<void>
}

/** A runtime that ignores its abort is left behind after this long, so that the next run begins within 5 s. */
const abandonMs = 4500
const maxTitle = 100

/** One attempt of one run: follows the runtime's events and can be cut off at any time. */
export class Execution {
  readonly startedAt: number
  /** What has the turn, once something has it. */
  runtime: AgentRuntime | undefined
  /** What was handed to it meanwhile. */
  readonly steered: TurnMessage[] = []
  readonly #parts: Parts
  readonly #narration: Narration
  #run: ClaimedRun
  #progressAt: number
  readonly #abort = new AbortController()
  readonly #abandoned = Promise.withResolvers<Ending>()
  /** Ends the wait of `abort`; there only once it waits. */
  #over: AbortController | undefined
  #cutOff: Ending | undefined
  #isOverLimit = false
  /** The runtime may have begun to work on it. */
  #isAccepted = false

  constructor(run: ClaimedRun, parts: Parts) {
    this.#run = run
    this.#parts = parts
    this.#narration = new Narration(run, parts)
    this.startedAt = parts.clock.now()
    this.#progressAt = this.startedAt
  }

  /** As it was claimed; without the attempt of this claim once the runtime has shown that it goes on with the turn. */
  get run(): ClaimedRun {
    return this.#run
  }

  /** When the runtime last showed life, or was last given an answer. */
  get progressAt(): number {
    return Math.max(this.#progressAt, this.#parts.asking.resumedAt(this.run.id))
  }

  /** A person is asked. */
  get isWaiting(): boolean {
    return this.#parts.asking.isWaiting(this.run.id)
  }

  /** It waits for nothing but people, and would without this process: the runtime keeps the turn for `resume`. */
  get mayBeLeft(): boolean {
    const isKept = this.#isAccepted && this.runtime?.outlivesGateway?.(this.run.id) === true
    return isKept && this.#parts.asking.isRuntimeWaiting(this.run.id)
  }

  /** How long it has been at work; people take their own time. */
  workedMs(now: number): number {
    return now - this.startedAt - this.#parts.asking.waitedMs(this.run.id, now)
  }

  /** Cuts the execution off. It ends at once if the runtime obeys, and in a few seconds if it does not. */
  abort(reason: AbortReason): void {
    const isDetached = reason === 'shutdown' || reason === 'lease'
    this.#cut({ type: 'aborted', reason }, isDetached ? new DetachedError() : undefined)
  }

  #cut(ending: Ending, reason?: DetachedError): void {
    if (this.#cutOff !== undefined) return
    this.#cutOff = ending
    this.#abort.abort(reason)
    this.#over = new AbortController()
    void this.#parts.clock
      .sleep(abandonMs, this.#over.signal)
      .then(() => this.#abandoned.resolve(ending))
  }

  /** Runs to the end, whatever that is. Never rejects. */
  async finish(runtime: AgentRuntime, turn: Turn): Promise<Ending> {
    const ending = await Promise.race([this.#follow(runtime, turn), this.#abandoned.promise])
    this.#over?.abort()
    await this.#parts.asking.leave(this.run)
    return ending
  }

  async #follow(runtime: AgentRuntime, turn: Turn): Promise<Ending> {
    try {
      await this.#parts.asking.begin(this.run, turn, isResumable(runtime, turn))
      // What the runtime has already is followed all the same: it must be told to stop, or has an answer.
      const limit = turn.promptId === undefined && (await this.#parts.spending.reached(this.run))
      if (limit) return { type: 'limit', limit, isCutOff: false }
      const isResumed = isResumable(runtime, turn) && this.run.source !== 'compact'
      this.#isAccepted = isResumed
      return await this.#consume(runtime, this.#events(runtime, turn), isResumed)
    } catch (error) {
      if (this.#cutOff !== undefined) return this.#cutOff
      // Shortening a memory twice is no harm; there is nobody to tell that it was interrupted.
      const isCompaction = this.run.source === 'compact'
      const isSecondLoss = turn.isInterrupted && !isResumable(runtime, turn)
      if (!isLost(error) || isSecondLoss || isCompaction) return this.#failed(error)
      return await this.#continue(runtime, turn, error)
    }
  }

  /** Asks once more after the runtime has lost the turn, and says so to the agent. */
  async #continue(runtime: AgentRuntime, turn: Turn, lost: unknown): Promise<Ending> {
    const { promptId: _, ...fresh } = turn
    this.#narration.restart()
    this.#isAccepted = false
    try {
      await this.#parts.asking.forget(this.run)
      const messages = [...turn.messages, ...this.steered]
      const again = { ...fresh, messages, isInterrupted: true }
      const events = runtime.execute(again, this.#abort.signal)
      return await this.#consume(runtime, events)
    } catch (error) {
      if (this.#cutOff !== undefined) return this.#cutOff
      // Until the runtime has it again, the next attempt is still the one after an interruption.
      return this.#failed(this.#isAccepted || !isRetryable(error) ? error : lost)
    }
  }

  #failed(error: unknown): Ending {
    return { type: 'failed', error }
  }

  #events(runtime: AgentRuntime, turn: Turn): AsyncIterable<RuntimeEvent> {
    const { signal } = this.#abort
    if (this.run.source === 'compact') {
      if (runtime.compact) return runtime.compact(turn, signal)
      throw new RuntimeError('unsupported', 'The runtime has no memory that could be shortened.', {
        isRetryable: false,
      })
    }
    return isResumable(runtime, turn)
      ? runtime.resume({ ...turn, isInterrupted: false }, signal)
      : runtime.execute(turn, signal)
  }

  async #consume(
    runtime: AgentRuntime,
    events: AsyncIterable<RuntimeEvent>,
    isResumed = false,
  ): Promise<Ending> {
    this.runtime = runtime
    this.#parts.onOpen()
    let isGivenBack = !isResumed
    for await (const event of events) {
      if (!isGivenBack && event.type !== 'done') {
        isGivenBack = true
        await this.#giveBack()
      }
      if (event.type === 'usage') {
        await this.#count(event.usage)
        continue
      }
      // A person who said stop was told that it stopped; any other end is beaten by an answer that is there.
      if (this.#isCancelled) continue
      if (event.type === 'done') return { type: 'done', reply: event.reply }
      if (this.#cutOff !== undefined) continue
      this.#progressAt = this.#parts.clock.now()
      await this.#note(event, runtime)
    }
    if (this.#cutOff !== undefined) return this.#cutOff
    throw new RuntimeError('ended-early', 'The runtime ended without an answer.', {
      isRetryable: true,
    })
  }

  /** The runtime has the turn of before and goes on with it: nothing was tried anew. */
  async #giveBack(): Promise<void> {
    const isGivenBack = await this.#parts.store.reattached(this.run.lease)
    if (isGivenBack) this.#run = { ...this.run, attempt: this.run.attempt - 1 }
  }

  get #isCancelled(): boolean {
    return this.#cutOff?.type === 'aborted' && this.#cutOff.reason === 'cancel'
  }

  /** What was spent counts whatever became of the run; what goes on over a limit is stopped. */
  async #count(usage: Usage): Promise<void> {
    this.#progressAt = this.#parts.clock.now()
    const limit = await this.#parts.spending.record(this.run, usage, this.#abort.signal)
    if (limit === undefined) return
    // A last call that was not the last is not believed again.
    const isOver = usage.isLast !== true || this.#isOverLimit
    this.#isOverLimit = true
    if (isOver) this.#cut({ type: 'limit', limit, isCutOff: true })
  }

  async #note(
    event: Exclude<RuntimeEvent, { type: 'done' | 'usage' }>,
    runtime: AgentRuntime,
  ): Promise<void> {
    const { store } = this.#parts
    const { run } = this
    switch (event.type) {
      case 'accepted':
        this.#isAccepted = true
        if (!(await store.notePrompt(run.lease, event.promptId))) this.abort('lease')
        return
      case 'session':
        await store.noteRuntimeSession(run.lease, event.runtimeSession)
        return
      case 'steered':
        return this.#parts.onSteered(this, event.messageId)
      case 'title':
        await store.noteTitle(run.lease, oneLine(event.title, maxTitle))
        return
      case 'tool':
        return this.#narration.tool(event, this.#progressAt)
      case 'note':
        return this.#narration.note(event.text, this.#progressAt)
      case 'request':
        if (!(await this.#parts.asking.ask(run, event.request, runtime))) this.abort('lease')
        return
      case 'request-closed':
        return this.#parts.asking.close(run, event.id)
      case 'text':
        return this.#narration.text(event.delta, this.#progressAt)
    }
  }
}

const isLost = (error: unknown) => error instanceof RuntimeError && error.code === 'lost'

function isRetryable(error: unknown): boolean {
  return error instanceof RuntimeError && error.isRetryable
}
