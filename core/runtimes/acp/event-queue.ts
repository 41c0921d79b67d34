import type { RuntimeEvent } from '../../runtime-port.ts'

/** A flood of anything but text that nobody has read yet is cut here; text is bounded where it is counted. */
const maxWaiting = 1_000

/** What a turn has to say and nobody has taken yet. Pieces of text that wait are one. */
export class EventQueue {
  #events: RuntimeEvent[] = []
  #wake: (() => void) | undefined

  push(events: readonly RuntimeEvent[]): void {
    for (const event of events) {
      const last = this.#events.at(-1)
      if (event.type === 'text' && last?.type === 'text') {
        this.#events[this.#events.length - 1] = { type: 'text', delta: last.delta + event.delta }
      } else if (event.type !== 'tool' || this.#events.length < maxWaiting) {
        this.#events.push(event)
      }
    }
    this.wake()
  }

  get isEmpty(): boolean {
    return this.#events.length === 0
  }

  take(): readonly RuntimeEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  /** Ends the wait: there is something, or it is over. */
  wake(): void {
    this.#wake?.()
    this.#wake = undefined
  }

  /** Until something comes or `wake` is called. */
  async wait(): Promise<void> {
    if (!this.isEmpty) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }
}
