import { createHash, randomUUID } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { chmod, mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { TooLargeError } from '../core/errors.ts'
import type { BlobStore } from '../core/ports.ts'
import { toStoreError } from './disk-error.ts'

const shaPattern = /^[0-9a-f]{64}$/
const folderPattern = /^[0-9a-f]{2}$/

type Candidate = { readonly sha256: string; readonly at: number }

/**
 * Files at `<dir>/<aa>/<sha256>`. A name appears there only by renaming a complete, synced file, so whatever is found
 * under a hash has that content. One process at a time may use a directory (`lockDataDir`).
 */
export class DiskBlobStore implements BlobStore {
  readonly #dir: string
  /** Renames and deletions take turns, so that a sweep never deletes what was stored again a moment ago. */
  #turn: Promise<unknown> = Promise.resolve()

  private constructor(dir: string) {
    this.#dir = dir
  }

  /** Makes the directory (0700) where there is none and deletes what a dead process left half-written. Throws `StoreError`. */
  static async open(dir: string): Promise<DiskBlobStore> {
    const partial = join(dir, 'partial')
    await onDisk(dir, async () => {
      await mkdir(dir, { recursive: true, mode: 0o700 })
      await chmod(dir, 0o700)
      await rm(partial, { recursive: true, force: true })
      await mkdir(partial, { mode: 0o700 })
    })
    return new DiskBlobStore(dir)
  }

  /** Throws `TypeError` for anything but a lower-case SHA-256, so that no name leads out of the directory. */
  path(sha256: string): string {
    if (!shaPattern.test(sha256)) throw new TypeError('A blob is named by its SHA-256.')
    return join(this.#dir, sha256.slice(0, 2), sha256)
  }

  /** Throws `TooLargeError`, `StoreError`, or what the stream failed with; the stream is destroyed then. */
  async put(
    stream: Readable,
    maxBytes: number,
    signal?: AbortSignal,
  ): Promise<{ sha256: string; size: number; path: string }> {
    const partial = join(this.#dir, 'partial', randomUUID())
    try {
      const { sha256, size } = await writeTo(partial, stream, maxBytes, signal)
      const path = this.path(sha256)
      await this.#inTurn(() => onDisk(path, () => moveInto(path, partial)))
      return { sha256, size, path }
    } catch (error) {
      stream.destroy()
      // What cannot be deleted now goes at the next start; the reason of the failure matters more.
      await rm(partial, { force: true }).catch(() => undefined)
      throw error
    }
  }

  /**
   * `olderThan` is an instant; a blob's age counts from when it was last stored. `keep` is asked for every older blob
   * and may answer later; no more than `limit` names are held in memory.
   */
  async sweep(
    keep: (sha256: string) => boolean | Promise<boolean>,
    olderThan: number,
    limit: number,
  ): Promise<number> {
    if (limit < 1) return 0
    return await onDisk(this.#dir, async () => {
      const oldest: Candidate[] = []
      for await (const candidate of this.#olderThan(olderThan)) {
        if (await keep(candidate.sha256)) continue
        oldest.push(candidate)
        if (oldest.length >= 2 * limit) trim(oldest, limit)
      }
      trim(oldest, limit)
      let gone = 0
      for (const { sha256 } of oldest) {
        if (await this.#inTurn(() => this.#deleteIfOlder(sha256, olderThan))) gone++
      }
      return gone
    })
  }

  async *#olderThan(at: number): AsyncIterable<Candidate> {
    for await (const folder of await opendir(this.#dir)) {
      if (!folder.isDirectory() || !folderPattern.test(folder.name)) continue
      for await (const file of await opendir(join(this.#dir, folder.name))) {
        if (!file.isFile() || !shaPattern.test(file.name)) continue
        const { mtimeMs } = await stat(this.path(file.name))
        if (mtimeMs < at) yield { sha256: file.name, at: mtimeMs }
      }
    }
  }

  async #deleteIfOlder(sha256: string, at: number): Promise<boolean> {
    const path = this.path(sha256)
    if ((await stat(path)).mtimeMs >= at) return false
    await rm(path)
    return true
  }

  async #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(step)
    this.#turn = mine.catch(() => undefined)
    return await mine
  }
}

async function writeTo(
  partial: string,
  stream: Readable,
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<{ sha256: string; size: number }> {
  const hash = createHash('sha256')
  let size = 0
  const file = await onDisk(partial, () => open(partial, 'wx', 0o600))
  try {
    if (signal) addAbortSignal(signal, stream)
    for await (const chunk of stream) {
      const bytes = toBytes(chunk)
      size += bytes.length
      if (size > maxBytes) throw new TooLargeError(maxBytes)
      hash.update(bytes)
      await onDisk(partial, () => writeAll(file, bytes))
    }
    await onDisk(partial, () => file.sync())
  } finally {
    await onDisk(partial, () => file.close())
  }
  return { sha256: hash.digest('hex'), size }
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    written += (await file.write(bytes, written)).bytesWritten
  }
}

async function moveInto(path: string, partial: string): Promise<void> {
  const folder = dirname(path)
  const made = await mkdir(folder, { recursive: true, mode: 0o700 })
  await rename(partial, path)
  // A name is durable only once its directory is: the database may refer to it from the next moment on.
  await syncDirectory(folder)
  if (made !== undefined) await syncDirectory(dirname(folder))
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

function toBytes(chunk: unknown): Uint8Array {
  if (typeof chunk === 'string') return Buffer.from(chunk)
  if (chunk instanceof Uint8Array) return chunk
  throw new TypeError('A blob is stored from a stream of bytes or text.')
}

function trim(oldest: Candidate[], limit: number): void {
  oldest.sort((a, b) => a.at - b.at)
  oldest.splice(limit)
}

async function onDisk<T>(path: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    throw toStoreError(error, path)
  }
}
