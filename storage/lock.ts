import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { StoreError } from '../core/errors.ts'
import { toStoreError } from './disk-error.ts'

/** The right to use a data directory, for as long as the object is kept. `release` is safe to call twice. */
export type DataDirLock = { release(): Promise<void> }

/**
 * Makes this process the only gateway of a data directory, which is made (0700) where there is none. The operating
 * system takes the lock back when the process dies, however it dies. Throws `StoreError`: `locked`, `read-only`, …
 */
export async function lockDataDir(dir: string): Promise<DataDirLock> {
  const holderFile = join(dir, 'lock.pid')
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw toStoreError(error, dir)
  }
  const db = await takeLock(dir, holderFile)
  try {
    // SQLite takes a database it cannot write for a read-only one and locks nothing; this write tells.
    await writeFile(holderFile, `${process.pid} ${hostname()}\n`, { mode: 0o600 })
    await chmod(db.name, 0o600)
  } catch (error) {
    db.close()
    throw toStoreError(error, dir)
  }
  return {
    async release() {
      if (!db.open) return
      await rm(holderFile, { force: true })
      db.close()
    },
  }
}

/**
 * The lock is the kernel's lock on `lock.db` (a POSIX record lock). Closing any other handle of that file in this
 * process would give it up, so nothing but SQLite ever opens it.
 */
async function takeLock(dir: string, holderFile: string): Promise<Database.Database> {
  const file = join(dir, 'lock.db')
  let db: Database.Database | undefined
  try {
    db = new Database(file, { timeout: 0 })
    db.exec('BEGIN EXCLUSIVE')
    return db
  } catch (error) {
    db?.close()
    if (!(error instanceof Database.SqliteError)) throw error
    if (error.code.startsWith('SQLITE_BUSY')) {
      throw new StoreError(
        'locked',
        `${dir} is in use by ${await describeHolder(holderFile)}. Stop that one first, or set dataDir to another directory.`,
        error,
      )
    }
    if (error.code.startsWith('SQLITE_NOTADB')) {
      throw new StoreError('corrupt', `${file} is damaged. Delete it; it holds no data.`, error)
    }
    if (error.code.startsWith('SQLITE_READONLY') || error.code.startsWith('SQLITE_CANTOPEN')) {
      throw new StoreError(
        'read-only',
        `${dir} cannot be written. Give it to the user that runs the gateway (chown), or set dataDir to another place.`,
        error,
      )
    }
    throw new StoreError(
      'unavailable',
      `${file} cannot be locked (${error.code}). A data directory belongs on a local disk.`,
      error,
    )
  }
}

async function describeHolder(holderFile: string): Promise<string> {
  const text = await readFile(holderFile, 'utf8').catch(() => '')
  const [pid, host] = text.trim().split(' ')
  if (!pid || !host) return 'another gateway'
  if (host !== hostname()) return `another gateway (process ${pid} on ${host})`
  // A holder that has the lock but has not yet written its number leaves that of a dead one to be read.
  return isAlive(Number(pid)) ? `another gateway (process ${pid})` : 'another gateway'
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
