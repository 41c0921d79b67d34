import type { Database, Statement } from 'better-sqlite3'
import type { GrantRow } from '../../core/approval-store.ts'
import { formatId } from './ids.ts'

export type GrantRecord = {
  id: number
  agent: string
  key: string | null
  words: string
  granted_by: string
  granted_at: number
}

/** What was allowed for always. `give` and `find` are used inside transactions only. */
export class Grants {
  readonly #find: Statement<[string, string, number]>
  readonly #give: Statement
  readonly #list: Statement<[number, number]>
  readonly #revoke: Statement<[number]>

  constructor(db: Database) {
    this.#find = db
      .prepare(
        `SELECT id FROM grants WHERE agent = ? AND words = ? AND COALESCE(session_id, 0) IN (0, ?)
         ORDER BY session_id IS NOT NULL LIMIT 1`,
      )
      .pluck() as Statement<[string, string, number]>
    this.#give = db.prepare(
      `INSERT INTO grants (agent, session_id, words, granted_by, granted_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    )
    this.#list = db.prepare(
      `SELECT g.id, g.agent, s.key, g.words, g.granted_by, g.granted_at FROM grants g
       LEFT JOIN sessions s ON s.id = g.session_id WHERE g.id < ? ORDER BY g.id DESC LIMIT ?`,
    )
    this.#revoke = db.prepare('DELETE FROM grants WHERE id = ?')
  }

  /** The grant that covers a permission with these words, by its id. */
  find(agent: string, session: number, words: string): string | undefined {
    const id = this.#find.get(agent, words, session) as number | undefined
    return id === undefined ? undefined : formatId('g', id)
  }

  give(agent: string, session: number | null, words: string, by: string, now: number): void {
    this.#give.run(agent, session, words, by, now)
  }

  revoke(id: number): boolean {
    return this.#revoke.run(id).changes === 1
  }

  before(id: number, limit: number): GrantRecord[] {
    return this.#list.all(id, limit) as GrantRecord[]
  }
}

export function toGrant(row: GrantRecord): GrantRow {
  return {
    id: formatId('g', row.id),
    agent: row.agent,
    sessionKey: row.key,
    words: row.words,
    by: row.granted_by,
    at: row.granted_at,
  }
}
