import { statSync } from 'node:fs'
import type { Database } from 'better-sqlite3'
import type { Upkeep } from '../../core/store/upkeep.ts'
import type { Writer } from './writer.ts'

/** Rows that break a promise, as one statement each; `?` is now. A healthy store answers all of them with nothing. */
const violations: readonly { readonly promise: string; readonly sql: string }[] = [
  {
    promise: 'a message that was to be run has a run',
    sql: `SELECT 'm' || m.id AS id FROM messages m LEFT JOIN runs r ON r.id = m.run_id
          WHERE m.disposition = 'run' AND (r.id IS NULL AND m.run_id IS NULL)`,
  },
  {
    promise: 'a held message belongs to an open question',
    sql: `SELECT 'm' || m.id AS id FROM messages m LEFT JOIN requests q ON q.id = m.request_id
          WHERE m.disposition = 'held' AND (q.id IS NULL OR q.state <> 'open')`,
  },
  {
    promise: 'every message ends with a reason unless it was run',
    sql: `SELECT 'm' || id AS id FROM messages
          WHERE disposition IN ('dropped', 'observed', 'expired', 'control') AND reason IS NULL`,
  },
  {
    promise: 'a completed or failed run told its chat, or had nothing to say',
    sql: `SELECT 'r' || r.id AS id FROM runs r WHERE r.conversation_id IS NOT NULL AND r.source = 'message'
            AND (r.state = 'failed' OR (r.state = 'completed' AND (r.reply_text <> '' OR r.reply_files IS NOT NULL)))
            AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.run_id = r.id AND d.key LIKE 'r' || r.id || ':%'
              AND d.key NOT LIKE '%overflow%')`,
  },
  {
    promise: 'a session with unfinished runs has exactly one head, and it is the oldest',
    sql: `SELECT DISTINCT 's' || session_id AS id FROM runs r WHERE state IN ('queued', 'running', 'waiting') AND head = 0
            AND NOT EXISTS (SELECT 1 FROM runs h WHERE h.session_id = r.session_id AND h.head = 1 AND h.id < r.id)
          UNION ALL SELECT 'r' || id FROM runs WHERE head = 1 AND state NOT IN ('queued', 'running', 'waiting')
          UNION ALL SELECT 'r' || id FROM runs WHERE head = 0 AND state IN ('running', 'waiting')`,
  },
  {
    promise: 'a lane with waiting deliveries has a head',
    sql: `SELECT 'd' || MIN(id) AS id FROM deliveries d WHERE state = 'pending' AND head = 0
            AND NOT EXISTS (SELECT 1 FROM deliveries h WHERE h.lane = d.lane AND h.head = 1) GROUP BY lane
          UNION ALL SELECT 'd' || id FROM deliveries WHERE head = 1 AND state IN ('sent', 'discarded')`,
  },
  {
    promise: 'no run was executed more often than allowed',
    sql: "SELECT 'r' || id AS id FROM runs WHERE attempt > max_attempts",
  },
  {
    promise: 'of a job, one occurrence is under way at a time',
    sql: `SELECT 'j' || job_id AS id FROM occurrences WHERE state IN ('leased', 'running')
          GROUP BY job_id HAVING count(*) > 1`,
  },
  {
    promise: 'the events of a run are numbered without gaps',
    sql: `SELECT 'r' || run_id AS id FROM run_events GROUP BY run_id HAVING MIN(seq) <> 1 OR MAX(seq) <> count(*)`,
  },
  {
    promise: 'an executing run is leased',
    sql: `SELECT 'r' || id AS id FROM runs WHERE state IN ('running', 'waiting') AND lease_expires_at IS NULL`,
  },
]

/** What else has had its time, a statement each: `?` is the instant, then the most rows. */
const pruneRest: readonly string[] = [
  `DELETE FROM messages WHERE id IN (SELECT id FROM messages
     WHERE received_at < ? AND disposition IN ('dropped', 'observed', 'expired', 'control')
       AND (run_id IS NULL OR NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = messages.run_id))
       AND id < (SELECT MAX(id) FROM messages) ORDER BY id LIMIT ?)`,
  `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries
     WHERE run_id IS NULL AND created_at < ? AND state IN ('sent', 'discarded', 'uncertain') AND head = 0
       AND id < (SELECT MAX(id) FROM deliveries) ORDER BY id LIMIT ?)`,
  `DELETE FROM requests WHERE id IN (SELECT id FROM requests
     WHERE expires_at < ? AND state <> 'open' ORDER BY id LIMIT ?)`,
  `DELETE FROM session_generations WHERE id IN (SELECT id FROM session_generations
     WHERE last_at < ? ORDER BY last_at LIMIT ?)`,
  `UPDATE session_generations SET title = '' WHERE id IN (SELECT id FROM session_generations
     WHERE first_at < ? AND title <> '' ORDER BY first_at LIMIT ?)`,
  `DELETE FROM occurrences WHERE id IN (SELECT id FROM occurrences
     WHERE finished_at IS NOT NULL AND finished_at < ? AND delivery <> 'pending' ORDER BY finished_at LIMIT ?)`,
  `DELETE FROM jobs WHERE id IN (SELECT id FROM jobs j WHERE state = 'ended' AND cursor < ?
     AND NOT EXISTS (SELECT 1 FROM occurrences o WHERE o.job_id = j.id)
     AND NOT EXISTS (SELECT 1 FROM job_notices n WHERE n.job_id = j.id) LIMIT ?)`,
  'DELETE FROM usage WHERE id IN (SELECT id FROM usage WHERE at < ? ORDER BY at LIMIT ?)',
  `DELETE FROM usage_days WHERE (day, agent, sender) IN (SELECT day, agent, sender FROM usage_days
     WHERE at < ? ORDER BY at LIMIT ?)`,
  `DELETE FROM usage_sessions WHERE (session_id, generation) IN (SELECT session_id, generation FROM usage_sessions
     WHERE at < ? ORDER BY at LIMIT ?)`,
  `DELETE FROM limits_told WHERE (day, key) IN (SELECT day, key FROM limits_told WHERE at < ? ORDER BY at LIMIT ?)`,
  'DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? ORDER BY id LIMIT ?)',
]

/** Looking after the file: its log, its size, its copies and its promises. */
export class SqliteUpkeep implements Upkeep {
  readonly #db: Database
  readonly #writer: Writer
  readonly #file: string

  constructor(db: Database, writer: Writer, file: string) {
    this.#db = db
    this.#writer = writer
    this.#file = file
  }

  async checkpoint(): Promise<number> {
    const bytes = this.walBytes()
    if (bytes > 0) await this.#writer.checkpoint()
    return bytes
  }

  walBytes(): number {
    return statSync(`${this.#file}-wal`, { throwIfNoEntry: false })?.size ?? 0
  }

  prune(before: number, limit: number): Promise<number> {
    return this.#writer.write(() => {
      const finished = `state IN ('completed', 'failed', 'cancelled', 'superseded') AND finished_at < ?`
      // The newest row of a table always stays, because SQLite gives its successor the next number: ids never repeat.
      const runs = this.#db
        .prepare(
          `SELECT id FROM runs r WHERE ${finished} AND NOT EXISTS (
             SELECT 1 FROM deliveries d WHERE d.run_id = r.id AND d.state IN ('pending', 'sending'))
             AND id < (SELECT MAX(id) FROM runs) ORDER BY id LIMIT ?`,
        )
        .pluck()
        .all(before, limit) as number[]
      for (const id of runs) {
        this.#db
          .prepare(
            'DELETE FROM messages WHERE id IN (SELECT message_id FROM run_messages WHERE run_id = ?) AND run_id = ?',
          )
          .run(id, id)
        this.#db.prepare('DELETE FROM run_messages WHERE run_id = ?').run(id)
        this.#db.prepare('DELETE FROM run_events WHERE run_id = ?').run(id)
        this.#db.prepare('DELETE FROM deliveries WHERE run_id = ?').run(id)
        this.#db.prepare('DELETE FROM runs WHERE id = ?').run(id)
      }
      let gone = runs.length
      for (const sql of pruneRest) {
        if (gone >= limit) break
        gone += this.#db.prepare(sql).run(before, limit - gone).changes
      }
      return gone
    })
  }

  async backup(file: string): Promise<void> {
    await this.#db.backup(file)
  }

  async violations(_now: number): Promise<string[]> {
    return violations.flatMap(({ promise, sql }) =>
      (this.#db.prepare(`SELECT id FROM (${sql}) LIMIT 20`).pluck().all() as string[]).map(
        (id) => `${id}: not so: ${promise}`,
      ),
    )
  }
}
