import type { Database, Statement } from 'better-sqlite3'
import type { GrantRow } from '../../core/store/approvals.ts'
import { formatId } from './ids.ts'

export type GrantRecord = {
  id: number
  agent: string
  key: string | null
  words: string
  granted_by: string
  granted_at: number
}

/** More of them are not kept for one agent. */
const maxKept = 500

/** What was allowed for always. `give` and `use` are used inside transactions only. */
export class Grants {
  readonly #find: Statement<[string, string, number]>
  readonly #give: Statement
  readonly #use: Statement<[number, number]>
  readonly #bound: Statement<[string, string, number]>
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
      `INSERT INTO grants (agent, session_id, words, granted_by, granted_at, used_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
    )
    this.#use = db.prepare('UPDATE grants SET used_at = ? WHERE id = ?')
    this.#bound = db.prepare(
      `DELETE FROM grants WHERE agent = ? AND id NOT IN (
         SELECT id FROM grants WHERE agent = ? ORDER BY used_at DESC, id DESC LIMIT ?)`,
    )
    this.#list = db.prepare(
      `SELECT g.id, g.agent, s.key, g.words, g.granted_by, g.granted_at FROM grants g
       LEFT JOIN sessions s ON s.id = g.session_id WHERE g.id < ? ORDER BY g.id DESC LIMIT ?`,
    )
    this.#revoke = db.prepare('DELETE FROM grants WHERE id = ?')
  }

  /** Uses the grant that covers a permission with these words, if there is one; returns its id. */
  use(agent: string, session: number, words: string, now: number): string | undefined {
    const id = this.#find.get(agent, words, session) as number | undefined
    if (id === undefined) return undefined
    this.#use.run(now, id)
    return formatId('g', id)
  }

  /** The one that was not used for the longest time goes, where there are too many. */
  give(agent: string, session: number | null, words: string, by: string, now: number): void {
    this.#give.run(agent, session, words, by, now, now)
    this.#bound.run(agent, agent, maxKept)
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
