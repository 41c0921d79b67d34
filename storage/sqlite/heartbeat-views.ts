import type { Database } from 'better-sqlite3'
import type {
  Happened,
  HeartbeatAnswer,
  HeartbeatResult,
  HeartbeatRow,
  OwnerIds,
} from '../../core/store/heartbeats.ts'
import { formatId } from './ids.ts'

const maxResults = 10
const maxResultLength = 500
/** More makes no difference to whether anything happened. */
const maxMessages = 1000

type Row = {
  agent: string
  due_at: number | null
  demanded_at: number | null
  last_at: number | null
  result: HeartbeatResult | null
  result_at: number | null
  fingerprint: string | null
  seen_at: number
  seen_message: number
  run_id: number | null
  answer: string | null
  failures: number
}

/** A message of an owner in a direct chat; its parameters are the owners as JSON, twice. */
const ofOwner = `c.kind = 'dm' AND (
  c.account IN (SELECT value FROM json_each(?, '$.accounts'))
  OR EXISTS (SELECT 1 FROM senders s WHERE s.account = c.account AND s.id = m.author AND s.status = 'owner')
  OR EXISTS (SELECT 1 FROM json_each(?, '$.people') p
     WHERE p.value ->> 'account' = c.account AND p.value ->> 'id' = m.author))`

/** Reading of the agents' check-ins. */
export class HeartbeatViews {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  list(): HeartbeatRow[] {
    return (this.#db.prepare('SELECT * FROM heartbeats ORDER BY agent').all() as Row[]).map(rowOf)
  }

  find(agent: string): HeartbeatRow | undefined {
    const row = this.#row(agent)
    return row && rowOf(row)
  }

  happened(agent: string, owners: OwnerIds): Happened {
    const since = this.#row(agent)
    const people = JSON.stringify(owners)
    const messages = this.#db
      .prepare(
        `SELECT COUNT(*) FROM (SELECT 1 FROM messages m JOIN conversations c ON c.id = m.conversation_id
           JOIN runs r ON r.id = m.run_id WHERE m.id > ? AND r.agent = ? AND r.source = 'message' AND ${ofOwner}
           LIMIT ${maxMessages})`,
      )
      .pluck()
      .get(since?.seen_message ?? 0, agent, people, people) as number
    const results = this.#db
      .prepare(
        `SELECT COALESCE(reply_text, error_message, state) FROM runs
         WHERE source = 'job' AND agent = ? AND finished_at > ? ORDER BY finished_at DESC LIMIT ${maxResults}`,
      )
      .pluck()
      .all(agent, since?.seen_at ?? 0) as string[]
    const busy = this.#db
      .prepare(
        `SELECT 1 FROM runs r JOIN run_messages rm ON rm.run_id = r.id JOIN messages m ON m.id = rm.message_id
           JOIN conversations c ON c.id = m.conversation_id
         WHERE r.head = 1 AND r.state IN ('running', 'waiting') AND r.agent = ? AND r.source = 'message'
           AND ${ofOwner} LIMIT 1`,
      )
      .get(agent, people, people)
    return {
      messages,
      results: results.map((text) => text.slice(0, maxResultLength)),
      isBusy: busy !== undefined,
    }
  }

  #row(agent: string): Row | undefined {
    return this.#db.prepare('SELECT * FROM heartbeats WHERE agent = ?').get(agent) as
      | Row
      | undefined
  }
}

function rowOf(row: Row): HeartbeatRow {
  return {
    agent: row.agent,
    dueAt: row.due_at,
    demandedAt: row.demanded_at,
    lastAt: row.last_at,
    result: row.result,
    resultAt: row.result_at,
    fingerprint: row.fingerprint,
    runId: row.run_id === null ? null : formatId('r', row.run_id),
    answer: row.answer === null ? null : (JSON.parse(row.answer) as HeartbeatAnswer),
    failures: row.failures,
  }
}
