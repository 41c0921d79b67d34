import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { killFamily } from '../processes.ts'

/** Remembers a process, so that the next gateway can end it if this one is killed. */
export async function noteChild(path: string, pid: number): Promise<void> {
  const startedAt = startOf(pid)
  if (startedAt === undefined) return
  await writeFile(path, JSON.stringify({ pid, startedAt }), { mode: 0o600 })
}

export async function forgetChild(path: string): Promise<void> {
  await rm(path, { force: true })
}

/**
 * Ends the process that was remembered, if it is still that one: an agent should end when its stdin does, but one that
 * does not would work on a turn that is asked again. Linux only, where ids can be told from ids that are used again.
 */
export function endLeftBehind(path: string): void {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof value !== 'object' || value === null) return
    if (!('pid' in value && 'startedAt' in value)) return
    const { pid, startedAt } = value
    if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 1) return
    if (startedAt === startOf(pid)) killFamily(pid)
  } catch {
    // There is none, or nothing that can be read: nothing to end.
  }
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
