import type { Database, Statement } from 'better-sqlite3'
import type { DiskSync } from './disk-sync.ts'

/** 16 MB at 4 KB a page. */
const maxFrames = 4000
/** Asking SQLite how long the log is costs a few microseconds. */
const commitsBetweenLooks = 16

type LogState = { readonly log: number; readonly checkpointed: number }

/**
 * Brings what the write-ahead log holds into the database file, so that the log begins anew, without holding the event
 * loop while the disk works: SQLite copies and does not wait, and the two files are synced beside the loop, in the order
 * in which SQLite would have done it. Nothing may be written meanwhile, because the next change could overwrite the log
 * before the database is on the disk.
 *
 * Throws `StoreError` when a sync failed. What SQLite throws only means that the rest stays in the log for the next time.
 */
export class Checkpoints {
  readonly #db: Database
  readonly #disk: DiskSync
  readonly #state: Statement<[], LogState>
  #commits = 0
  #dueAt = maxFrames

  constructor(db: Database, disk: DiskSync) {
    this.#db = db
    this.#disk = disk
    this.#state = db.prepare('PRAGMA wal_checkpoint(NOOP)')
  }

  /** To be called after each commit. */
  async runIfDue(): Promise<void> {
    this.#commits += 1
    if (this.#commits % commitsBetweenLooks !== 0) return
    if (this.#look().log >= this.#dueAt) await this.#run()
  }

  async #run(): Promise<void> {
    await this.#disk.log()
    // A reader of older pages or a full disk may keep a part from being copied: not again before the log has grown.
    this.#dueAt = this.#look().log + maxFrames
    this.#copy()
    await this.#disk.database()
    if (this.#isAllCopied()) this.#dueAt = maxFrames
  }

  /** Due or not, and gives the space of the log back, unless somebody still reads from it. */
  async empty(): Promise<void> {
    await this.#run()
    if (this.#isAllCopied()) this.#with('busy_timeout', 0, 'wal_checkpoint(TRUNCATE)')
  }

  #copy(): void {
    this.#with('synchronous', 0, 'wal_checkpoint(PASSIVE)')
  }

  #with(setting: string, value: number, pragma: string): void {
    const before = this.#db.pragma(setting, { simple: true })
    this.#db.pragma(`${setting} = ${value}`)
    try {
      this.#db.pragma(pragma)
    } finally {
      this.#db.pragma(`${setting} = ${before}`)
    }
  }

  #isAllCopied(): boolean {
    const { log, checkpointed } = this.#look()
    return log === checkpointed
  }

  #look(): LogState {
    return this.#state.get() ?? { log: 0, checkpointed: 0 }
  }
}
