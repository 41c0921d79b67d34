import { type FileHandle, open } from 'node:fs/promises'
import { StoreError } from '../../core/errors.ts'

/**
 * Waits for the disk. Each method resolves once everything that was written to its file before the call survives a power
 * cut, and throws `StoreError`.
 */
export interface DiskSync {
  /** The write-ahead log. */
  log(): Promise<void>
  /** The database file. */
  database(): Promise<void>
  /** Only after the database was closed. */
  close(): Promise<void>
}

/** Syncs a database `file` that is open in WAL mode, and its log, on a thread of Node's pool. */
export class FileDiskSync implements DiskSync {
  readonly #file: string
  /**
   * SQLite keeps the same log while the database is open, so both are opened once. Closing the database file any earlier
   * would take away the locks that SQLite holds on it: POSIX drops all of a process's with the first `close`.
   */
  readonly #handles = new Map<string, Promise<FileHandle>>()

  constructor(file: string) {
    this.#file = file
  }

  log(): Promise<void> {
    return this.#sync(`${this.#file}-wal`)
  }

  database(): Promise<void> {
    return this.#sync(this.#file)
  }

  async close(): Promise<void> {
    for (const opening of this.#handles.values()) await (await opening).close()
    this.#handles.clear()
  }

  async #sync(path: string): Promise<void> {
    try {
      const handle = await this.#open(path)
      await handle.datasync()
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? ` (${error.code})` : ''
      throw new StoreError(
        'unavailable',
        `${path} could not be written to the disk${code}. Check the disk, then start again; nothing that was confirmed is lost.`,
        error,
      )
    }
  }

  #open(path: string): Promise<FileHandle> {
    const known = this.#handles.get(path)
    if (known) return known
    const opening = open(path, 'r+')
    this.#handles.set(path, opening)
    opening.catch(() => this.#handles.delete(path))
    return opening
  }
}
