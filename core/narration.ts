import type { Events } from './events.ts'
import { LiveText } from './live-text.ts'
import type { RunEventType } from './model.ts'
import { Progress } from './progress.ts'
import type { RuntimeEvent } from './runtime-port.ts'
import type { ClaimedRun, RunStore } from './store/runs.ts'

type Parts = { readonly store: Pick<RunStore, 'append'>; readonly events: Events }

/** What an executing run tells while it works: to whoever watches it, and, in pieces, to its history. */
export class Narration {
  readonly #run: Pick<ClaimedRun, 'id' | 'lease' | 'route'>
  readonly #parts: Parts
  #live = new LiveText()
  readonly #progress = new Progress()

  constructor(run: Pick<ClaimedRun, 'id' | 'lease' | 'route'>, parts: Parts) {
    this.#run = run
    this.#parts = parts
  }

  /** The answer begins anew. */
  restart(): void {
    this.#live = new LiveText()
  }

  /** The next piece of the answer. */
  async text(delta: string, at: number): Promise<void> {
    const { show, keep } = this.#live.add(delta, at)
    if (show !== undefined) this.#show(show)
    if (keep !== undefined) await this.#keep('run.text', { text: keep }, at)
  }

  /** One use of a tool, or how it ended. */
  async tool(event: Extract<RuntimeEvent, { type: 'tool' }>, at: number): Promise<void> {
    const { type: _, ...data } = event
    this.#progress.note(event)
    this.#show(this.#live.text)
    await this.#keep('run.tool', data, at)
  }

  /** A line for the history alone. */
  note(title: string, at: number): Promise<void> {
    return this.#keep('run.tool', { name: 'note', state: 'completed', title }, at)
  }

  #show(text: string): void {
    const { id: runId, route } = this.#run
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
  async #keep(type: RunEventType, data: Record<string, unknown>, at: number): Promise<void> {
    const { store, events } = this.#parts
    try {
      await store.append(this.#run.lease, [{ type, data }], at)
    } catch (error) {
      events.emit({ type: 'fault', where: `history of run ${this.#run.id}`, error })
    }
  }
}
