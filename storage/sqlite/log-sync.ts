import { type FileHandle, open } from 'node:fs/promises'
import { StoreError } from '../../core/errors.ts'

/** Waits until the write-ahead log is on the disk. */
export interface LogSync {
  /** Resolves once everything that was committed before the call survives a power cut. Throws `StoreError`. */
  sync(): Promise<void>
  close(): Promise<void>
}

/** The log beside a database `file` that is open in WAL mode, synced on a thread of Node's pool. */
export class FileLogSync implements LogSync {
  readonly #path: string
  /** SQLite keeps the same log file while the database is open, so it is opened once. */
  #handle: FileHandle | undefined

  constructor(file: string) {
    this.#path = `${file}-wal`
  }

  async sync(): Promise<void> {
    try {
      this.#handle ??= await open(this.#path, 'r+')
      await this.#handle.datasync()
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? ` (${error.code})` : ''
      throw new StoreError(
        'unavailable',
        `${this.#path} could not be written to the disk${code}. Check the disk, then start again; nothing that was confirmed is lost.`,
        error,
      )
    }
  }

  async close(): Promise<void> {
    await this.#handle?.close()
    this.#handle = undefined
  }
}
