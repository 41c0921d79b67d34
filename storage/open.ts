import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { StoreError } from '../core/errors.ts'
import type { Store } from '../core/store/store.ts'
import { type DiskSync, FileDiskSync } from './sqlite/disk-sync.ts'
import { openSqliteStore } from './sqlite/store.ts'

export const databaseName = 'jackdaw.db'

/** Long enough to share the commit of a next message in a busy hour, and short beside any platform's answer. */
const defaultLingerMs = 5

/**
 * Opens the store that the configuration names: an empty `url` is a SQLite file in `dataDir`, which is made with
 * mode 0700 if it is missing. `lingerMs` is how long a change that nobody waits for may wait for a commit to share;
 * `diskSync` makes a file's commits safe, beside the event loop unless said otherwise. Throws `StoreError`.
 */
export async function openStore(args: {
  dataDir: string
  url?: string
  lingerMs?: number
  diskSync?: (file: string) => DiskSync
}): Promise<Store> {
  const url = args.url ?? ''
  if (/^postgres(ql)?:/.test(url)) {
    throw new StoreError(
      'unavailable',
      'storage.url names PostgreSQL, which this version does not support yet. Leave it empty to use SQLite.',
    )
  }
  makeDataDir(args.dataDir)
  const file = url.startsWith('sqlite:')
    ? url.slice('sqlite:'.length)
    : join(args.dataDir, databaseName)
  const disk = args.diskSync?.(file) ?? new FileDiskSync(file)
  return openSqliteStore(file, disk, args.lingerMs ?? defaultLingerMs)
}

function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw new StoreError(
      'read-only',
      `dataDir ${dataDir} cannot be made. Check the permissions of its parent folder, or choose another dataDir.`,
      error,
    )
  }
}
