import type { Database, Statement } from 'better-sqlite3'

/** Who was let in or shut out, and when. Used inside transactions only. */
export class Audit {
  readonly #append: Statement<[number, string, string]>

  constructor(db: Database) {
    this.#append = db.prepare('INSERT INTO audit (at, action, subject) VALUES (?, ?, ?)')
  }

  append(at: number, action: string, subject: string): void {
    this.#append.run(at, action, subject)
  }
}
