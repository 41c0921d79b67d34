import type { Database, Statement } from 'better-sqlite3'
import type { Address } from '../../core/model.ts'
import type { Closing, Closings } from '../../core/store/approvals.ts'
import { addressOf, type ConversationRow } from './conversations.ts'
import { formatId } from './ids.ts'
import type { Outgoing } from './outgoing.ts'

type Asking = { id: number; state: string; lane: number; conversation_id: number }

/**
 * The messages that ask something. Once a question is over its message says so: an edit that leaves by the same lane,
 * so never before the question itself. Used inside transactions only.
 */
export class QuestionMessages {
  readonly #outgoing: Outgoing
  readonly #find: Statement<[string]>
  readonly #discard: Statement<[string, string]>
  readonly #place: Statement<[number]>
  readonly #keep: Statement
  readonly #closings: Statement<[number]>
  readonly #isThere: Statement<[string]>
  readonly #void: Statement<[number, number]>

  constructor(db: Database, outgoing: Outgoing) {
    this.#outgoing = outgoing
    this.#find = db.prepare('SELECT id, state, lane, conversation_id FROM deliveries WHERE key = ?')
    this.#discard = db.prepare(
      `UPDATE deliveries SET state = 'discarded', head = 0, error = 'The question was over before it.'
       WHERE key >= ? AND key < ? AND state = 'pending'`,
    )
    this.#place = db.prepare('SELECT * FROM conversations WHERE id = ?')
    this.#keep = db.prepare('UPDATE requests SET closings = ? WHERE id = ?')
    this.#closings = db.prepare('SELECT closings FROM requests WHERE id = ?').pluck() as Statement<
      [number]
    >
    this.#isThere = db.prepare('SELECT 1 FROM deliveries WHERE key = ?').pluck() as Statement<
      [string]
    >
    this.#void = db.prepare(
      `UPDATE requests SET state = 'void', ended_at = ? WHERE id = ? AND state = 'open'`,
    )
  }

  /** Nobody needs an answer any more: the question is over, and its message says so. */
  withdraw(request: number, now: number): void {
    if (this.#void.run(now, request).changes === 1) this.end(request, 'void', now)
  }

  /** Keeps how the question's message may end. */
  keep(request: number, closings: Closings | undefined): void {
    if (closings) this.#keep.run(JSON.stringify(closings), request)
  }

  /** Ends the message as it was foreseen when it was asked. */
  end(request: number, how: 'expired' | 'void', now: number): void {
    const kept = this.#closings.get(request) as string | null | undefined
    if (kept === null || kept === undefined) return
    const { isEdit, [how]: chunk } = JSON.parse(kept) as Closings
    this.close(request, { chunk, isEdit }, now)
  }

  /**
   * Has the message say how its question ended. A question that has not left yet never does. Returns where it is said;
   * undefined when there is no message.
   */
  close(request: number, { chunk, isEdit }: Closing, now: number): Address | undefined {
    const id = formatId('q', request)
    const asking = this.#find.get(`${id}:0`) as Asking | undefined
    if (!asking || asking.state === 'discarded') return undefined
    if (asking.state === 'pending') {
      // With what was to go before it.
      this.#discard.run(`${id}:`, `${id};`)
      this.#outgoing.ensureHead(asking.lane)
      return undefined
    }
    const conversation = this.#place.get(asking.conversation_id) as ConversationRow
    const said = `closed:${id}`
    // An answer that its runtime did not take any more is corrected once.
    const key = this.#isThere.get(`${said}:0`) === undefined ? said : `${said}:again`
    if (this.#isThere.get(`${key}:0`) !== undefined) return undefined
    this.#outgoing.queue(
      [chunk],
      { conversation, lane: 'control', key, ...(isEdit && { replaces: asking.id }) },
      now,
    )
    return addressOf(conversation)
  }
}
