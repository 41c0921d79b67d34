import Database from 'better-sqlite3'
import { StoreError } from '../../core/errors.ts'

/** Says what a failure of SQLite means for the person who runs the gateway; anything unknown passes through. */
export function storeError(error: unknown, file: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error
  const code = error.code
  if (code.startsWith('SQLITE_FULL')) {
    return new StoreError(
      'full',
      `The disk of ${file} is full. Free some space; nothing that was confirmed is lost.`,
      error,
    )
  }
  if (
    code.startsWith('SQLITE_READONLY') ||
    code.startsWith('SQLITE_CANTOPEN') ||
    code === 'SQLITE_PERM'
  ) {
    return new StoreError(
      'read-only',
      `${file} cannot be opened for writing. Check its owner and permissions, and those of its folder.`,
      error,
    )
  }
  if (code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB')) {
    return new StoreError(
      'corrupt',
      `${file} is damaged (${error.message}). Restore a backup with \`jackdaw restore <file>\`.`,
      error,
    )
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new StoreError(
      'locked',
      `${file} is in use by another program. Stop it and start again.`,
      error,
    )
  }
  if (code.startsWith('SQLITE_IOERR')) {
    return new StoreError('unavailable', `${file} could not be read or written (${code}).`, error)
  }
  return error
}
