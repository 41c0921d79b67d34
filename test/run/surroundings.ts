import { statfsSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isAlive } from '../../core/runtimes/processes.ts'

const compiled = fileURLToPath(new URL('../../node_modules/.cache/jackdaw/tests', import.meta.url))
const memory = '/dev/shm'
const prefix = 'jackdaw-tests-'
/** Far more than all tests need at once. */
const wantedBytes = 3_000_000_000

/**
 * Gives the processes of the tests what makes them quick: one place for modules that are stripped of their types and
 * compiled, and, where TMPDIR names no other, temporary folders in memory. What tests prove by killing processes does
 * not depend on a disk, but each commit would wait for it. Disposing removes the folders.
 */
export async function prepareSurroundings(): Promise<AsyncDisposable> {
  process.env['NODE_COMPILE_CACHE'] ??= compiled
  const folder = await makeFolder()
  if (folder !== undefined) process.env['TMPDIR'] = folder
  return {
    async [Symbol.asyncDispose]() {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

async function makeFolder(): Promise<string | undefined> {
  if (process.env['TMPDIR'] !== undefined || !hasRoom()) return undefined
  await sweep()
  return await mkdtemp(join(memory, `${prefix}${process.pid}-`)).catch(() => undefined)
}

/** Folders of runs that were killed would fill the memory. */
async function sweep(): Promise<void> {
  for (const name of await readdir(memory)) {
    if (!name.startsWith(prefix) || isAlive(Number.parseInt(name.slice(prefix.length), 10)))
      continue
    await rm(join(memory, name), { recursive: true, force: true })
  }
}

function hasRoom(): boolean {
  try {
    const { bavail, bsize } = statfsSync(memory)
    return Math.min(bavail * bsize, process.availableMemory()) > wantedBytes
  } catch {
    return false
  }
}
