import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import type { Endpoint } from './wire.ts'

/** A server that was started by this gateway, or by the one before it that was killed. */
export type ServerRecord = Endpoint & { readonly pid: number }

/** Keeps where the server is, so that its turns can be followed by the next gateway. Readable by its owner alone. */
export async function writeRecord(path: string, record: ServerRecord): Promise<void> {
  await writeFile(path, JSON.stringify(record), { mode: 0o600 })
}

export async function removeRecord(path: string): Promise<void> {
  await rm(path, { force: true })
}

/** The record of a server whose process is still there, or `undefined`. */
export function readRecord(path: string): ServerRecord | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (!isRecord(value)) return undefined
    process.kill(value.pid, 0)
    return isOpenCode(value.pid) ? value : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is ServerRecord {
  if (typeof value !== 'object' || value === null) return false
  if (!('pid' in value && 'url' in value && 'username' in value && 'password' in value))
    return false
  const { pid, url, username, password } = value
  const isText = [url, username, password].every((one) => typeof one === 'string')
  return isText && typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 1
}

/** Ids of processes are used again, and this one may be ended by its id. */
function isOpenCode(pid: number): boolean {
  if (process.platform !== 'linux') return true
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(1, 3).includes('serve')
}
