import type { Database, Statement } from 'better-sqlite3'
import type { Chunk } from '../../core/model.ts'
import type { ConversationRow } from './conversations.ts'
import type { Outgoing } from './outgoing.ts'

type PreviewRow = { id: number; state: string; lane: number; head: number }

/**
 * The message that shows an answer while it is written: a delivery that belongs to no run's history and that the answer
 * replaces. At most one per run, over all its attempts. Used inside transactions only.
 */
export class RunPreviews {
  readonly #outgoing: Outgoing
  readonly #find: Statement<[string]>
  readonly #discard: Statement<[number]>
  readonly #place: Statement<[number]>
  readonly #note: Statement<[number]>

  constructor(db: Database, outgoing: Outgoing) {
    this.#outgoing = outgoing
    this.#find = db.prepare('SELECT id, state, lane, head FROM deliveries WHERE key = ?')
    this.#discard = db.prepare(
      `UPDATE deliveries SET state = 'discarded', head = 0, error = 'The answer was there before it.' WHERE id = ?`,
    )
    this.#place = db.prepare(
      `SELECT c.*, r.reply_to FROM runs r JOIN conversations c ON c.id = r.conversation_id WHERE r.id = ?`,
    )
    this.#note = db.prepare('UPDATE runs SET is_previewed = 1 WHERE id = ?')
  }

  /** The row of a run's preview, made if it is the first; undefined where there can be none. */
  begin(run: number, chunk: Chunk, now: number): { id: number; isNew: boolean } | undefined {
    const found = this.#find.get(keyOf(run)) as PreviewRow | undefined
    if (found) return found.state === 'discarded' ? undefined : { id: found.id, isNew: false }
    const place = this.#place.get(run) as
      | (ConversationRow & { reply_to: string | null })
      | undefined
    if (!place) return undefined
    const { reply_to: replyTo, ...conversation } = place
    const args = { conversation, lane: 'answer', key: `preview:${run}`, replyTo } as const
    const [id] = this.#outgoing.queue([chunk], args, now)
    this.#note.run(run)
    return id === undefined ? undefined : { id, isNew: true }
  }

  /** What the answer replaces. A preview that has not been sent is not sent any more. */
  end(run: number): number | undefined {
    const preview = this.#find.get(keyOf(run)) as PreviewRow | undefined
    if (!preview || preview.state === 'discarded') return undefined
    if (preview.state !== 'pending') return preview.id
    this.#discard.run(preview.id)
    if (preview.head === 1) this.#outgoing.advance(preview.lane)
    return undefined
  }
}

function keyOf(run: number): string {
  return `preview:${run}:0`
}
