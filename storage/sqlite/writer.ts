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
 * (group commit), in the order it was asked for and claims last, so that one fsync serves many. A promise resolves after
 * the commit.
 *
 * If one piece of work throws, the batch is rolled back and every piece is run again in a transaction of its own:
 * nobody's failure takes another's work with it. So work must have no effect outside the database.
 */
export class Writer {
  readonly #db: Database
  readonly #file: string
  readonly #lingerMs: number
  readonly #begin: Statement
  readonly #end: Statement
  #queue: Job[] = []
  #claims: Job[] = []
  #isScheduled = false
  #linger: NodeJS.Timeout | undefined
  #isClosed = false

  /** `lingerMs`: how long what was left to `writeSoon` may stay uncommitted when nothing else is asked for. */
  constructor(db: Database, file: string, lingerMs: number) {
    this.#db = db
    this.#file = file
    this.#lingerMs = lingerMs
    this.#begin = db.prepare('BEGIN IMMEDIATE')
    this.#end = db.prepare('COMMIT')
  }

  /** Runs `work` in a transaction; it must be synchronous. */
  write<T>(work: () => T): Promise<T> {
    const written = this.#add(this.#queue, work)
    this.#schedule()
    return written
  }

  /** As `write`, but behind everything else of the same commit: a claim finds what is queued with it. */
  claim<T>(work: () => T): Promise<T> {
    const claimed = this.#add(this.#claims, work)
    this.#schedule()
    return claimed
  }

  /**
   * As `write`, for a change that no next step waits for: it goes into the next commit, whoever asks for that, and gets
   * one of its own only after a few milliseconds.
   */
  writeSoon<T>(work: () => T): Promise<T> {
    if (this.#lingerMs === 0) return this.write(work)
    const written = this.#add(this.#queue, work)
    if (!this.#isClosed) this.#linger ??= setTimeout(() => this.#schedule(), this.#lingerMs)
    return written
  }

  /** Commits what is waiting and refuses what comes later. */
  close(): void {
    this.#isClosed = true
    while (this.#isWaitedFor()) this.#commit()
  }

  #add<T>(jobs: Job[], work: () => T): Promise<T> {
    if (this.#isClosed) return Promise.reject(new Error('The store is closed.'))
    return new Promise<T>((resolve, reject) => jobs.push({ work, resolve, reject }))
  }

  #isWaitedFor(): boolean {
    return this.#queue.length + this.#claims.length > 0
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#commit()
      if (this.#isWaitedFor()) this.#schedule()
    })
  }

  #commit(): void {
    clearTimeout(this.#linger)
    this.#linger = undefined
    const batch = this.#queue.splice(0, maxBatch)
    // A claim that ran before the change it was woken for would find nothing, and nobody would wake it again.
    if (this.#queue.length === 0) batch.push(...this.#claims.splice(0))
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
