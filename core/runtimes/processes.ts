/**
 * Ending processes that were started with a group of their own, and what they have started. A process that has left
 * its group is found by its parent, where the system says (Linux), while that parent lives.
 */
import { readdirSync, readFileSync } from 'node:fs'

const maxDescendants = 1_000

/** Whether a process is there; one that has ended and was not waited for yet counts. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Signals a process and its group. What is not there any more needs no signal. */
export function signalGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  for (const target of [-pid, pid]) send(target, signal)
}

/** Kills what is left of the group of a process that has ended. */
export function killGroup(pid: number): void {
  send(-pid, 'SIGKILL')
}

/** Kills a process, its group, and what they have started in groups of their own. */
export function killFamily(pid: number): void {
  const family = descendants(pid)
  signalGroup(pid, 'SIGKILL')
  for (const one of family) send(one, 'SIGKILL')
}

/** Whether a process was stopped (SIGSTOP), so that it cannot take any other signal than SIGKILL. Linux only. */
export function isStopped(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return /^ [Tt]/.test(stat.slice(stat.lastIndexOf(')') + 1))
  } catch {
    return false
  }
}

/** Children and theirs. Linux only; elsewhere and for a process that has ended: none. */
function descendants(pid: number): readonly number[] {
  const found: number[] = []
  const parents = [pid]
  while (parents.length > 0 && found.length < maxDescendants) {
    const parent = parents.pop()
    const children = childrenOf(parent ?? pid)
    found.push(...children)
    parents.push(...children)
  }
  return found
}

function childrenOf(pid: number): readonly number[] {
  try {
    // A child belongs to the thread that has begun it.
    const tasks = readdirSync(`/proc/${pid}/task`)
    const texts = tasks.map((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8'))
    return texts.flatMap((text) => text.split(' ').filter(Boolean).map(Number))
  } catch {
    return []
  }
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal)
  } catch {
    // It has ended meanwhile, which is what was wanted.
  }
}
