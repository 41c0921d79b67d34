import Database from 'better-sqlite3'
import { StoreError } from '../../core/errors.ts'
import { storeError } from './errors.ts'
import { migrate } from './migrate.ts'

/** 'JKDW': marks the file as ours, so that another program's database is refused instead of migrated. */
const applicationId = 0x4a4b4457

/*
 * Hot statements say `+?` where one would expect `?`: this SQLite is built with STAT4 and plans a statement with
 * joins or an order anew whenever a parameter its planner looked at is bound to another value (5 to 30 µs each, more
 * than the statement itself). The planner does not look behind a unary plus.
 */

/**
 * Keeps the write-ahead log from being deleted by whoever closes the database last: copied pages may not be on the disk,
 * and then the log is all there is of them. Only the end of the process closes this connection, which may not delete.
 */
export function keepLog(file: string): void {
  new Database(file, { readonly: true }).prepare('SELECT 1 FROM sqlite_schema').get()
}

/**
 * Opens the database file for writing, creating and migrating it as needed. Throws `StoreError`.
 *
 * `synchronous = NORMAL`: a commit alone survives a crash of the process; that it survives a power cut, too, is what
 * `Writer` waits for, beside the event loop.
 */
export function connect(file: string): Database.Database {
  let db: Database.Database | undefined
  try {
    db = new Database(file, { timeout: 5000 })
    const found = db.pragma('application_id', { simple: true }) as number
    const tables = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() as number
    if (found !== applicationId && tables > 0) {
      throw new StoreError(
        'corrupt',
        `${file} is not a Jackdaw database. Choose another dataDir, or move the file away.`,
      )
    }
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = NORMAL')
    db.pragma('foreign_keys = ON')
    // `Checkpoints` copies the log before it grows so far; this is the bound should it not get to it: 64 MB at 4 KB a page.
    db.pragma('wal_autocheckpoint = 16000')
    db.pragma('journal_size_limit = 67108864')
    db.pragma('cache_size = -16384')
    if (found !== applicationId) db.pragma(`application_id = ${applicationId}`)
    migrate(db, file)
    return db
  } catch (error) {
    db?.close()
    throw storeError(error, file)
  }
}
