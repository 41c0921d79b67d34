import type { Clock } from '../../clock.ts'
import type { AgentLife } from './agent-life.ts'

/** One that nobody has needed for so long is ended. */
const idleMs = 120_000

export type SpareOptions = {
  readonly clock: Clock
  /** Starts one. */
  readonly start: () => Promise<AgentLife>
  /** For each step of its end. */
  readonly endMs: number
}

/** At most one process of an agent that is ready before it is known to be needed. It has no sessions yet. */
export class SpareLife {
  readonly #options: SpareOptions
  #life: Promise<AgentLife | undefined> | undefined
  #idle = new AbortController()
  #ending: Promise<void> = Promise.resolve()

  /** Starts nothing yet. */
  constructor(options: SpareOptions) {
    this.#options = options
  }

  /** Has one ready soon, and for a while. One that does not start is no loss. */
  prepare(): void {
    this.#idle.abort('needed')
    const idle = new AbortController()
    this.#idle = idle
    this.#life ??= this.#start()
    void this.#options.clock.sleep(idleMs, idle.signal).then(() => {
      if (!idle.signal.aborted) this.#ending = this.#drop()
    })
  }

  /** Hands it over: whose it is now ends it. Undefined where there is none. */
  async take(): Promise<AgentLife | undefined> {
    this.#idle.abort('taken')
    const taken = this.#life
    this.#life = undefined
    const life = await taken
    return life?.isOver ? undefined : life
  }

  async close(): Promise<void> {
    await this.#drop()
    await this.#ending
  }

  #start(): Promise<AgentLife | undefined> {
    const starting = this.#options.start().catch(() => undefined)
    void starting.then(async (life) => {
      await life?.child.exited
      if (this.#life === starting) this.#life = undefined
    })
    return starting
  }

  async #drop(): Promise<void> {
    const life = await this.take()
    await life?.child.end(this.#options.endMs)
  }
}
