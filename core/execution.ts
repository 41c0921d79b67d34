import type { Asking } from './asking.ts'
import type { Clock } from './clock.ts'
import { DetachedError, RuntimeError } from './errors.ts'
import type { Events } from './events.ts'
import { LiveText } from './live-text.ts'
import type { Reply, RunEventType } from './model.ts'
import { Progress } from './progress.ts'
import type { AgentRuntime, RuntimeEvent, Turn, Usage } from './runtime-port.ts'
import type { ClaimedRun, RunStore } from './store.ts'

/** Why an execution was cut off. */
export type AbortReason = 'cancel' | 'timeout' | 'shutdown' | 'lease'

/** How an execution ended, for the dispatcher to write down. */
export type Ending =
  | { readonly type: 'done'; readonly reply: Reply; readonly usage: readonly Usage[] }
  | { readonly type: 'aborted'; readonly reason: AbortReason; readonly usage: readonly Usage[] }
  | { readonly type: 'failed'; readonly error: unknown; readonly usage: readonly Usage[] }

/** A runtime that ignores its abort is left behind after this long; its lane moves on. */
const abandonMs = 5000

type Parts = {
  readonly store: RunStore
  readonly asking: Asking
  readonly clock: Clock
  readonly events: Events
}

/** One attempt of one run: follows the runtime's events and can be cut off at any time. */
export class Execution {
  readonly run: ClaimedRun
  readonly startedAt: number
  readonly #parts: Parts
  #progressAt: number
  readonly #abort = new AbortController()
  readonly #abandoned = Promise.withResolvers<Ending>()
  /** Ends the wait of `abort`; there only once it waits. */
  #over: AbortController | undefined
  readonly #usage: Usage[] = []
  #live = new LiveText()
  readonly #progress = new Progress()
  #reason: AbortReason | undefined
  /** The runtime may have begun to work on it. */
  #isAccepted = false

  constructor(run: ClaimedRun, parts: Parts) {
    this.run = run
    this.#parts = parts
    this.startedAt = parts.clock.now()
    this.#progressAt = this.startedAt
  }

  /** When the runtime last showed life, or was last given an answer. */
  get progressAt(): number {
    return Math.max(this.#progressAt, this.#parts.asking.resumedAt(this.run.id))
  }

  /** A person is asked, so nothing is expected of the runtime. */
  get isWaiting(): boolean {
    return this.#parts.asking.isWaiting(this.run.id)
  }

  /** How long it has been at work; people take their own time. */
  workedMs(now: number): number {
    return now - this.startedAt - this.#parts.asking.waitedMs(this.run.id, now)
  }

  /** Cuts the execution off. It ends at once if the runtime obeys, and in a few seconds if it does not. */
  abort(reason: AbortReason): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#abort.abort(reason === 'shutdown' || reason === 'lease' ? new DetachedError() : undefined)
    this.#over = new AbortController()
    void this.#parts.clock.sleep(abandonMs, this.#over.signal).then(() => {
      this.#abandoned.resolve({ type: 'aborted', reason, usage: this.#usage })
    })
  }

  /** Runs to the end, whatever that is. Never rejects. */
  async finish(runtime: AgentRuntime, turn: Turn): Promise<Ending> {
    const ending = await Promise.race([this.#follow(runtime, turn), this.#abandoned.promise])
    this.#over?.abort()
    this.#parts.asking.leave(this.run.id)
    return ending
  }

  async #follow(runtime: AgentRuntime, turn: Turn): Promise<Ending> {
    try {
      const isAnew = !isResumable(runtime, turn) && (turn.isInterrupted || turn.attempt > 1)
      if (isAnew) await this.#parts.asking.forget(this.run)
      return await this.#consume(runtime, this.#events(runtime, turn))
    } catch (error) {
      if (this.#reason !== undefined)
        return { type: 'aborted', reason: this.#reason, usage: this.#usage }
      const isSecondLoss = turn.isInterrupted && !isResumable(runtime, turn)
      if (!isLost(error) || isSecondLoss) return this.#failed(error)
      return await this.#continue(runtime, turn, error)
    }
  }

  /** Asks once more after the runtime has lost the turn, and says so to the agent. */
  async #continue(runtime: AgentRuntime, turn: Turn, lost: unknown): Promise<Ending> {
    const { promptId: _, ...fresh } = turn
    this.#live = new LiveText()
    this.#isAccepted = false
    try {
      await this.#parts.asking.forget(this.run)
      const events = runtime.execute({ ...fresh, isInterrupted: true }, this.#abort.signal)
      return await this.#consume(runtime, events)
    } catch (error) {
      if (this.#reason !== undefined)
        return { type: 'aborted', reason: this.#reason, usage: this.#usage }
      // Until the runtime has it again, the next attempt is still the one after an interruption.
      return this.#failed(this.#isAccepted || !isRetryable(error) ? error : lost)
    }
  }

  #failed(error: unknown): Ending {
    return { type: 'failed', error, usage: this.#usage }
  }

  #events(runtime: AgentRuntime, turn: Turn): AsyncIterable<RuntimeEvent> {
    const { signal } = this.#abort
    return isResumable(runtime, turn)
      ? runtime.resume({ ...turn, isInterrupted: false }, signal)
      : runtime.execute(turn, signal)
  }

  async #consume(runtime: AgentRuntime, events: AsyncIterable<RuntimeEvent>): Promise<Ending> {
    for await (const event of events) {
      // A person who said stop was told that it stopped; any other end is beaten by an answer that is there.
      if (this.#reason === 'cancel') continue
      if (event.type === 'done') return { type: 'done', reply: event.reply, usage: this.#usage }
      if (this.#reason !== undefined) continue
      this.#progressAt = this.#parts.clock.now()
      await this.#note(event, runtime)
    }
    if (this.#reason !== undefined)
      return { type: 'aborted', reason: this.#reason, usage: this.#usage }
    throw new RuntimeError('ended-early', 'The runtime ended without an answer.', {
      isRetryable: true,
    })
  }

  async #note(
    event: Exclude<RuntimeEvent, { type: 'done' }>,
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
      case 'usage':
        this.#usage.push(event.usage)
        return
      case 'tool': {
        const { type: _, ...data } = event
        this.#progress.note(event)
        this.#show(this.#live.text)
        await this.#keep('run.tool', data)
        return
      }
      case 'request':
        if (!(await this.#parts.asking.ask(run, event.request, runtime))) this.abort('lease')
        return
      case 'request-closed':
        return this.#parts.asking.close(run, event.id)
      case 'text': {
        const { show, keep } = this.#live.add(event.delta, this.#progressAt)
        if (show !== undefined) this.#show(show)
        if (keep !== undefined) await this.#keep('run.text', { text: keep })
      }
    }
  }

  /** Tells whoever shows answers while they are written. */
  #show(text: string): void {
    const { id: runId, route } = this.run
    const { steps } = this.#progress
    this.#parts.events.emit({
      type: 'run.live',
      runId,
      text,
      steps,
      ...(route && { address: route }),
    })
  }

  /** An entry of the history that cannot be kept is no reason to lose the answer. */
  async #keep(type: RunEventType, data: Record<string, unknown>): Promise<void> {
    const { store, events } = this.#parts
    try {
      await store.append(this.run.lease, [{ type, data }], this.#progressAt)
    } catch (error) {
      events.emit({ type: 'fault', where: `history of run ${this.run.id}`, error })
    }
  }
}

function isResumable(
  runtime: AgentRuntime,
  turn: Turn,
): runtime is AgentRuntime & Required<Pick<AgentRuntime, 'resume'>> {
  return turn.promptId !== undefined && runtime.resume !== undefined
}

function isLost(error: unknown): boolean {
  return error instanceof RuntimeError && error.code === 'lost'
}

function isRetryable(error: unknown): boolean {
  return error instanceof RuntimeError && error.isRetryable
}
