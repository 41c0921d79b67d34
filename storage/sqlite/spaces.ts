import type { Database, Statement } from 'better-sqlite3'
import type { Space } from '../../core/model.ts'

export type SpaceRow = {
  readonly account: string
  readonly id: string
  readonly title: string | null
  readonly is_approved: number
}

/** What holds several chats together, as far as it was heard of. Used inside transactions only, but for reading. */
export class Spaces {
  readonly #find: Statement<[string, string]>
  readonly #save: Statement

  constructor(db: Database) {
    this.#find = db.prepare('SELECT * FROM spaces WHERE account = ? AND id = ?')
    this.#save = db.prepare(
      `INSERT INTO spaces (account, id, title, is_approved) VALUES (?, ?, ?, ?)
       ON CONFLICT (account, id) DO UPDATE SET title = COALESCE(excluded.title, title), is_approved = excluded.is_approved`,
    )
  }

  find(account: string, id: string): SpaceRow | undefined {
    return this.#find.get(account, id) as SpaceRow | undefined
  }

  /** Keeps its title up to date; writes only what changed. */
  seen(account: string, { id, title }: Space): void {
    const known = this.find(account, id)
    if (known && (title === undefined || known.title === title)) return
    this.#save.run(account, id, title ?? null, known?.is_approved ?? 0)
  }

  /** 1: allowed, with all its chats; -1: closed; 0: nobody says anything. */
  setApproval(account: string, id: string, approval: number): void {
    this.#save.run(account, id, null, approval)
  }
}
