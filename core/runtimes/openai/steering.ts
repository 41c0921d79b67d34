import type { TurnMessage } from '../../runtime-port.ts'

/** A person who writes more than this into one turn is asked to wait for the next. */
const maxMessages = 20

/** What people say into a turn while it runs. Each message is taken once, or refused. */
export class Steering {
  #messages: TurnMessage[] = []
  #isOver = false

  /** False when the turn takes nothing more. */
  add(message: TurnMessage): boolean {
    if (this.#isOver || this.#messages.length >= maxMessages) return false
    this.#messages.push(message)
    return true
  }

  /** What has come since the last time. */
  take(): readonly TurnMessage[] {
    const taken = this.#messages
    this.#messages = []
    return taken
  }

  /** Ends it, unless something has come that nobody has taken. */
  tryEnd(): boolean {
    if (this.#messages.length === 0) this.#isOver = true
    return this.#isOver
  }

  /** Nothing more is taken. */
  end(): void {
    this.#isOver = true
  }
}
