import type { Session } from '@opencode-ai/sdk/v2/client'
import type { RuntimeEvent } from '../../runtime-port.ts'

const maxSessions = 1_000
/** What OpenCode calls a session until its model has named it. */
const placeholder = /^(New|Child) session - \d{4}-\d\d-\d\dT/

/** What sessions are called on the server by others than Jackdaw: by people, or by OpenCode itself. */
export class SessionTitles {
  readonly #told = new Map<string, string>()

  /** Tells of a title that is new. */
  see({ id, title, metadata }: Pick<Session, 'id' | 'title' | 'metadata'>): RuntimeEvent[] {
    const isOwn = title !== metadata?.['title'] && !placeholder.test(title)
    const own = isOwn ? title : ''
    if (own === (this.#told.get(id) ?? '')) return []
    this.#told.delete(id)
    this.#told.set(id, own)
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= maxSessions) break
      this.#told.delete(oldest)
    }
    return [{ type: 'title', title: own }]
  }
}
