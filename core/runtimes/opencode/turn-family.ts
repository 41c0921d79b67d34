import type { OpenCodeClient } from './client.ts'
import type { Pending } from './wire.ts'

const maxForeign = 100

/** The session of a turn and those that its tools have begun. */
export class TurnFamily {
  readonly sessionId: string
  readonly children = new Set<string>()
  readonly #foreign = new Set<string>()

  constructor(sessionId: string) {
    this.sessionId = sessionId
  }

  /** What waits for an answer in one of these sessions. */
  async pending(client: OpenCodeClient, signal: AbortSignal): Promise<Pending> {
    const { permissions, questions } = await client.pending(signal)
    for (const { sessionID } of [...permissions, ...questions]) {
      await this.#meet(sessionID, client, signal)
    }
    const isOurs = ({ sessionID }: { readonly sessionID: string }) =>
      sessionID === this.sessionId || this.children.has(sessionID)
    return { permissions: permissions.filter(isOurs), questions: questions.filter(isOurs) }
  }

  /** Asks the server about a session that was not met before. */
  async #meet(id: string, client: OpenCodeClient, signal: AbortSignal): Promise<void> {
    if (id === this.sessionId || this.children.has(id) || this.#foreign.has(id)) return
    if (this.#foreign.size >= maxForeign) return
    // A tool of the turn has begun it.
    const isChild = (await client.findSession(id, signal))?.parentID === this.sessionId
    if (isChild) this.children.add(id)
    else this.#foreign.add(id)
  }
}
