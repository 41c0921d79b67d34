import type { RuntimeEvent } from './runtime-port.ts'

type ToolEvent = Extract<RuntimeEvent, { type: 'tool' }>

/** What an agent did beside writing: uses of one tool in a row are one step. */
export type ProgressStep = {
  /** The tool, as the runtime calls it. */
  readonly name: string
  readonly count: number
  /** What the last use was about. */
  readonly title?: string
  readonly state: ToolEvent['state']
}

/** More than this nobody reads while an answer is written. */
const maxSteps = 8

/** The latest steps of one turn, for people to see that something happens. */
export class Progress {
  #steps: readonly ProgressStep[] = []

  /** The latest ones, oldest first; at most eight. */
  get steps(): readonly ProgressStep[] {
    return this.#steps
  }

  /** Adds one use of a tool, or how it ended. */
  note({ name, state, title }: ToolEvent): void {
    const last = this.#steps.at(-1)
    const isSame = last?.name === name
    // Tools at work side by side end in any order: only a beginning is counted.
    const count = (isSame ? last.count : 0) + (state === 'running' || !isSame ? 1 : 0)
    const step: ProgressStep = { name, count, state, ...(title !== undefined && { title }) }
    if (!isSame && state !== 'running' && this.#steps.some((known) => known.name === name)) return
    this.#steps = [...(isSame ? this.#steps.slice(0, -1) : this.#steps), step].slice(-maxSteps)
  }
}
