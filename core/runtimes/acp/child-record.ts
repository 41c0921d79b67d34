import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { killFamily } from '../processes.ts'

type Entry = { readonly pid: number; readonly startedAt: string }

/** More than ever run at a time: the one that works, one that is ready, and one that is being ended. */
const maxOthers = 4

/** Remembers a process, so that the next gateway can end it if this one is killed. */
export async function noteChild(path: string, pid: number): Promise<void> {
  const startedAt = startOf(pid)
  if (startedAt === undefined) return
  const others = readEntries(path).filter(isThere).slice(0, maxOthers)
  await writeFile(path, JSON.stringify({ pid, startedAt, others }), { mode: 0o600 })
}

export async function forgetChild(path: string): Promise<void> {
  await rm(path, { force: true })
}

/**
 * Ends the processes that were remembered, where they are still those: an agent should end when its stdin does, but one
 * that does not would work on a turn that is asked again. Linux only, where ids can be told from ids that are used
 * again.
 */
export function endLeftBehind(path: string): void {
  for (const entry of readEntries(path)) if (isThere(entry)) killFamily(entry.pid)
}

/** Newest first; none where there is no record, or nothing that can be read. */
function readEntries(path: string): readonly Entry[] {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof value !== 'object' || value === null) return []
    const others = 'others' in value && Array.isArray(value.others) ? value.others : []
    return [value, ...others.slice(0, maxOthers)].filter(isEntry)
  } catch {
    return []
  }
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false
  if (!('pid' in value && 'startedAt' in value) || typeof value.startedAt !== 'string') return false
  return typeof value.pid === 'number' && Number.isSafeInteger(value.pid) && value.pid > 1
}

function isThere({ pid, startedAt }: Entry): boolean {
  return startedAt === startOf(pid)
}

/** When a process was started, in ticks since the machine was; with its id unique until the next boot. */
function startOf(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return ticks === undefined ? undefined : `${boot} ${ticks}`
  } catch {
    return undefined
  }
}
