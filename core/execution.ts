import type { Clock } from './clock.ts'
import { RuntimeError } from './errors.ts'
import type { Events } from './events.ts'
import { LiveText } from './live-text.ts'
import type { Reply } from './model.ts'
import type { AgentRuntime, RuntimeEvent, Turn, Usage } from './ports.ts'
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

/** One attempt of one run: follows the runtime's events and can be cut off at any time. */
export class Execution {
  readonly run: ClaimedRun
  readonly startedAt: number
  /** When the runtime last showed life. */
  progressAt: number
  readonly #parts: { readonly store: RunStore; readonly clock: Clock; readonly events: Events }
  readonly #abort = new AbortController()
  readonly #abandoned = Promise.withResolvers<Ending>()
  readonly #usage: Usage[] = []
  readonly #live = new LiveText()
  #reason: AbortReason | undefined

  constructor(run: ClaimedRun, parts: { store: RunStore; clock: Clock; events: Events }) {
    this.run = run
    this.#parts = parts
    this.startedAt = parts.clock.now()
    this.progressAt = this.startedAt
  }

  /** Cuts the execution off. It ends at once if the runtime obeys, and in a few seconds if it does not. */
  abort(reason: AbortReason): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#abort.abort()
    void this.#parts.clock.sleep(abandonMs).then(() => {
      this.#abandoned.resolve({ type: 'aborted', reason, usage: this.#usage })
    })
  }

  /** Runs to the end, whatever that is. Never rejects. */
  async finish(runtime: AgentRuntime, turn: Turn): Promise<Ending> {
    return Promise.race([this.#follow(runtime, turn), this.#abandoned.promise])
  }

  async #follow(runtime: AgentRuntime, turn: Turn): Promise<Ending> {
    try {
      return await this.#consume(this.#events(runtime, turn))
    } catch (error) {
      if (
        isLost(error) &&
        runtime.resume &&
        turn.promptId !== undefined &&
        this.#reason === undefined
      ) {
        const { promptId: _, ...fresh } = turn
        return this.#follow(runtime, { ...fresh, isInterrupted: true })
      }
      if (this.#reason !== undefined)
        return { type: 'aborted', reason: this.#reason, usage: this.#usage }
      return { type: 'failed', error, usage: this.#usage }
    }
  }

  #events(runtime: AgentRuntime, turn: Turn): AsyncIterable<RuntimeEvent> {
    const { signal } = this.#abort
    return turn.promptId !== undefined && runtime.resume
      ? runtime.resume(turn, signal)
      : runtime.execute(turn, signal)
  }

  async #consume(events: AsyncIterable<RuntimeEvent>): Promise<Ending> {
    for await (const event of events) {
      if (this.#reason !== undefined && event.type !== 'done') continue
      this.progressAt = this.#parts.clock.now()
      if (event.type === 'done') return { type: 'done', reply: event.reply, usage: this.#usage }
      await this.#note(event)
    }
    if (this.#reason !== undefined)
      return { type: 'aborted', reason: this.#reason, usage: this.#usage }
    throw new RuntimeError('ended-early', 'The runtime ended without an answer.', {
      isRetryable: true,
    })
  }

  async #note(event: Exclude<RuntimeEvent, { type: 'done' }>): Promise<void> {
    const { store, events } = this.#parts
    const { run } = this
    switch (event.type) {
      case 'accepted':
        await store.notePrompt(run.lease, event.promptId)
        return
      case 'session':
        await store.noteRuntimeSession(run.lease, event.runtimeSession)
        return
      case 'usage':
        this.#usage.push(event.usage)
        return
      case 'tool': {
        const { type: _, ...data } = event
        await store.append(run.lease, [{ type: 'run.tool', data }], this.progressAt)
        return
      }
      case 'text': {
        const { show, keep } = this.#live.add(event.delta, this.progressAt)
        if (show !== undefined) {
          events.emit({
            type: 'run.live',
            runId: run.id,
            text: show,
            ...(run.route && { address: run.route }),
          })
        }
        if (keep !== undefined) {
          await store.append(
            run.lease,
            [{ type: 'run.text', data: { text: keep } }],
            this.progressAt,
          )
        }
      }
    }
  }
}

function isLost(error: unknown): boolean {
  return error instanceof RuntimeError && error.code === 'lost'
}
