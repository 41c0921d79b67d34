import type { OpenCodeClient } from './client.ts'

const maxForeign = 100

/** The session of a turn and those that its tools have begun. */
export class TurnFamily {
  readonly sessionId: string
  readonly children = new Set<string>()
  readonly #foreign = new Set<string>()

  constructor(sessionId: string) {
    this.sessionId = sessionId
  }

  /** Asks the server about a session that was not met before. */
  async has(id: string, client: OpenCodeClient, signal: AbortSignal): Promise<boolean> {
    if (id === this.sessionId || this.children.has(id)) return true
    if (this.#foreign.has(id) || this.#foreign.size >= maxForeign) return false
    const isChild = (await client.parentOf(id, signal)) === this.sessionId
    if (isChild) this.children.add(id)
    else this.#foreign.add(id)
    return isChild
  }
}
