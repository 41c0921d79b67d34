import type { Database, Statement } from 'better-sqlite3'
import type { Disposition } from '../../core/model.ts'
import type { Accepted } from '../../core/store/inbox.ts'
import type { InboundRecord } from '../../core/store/intake.ts'
import { formatId } from './ids.ts'
import type { Incoming } from './incoming.ts'

type Original = {
  id: number
  text_version: number
  prompt_id: string | null
  disposition: string
  run_id: number | null
  state: string | null
  attempt: number | null
  steer: number | null
}

/** Later versions of messages: they replace what nobody has read yet. Used inside transactions only. */
export class Edits {
  readonly #incoming: Incoming
  readonly #original: Statement

  constructor(db: Database, incoming: Incoming) {
    this.#incoming = incoming
    this.#original = db.prepare(
      `SELECT m.id, m.text_version, m.disposition, m.run_id, r.state, r.attempt, r.prompt_id, r.steer
       FROM messages m LEFT JOIN runs r ON r.id = m.run_id
       WHERE m.conversation_id = ? AND m.platform_id = ? AND m.author = ? AND m.kind = 'message'`,
    )
  }

  /** Settles the edit; undefined while its original is being answered, when only a run of its own can correct that. */
  apply(
    record: InboundRecord,
    conversation: number,
    message: number,
  ): Omit<Accepted, 'messageId'> | undefined {
    const original = this.#original.get(conversation, record.platformId, record.author.id) as
      | Original
      | undefined
    const end = (disposition: Disposition, reason: string, run: number | null = null) => {
      this.#incoming.settle(message, disposition, reason, run)
      return { disposition, reason, ...(run !== null && { runId: formatId('r', run) }) }
    }
    if (!original) return end('dropped', 'edit of a message that was not seen')
    if (original.disposition === 'control')
      return end('dropped', 'an edited command never runs again')
    if (record.version <= original.text_version) return end('dropped', 'a newer edit came before')
    if (isUnread(original)) {
      this.#incoming.rewrite(original.id, record)
      return end(
        original.run_id === null ? 'dropped' : 'run',
        'edit: replaced the text',
        original.run_id,
      )
    }
    const isOpen = ['queued', 'running', 'waiting'].includes(original.state ?? '')
    return isOpen ? undefined : end('dropped', 'edited after it was dealt with')
  }
}

function isUnread(message: Original): boolean {
  return (
    message.disposition === 'held' ||
    (message.disposition === 'observed' && message.run_id === null) ||
    (message.state === 'queued' &&
      message.attempt === 0 &&
      message.prompt_id === null &&
      // What may have been heard cannot be unsaid, only corrected.
      (message.steer ?? 0) < 2)
  )
}
