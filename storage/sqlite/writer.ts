import type { Database, Statement } from 'better-sqlite3'
import { StoreError } from '../../core/errors.ts'
import { Checkpoints } from './checkpoints.ts'
import type { DiskSync } from './disk-sync.ts'
import { storeError } from './errors.ts'

/** More would hold the event loop for too long; the rest goes into the next commit. */
const maxBatch = 256

type Job = {
  readonly work: () => unknown
  readonly resolve: (value: never) => void
  readonly reject: (error: unknown) => void
}

/** Tells a job's promise what became of it, once that is certain. */
type Settle = () => void

/**
 * The only way to change the database. What is asked for while the last commit reaches the disk is committed together
 * (group commit), in the order it was asked for and claims last, so that one fsync serves many. A promise resolves once
 * the commit is on the disk; the event loop goes on meanwhile.
 *
 * If one piece of work throws, the batch is rolled back and every piece is run again in a transaction of its own:
 * nobody's failure takes another's work with it. So work must have no effect outside the database.
 */
export class Writer {
  readonly #db: Database
  readonly #file: string
  readonly #disk: DiskSync
  readonly #checkpoints: Checkpoints
  readonly #lingerMs: number
  readonly #begin: Statement
  readonly #end: Statement
  readonly #changes: Statement<[]>
  readonly #onRollback: (() => void)[] = []
  #queue: Job[] = []
  #claims: Job[] = []
  /** Somebody waits for the next commit; what is left to `writeSoon` does not count. */
  #isUrgent = false
  #isScheduled = false
  #committing: Promise<void> | undefined
  #linger: NodeJS.Timeout | undefined
  #isClosed = false
  #seenChanges: unknown
  /** Why nothing is written any more. */
  #broken: unknown

  /** `lingerMs`: how long what was left to `writeSoon` may stay uncommitted when nothing else is asked for. */
  constructor(db: Database, file: string, disk: DiskSync, lingerMs: number) {
    this.#db = db
    this.#file = file
    this.#disk = disk
    this.#checkpoints = new Checkpoints(db, disk)
    this.#lingerMs = lingerMs
    this.#begin = db.prepare('BEGIN IMMEDIATE')
    this.#end = db.prepare('COMMIT')
    this.#changes = db.prepare('SELECT total_changes()').pluck() as Statement<[]>
    this.#seenChanges = this.#changes.get()
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

  /** Calls `forget` whenever what a transaction changed is undone: what was kept in memory meanwhile may be wrong. */
  onRollback(forget: () => void): void {
    this.#onRollback.push(forget)
  }

  /** A sync has failed: what of the files is on the disk, nobody knows. */
  get isBroken(): boolean {
    return this.#broken !== undefined
  }

  /** Commits what is waiting and refuses what comes later. */
  async close(): Promise<void> {
    this.#isClosed = true
    while (this.#committing || this.#queue.length + this.#claims.length > 0)
      await (this.#committing ?? this.#commit())
  }

  /** Brings the write-ahead log into the database file and empties it, between two commits. */
  async checkpoint(): Promise<void> {
    while (this.#committing) await this.#committing
    if (this.#broken !== undefined) throw this.#broken
    if (this.#isClosed) return
    let failure: unknown
    await this.#alone(async () => {
      failure = await this.#checkpoint(() => this.#checkpoints.empty())
    })
    if (failure !== undefined) throw failure
  }

  #add<T>(jobs: Job[], work: () => T): Promise<T> {
    if (this.#isClosed) return Promise.reject(new Error('The store is closed.'))
    if (this.#broken !== undefined) return Promise.reject(this.#broken)
    return new Promise<T>((resolve, reject) => jobs.push({ work, resolve, reject }))
  }

  #schedule(): void {
    this.#isUrgent = true
    if (this.#isScheduled || this.#committing) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      void (this.#committing ?? this.#commit())
    })
  }

  /** Commits a batch and tells everybody once it is on the disk. Never rejects. */
  #commit(): Promise<void> {
    return this.#alone(() => this.#commitBatch())
  }

  /** One commit or checkpoint at a time; what is asked for meanwhile comes next. */
  #alone(step: () => Promise<void>): Promise<void> {
    const committing = step().finally(() => {
      this.#committing = undefined
      if (this.#isUrgent) this.#schedule()
    })
    this.#committing = committing
    return committing
  }

  async #commitBatch(): Promise<void> {
    clearTimeout(this.#linger)
    this.#linger = undefined
    const batch = this.#queue.splice(0, maxBatch)
    // A claim that ran before the change it was woken for would find nothing, and nobody would wake it again.
    this.#isUrgent = this.#queue.length > 0
    if (!this.#isUrgent) batch.push(...this.#claims.splice(0))
    if (batch.length === 0) return
    const settles = this.#together(batch) ?? batch.map((job) => this.#apart(job))
    try {
      if (this.#hasChanged()) await this.#disk.log()
    } catch (error) {
      return this.#break(error, batch)
    }
    for (const settle of settles) settle()
    await this.#checkpoint(() => this.#checkpoints.runIfDue())
  }

  /** Never rejects; returns what went wrong. Nothing is lost with a copy that failed, but with a sync it may be. */
  async #checkpoint(run: () => Promise<void>): Promise<unknown> {
    try {
      await run()
    } catch (error) {
      if (error instanceof StoreError) this.#break(error, [])
      return storeError(error, this.#file)
    }
  }

  /** What is in the file and what is on the disk may differ from now on, so nothing is built on it. */
  #break(error: unknown, batch: readonly Job[]): void {
    this.#broken = error
    for (const job of [...batch, ...this.#queue.splice(0), ...this.#claims.splice(0)])
      job.reject(error)
  }

  #hasChanged(): boolean {
    const before = this.#seenChanges
    this.#seenChanges = this.#changes.get()
    return this.#seenChanges !== before
  }

  #together(batch: readonly Job[]): Settle[] | undefined {
    const results: unknown[] = []
    try {
      this.#transaction(() => {
        for (const job of batch) results.push(job.work())
      })
    } catch {
      return undefined
    }
    return batch.map((job, index) => () => job.resolve(results[index] as never))
  }

  #apart(job: Job): Settle {
    try {
      let result: unknown
      this.#transaction(() => {
        result = job.work()
      })
      return () => job.resolve(result as never)
    } catch (error) {
      return () => job.reject(storeError(error, this.#file))
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
      for (const forget of this.#onRollback) forget()
      throw error
    }
  }
}
