import type { Session } from '@opencode-ai/sdk/v2/client'
import type { Turn } from '../../runtime-port.ts'
import { oneLine } from '../one-line.ts'
import type { OpenCodeClient } from './client.ts'

const maxSessions = 1_000
const maxTitle = 60

/** Which session of OpenCode belongs to which of ours; a `/new` makes another. */
export class SessionBook {
  readonly #known = new Map<string, string>()
  readonly #creating = new Map<string, Promise<string>>()

  /** The turn's session, made where there is none (any more): two turns at once get the same one. */
  async get(
    turn: Turn,
    client: OpenCodeClient,
    signal: AbortSignal,
  ): Promise<{ readonly sessionId: string; readonly isNew: boolean; readonly found?: Session }> {
    const key = `${turn.session.id}:${turn.session.generation}`
    const known = this.#known.get(key) ?? turn.session.runtimeSession
    const found = known === undefined ? undefined : await client.findSession(known, signal)
    if (found) return { sessionId: found.id, isNew: false, found }
    const begun = this.#creating.get(key)
    if (begun) return { sessionId: await begun, isNew: false }
    const creating = client.createSession(titleOf(turn), key, signal)
    this.#creating.set(key, creating)
    try {
      const sessionId = await creating
      this.#keep(key, sessionId)
      return { sessionId, isNew: true }
    } finally {
      this.#creating.delete(key)
    }
  }

  #keep(key: string, sessionId: string): void {
    this.#known.set(key, sessionId)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= maxSessions) break
      this.#known.delete(oldest)
    }
  }
}

/** With a title of its own, OpenCode does not ask a model for one. */
function titleOf(turn: Turn): string {
  const text = turn.messages.find((message) => message.form !== 'context')?.text ?? ''
  return oneLine(text, maxTitle) || `Session ${turn.session.id}`
}
