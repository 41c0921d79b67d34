import type { Database } from 'better-sqlite3'
import { formatId } from './ids.ts'
import type { RunQueue } from './run-queue.ts'

/** Messages their authors deleted: what nobody has begun to answer is not answered. Used inside transactions only. */
export class Withdrawals {
  readonly #db: Database
  readonly #queue: RunQueue

  constructor(db: Database, queue: RunQueue) {
    this.#db = db
    this.#queue = queue
  }

  /** Takes a message out of the run that waits for it; a run left without messages is cancelled. */
  withdraw(conversation: number, platformId: string, now: number): string[] {
    const rows = this.#db
      .prepare(
        `SELECT m.id, m.disposition, m.run_id, m.request_id, r.state, r.head, r.steer,
           r.session_id FROM messages m LEFT JOIN runs r ON r.id = m.run_id
         WHERE m.conversation_id = ? AND m.platform_id = ? AND m.kind = 'message'`,
      )
      .all(conversation, platformId) as {
      id: number
      disposition: string
      run_id: number | null
      request_id: number | null
      state: string | null
      steer: number | null
      head: number
      session_id: number
    }[]
    for (const row of rows) {
      // What is being handed to a running turn is heard already.
      const isWaiting = row.state === 'queued' && (row.steer ?? 0) < 2
      if (
        row.disposition !== 'held' &&
        !(row.disposition === 'observed' && row.run_id === null) &&
        !isWaiting
      )
        continue
      this.#db
        .prepare(
          `UPDATE messages SET disposition = 'dropped', reason = 'deleted by its author', run_id = NULL WHERE id = ?`,
        )
        .run(row.id)
      if (row.disposition === 'held' && row.request_id !== null) this.#voidEmpty(row.request_id)
      if (row.run_id === null || !isWaiting) continue
      this.#db
        .prepare('DELETE FROM run_messages WHERE run_id = ? AND message_id = ?')
        .run(row.run_id, row.id)
      const left = this.#db
        .prepare(`SELECT count(*) FROM run_messages WHERE run_id = ? AND form <> 'context'`)
        .pluck()
        .get(row.run_id)
      if (left === 0) {
        this.#queue.endQueued(
          { id: row.run_id, sessionId: row.session_id, isHead: row.head === 1 },
          'cancelled',
          now,
        )
      }
    }
    return rows.map((row) => formatId('m', row.id))
  }

  /** A question about messages that are all gone is no question. */
  #voidEmpty(request: number): void {
    this.#db
      .prepare(
        `UPDATE requests SET state = 'void' WHERE id = @request AND state = 'open'
           AND NOT EXISTS (SELECT 1 FROM messages WHERE request_id = @request AND disposition = 'held')`,
      )
      .run({ request })
  }
}
