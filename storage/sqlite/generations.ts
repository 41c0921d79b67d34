import type { Database, Statement } from 'better-sqlite3'
import type { GenerationRow, GenerationStore, Resumed } from '../../core/store/generations.ts'
import { parseId } from './ids.ts'
import type { RunQueue } from './run-queue.ts'
import type { SessionRows } from './sessions.ts'
import type { Writer } from './writer.ts'

export class SqliteGenerations implements GenerationStore {
  readonly #writer: Writer
  readonly #rows: SessionRows
  readonly #queue: RunQueue
  readonly #session: Statement<[string, number]>

  constructor(db: Database, writer: Writer, rows: SessionRows, queue: RunQueue) {
    this.#writer = writer
    this.#rows = rows
    this.#queue = queue
    this.#session = db
      .prepare('SELECT id FROM sessions WHERE key = ? OR id = ?')
      .pluck() as Statement<[string, number]>
  }

  async list(idOrKey: string, limit: number): Promise<GenerationRow[]> {
    const session = this.#session.get(idOrKey, parseId('s', idOrKey)) as number | undefined
    return session === undefined ? [] : this.#rows.generations.list(session, limit)
  }

  resume(sessionId: string, generation: number, now: number): Promise<Resumed> {
    return this.#writer.write(() =>
      this.#rows.resume(parseId('s', sessionId), generation, this.#queue, now),
    )
  }
}
