import type { Database, Statement } from 'better-sqlite3'
import { storeError } from './errors.ts'

/** More would hold the event loop for too long; the rest goes into the next commit. */
const maxBatch = 256

type Job = {
  readonly work: () => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/**
 * The only way to change the database. What is asked for within one turn of the event loop is committed together
 * (group commit), in the order it was asked for, so that one fsync serves many. A promise resolves after the commit.
 *
 * If one piece of work throws, the batch is rolled back and every piece is run again in a transaction of its own:
 * nobody's failure takes another's work with it. So work must have no effect outside the database.
 */
export class Writer {
  readonly #db: Database
  readonly #file: string
  readonly #begin: Statement
  readonly #end: Statement
  #queue: Job[] = []
  #isScheduled = false
  #isClosed = false

  constructor(db: Database, file: string) {
    this.#db = db
    this.#file = file
    this.#begin = db.prepare('BEGIN IMMEDIATE')
    this.#end = db.prepare('COMMIT')
  }

  /** Runs `work` in a transaction; it must be synchronous. */
  write<T>(work: () => T): Promise<T> {
    if (this.#isClosed) return Promise.reject(new Error('The store is closed.'))
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ work, resolve, reject })
      this.#schedule()
    })
  }

  /** Commits what is waiting and refuses what comes later. */
  close(): void {
    this.#isClosed = true
    while (this.#queue.length > 0) this.#commit()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#commit()
      if (this.#queue.length > 0) this.#schedule()
    })
  }

  #commit(): void {
    const batch = this.#queue.splice(0, maxBatch)
    if (batch.length === 0) return
    const results: unknown[] = []
    try {
      this.#transaction(() => {
        for (const job of batch) results.push(job.work())
      })
    } catch (error) {
      if (batch.length > 1) this.#commitApart(batch)
      else batch[0]?.reject(storeError(error, this.#file))
      return
    }
    for (const [index, job] of batch.entries()) job.resolve(results[index] as never)
  }

  #commitApart(batch: readonly Job[]): void {
    for (const job of batch) {
      try {
        let result: unknown
        this.#transaction(() => {
          result = job.work()
        })
        job.resolve(result as never)
      } catch (error) {
        job.reject(storeError(error, this.#file))
      }
    }
  }

  #transaction(work: () => void): void {
    this.#begin.run()
    try {
      work()
      this.#end.run()
    } catch (error) {
      // SQLite has already rolled back after some failures (a full disk, an I/O error).
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }
}
