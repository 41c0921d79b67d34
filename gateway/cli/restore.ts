import { chmod, copyFile, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { CliError } from './cli-error.ts'
import { optionsOf } from './command-options.ts'
import { print, printJson } from './output.ts'
import { loadSettings } from './settings.ts'

export function addRestore(program: Command): void {
  program
    .command('restore <file>')
    .description('Put a backup in the place of the database; the gateway must be stopped')
    .action(async (file: string, _options: object, command: Command) => {
      const options = optionsOf(command)
      const { config } = await loadSettings(options)
      const result = await restore(resolve(file), config.dataDir, config.storage.url)
      if (options.json) return printJson(result)
      print(`${result.database} is restored.`)
      if (result.previous !== null) print(`What was there before is now ${result.previous}.`)
    })
}

/**
 * Checks a copy of the backup, migrating it as a start would, and only then swaps it in; the database that was there
 * is kept beside it. Throws `StoreError`: `locked` while a gateway runs, `newer`, `corrupt`.
 */
async function restore(
  file: string,
  dataDir: string,
  url: string,
): Promise<{ database: string; previous: string | null }> {
  const { databaseName, openStore } = await import('../../storage/open.ts')
  const { lockDataDir } = await import('../../storage/lock.ts')
  const database = url.startsWith('sqlite:')
    ? url.slice('sqlite:'.length)
    : join(dataDir, databaseName)
  const lock = await lockDataDir(dataDir)
  const copy = `${database}.restoring`
  try {
    await removeDatabase(copy)
    await copyFile(file, copy).catch((error: unknown) => {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
      throw new CliError(`${file} cannot be copied to ${copy} (${code}).`)
    })
    await chmod(copy, 0o600)
    await checkPages(copy, file)
    const store = await openStore({ dataDir, url: `sqlite:${copy}` })
    await store.upkeep.checkpoint()
    await store.close()
    const previous = await setAside(database)
    await rename(copy, database)
    return { database, previous }
  } finally {
    await removeDatabase(copy)
    await lock.release()
  }
}

/** Reads every page: a file that was cut or overwritten opens well enough. */
async function checkPages(copy: string, file: string): Promise<void> {
  const { default: Database } = await import('better-sqlite3')
  const { StoreError } = await import('../../core/errors.ts')
  let found: unknown
  try {
    const db = new Database(copy, { fileMustExist: true })
    try {
      found = db.pragma('quick_check(1)', { simple: true })
    } finally {
      db.close()
    }
  } catch (error) {
    throw new StoreError('corrupt', `${file} is not a Jackdaw backup, or it is damaged.`, error)
  }
  if (found !== 'ok') throw new StoreError('corrupt', `${file} is damaged (${String(found)}).`)
}

async function setAside(database: string): Promise<string | null> {
  const stamp = new Date().toISOString().replace(/[:.]/g, '-')
  const previous = `${database}.before-${stamp}`
  const isMoved = await renameIfThere(database, previous)
  // The log of a database that was not closed belongs to it: without it the newest messages would be gone.
  for (const suffix of ['-wal', '-shm']) await renameIfThere(database + suffix, previous + suffix)
  return isMoved ? previous : null
}

async function renameIfThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}

async function removeDatabase(file: string): Promise<void> {
  for (const suffix of ['', '-wal', '-shm']) await rm(file + suffix, { force: true })
}
