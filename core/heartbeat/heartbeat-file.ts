import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs'
import { join, sep } from 'node:path'

/** What an agent is to look after, as it stands in its workspace. */
export type HeartbeatFile = {
  readonly text: string
  /** Of its words; comments, headings and empty lines make no difference. */
  readonly fingerprint: string
}

export const heartbeatFileName = 'HEARTBEAT.md'
const maxBytes = 32_768

/** Reads HEARTBEAT.md; undefined when it is missing, says nothing, or is a link out of the workspace. */
export function readHeartbeatFile(workspace: string): HeartbeatFile | undefined {
  const text = read(workspace)
  const words = wordsOf(text ?? '')
  if (text === undefined || words === '') return undefined
  return { text: text.trim(), fingerprint: createHash('sha256').update(words).digest('hex') }
}

/** What is left of the text without comments, headings, rules and list marks; empty when there is nothing to do. */
function wordsOf(text: string): string {
  return text
    .replace(/<!--[\s\S]*?(?:-->|$)/g, '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => !/^#{1,6}(\s|$)/.test(line))
    .map((line) => line.replace(/^(?:[-*+]|\d+[.)])(?:\s+\[[ xX]\])?(?:\s+|$)/, ''))
    .filter((line) => line !== '' && !/^(?:[-*_=`~]\s*){3,}$/.test(line))
    .join('\n')
}

/** At once: it is small, and it is read once in a while. */
function read(workspace: string): string | undefined {
  try {
    const folder = realpathSync(workspace)
    const path = realpathSync(join(folder, heartbeatFileName))
    return path.startsWith(folder + sep) ? readStart(path) : undefined
  } catch {
    // Missing and unreadable are the same here: there is nothing to look after.
    return undefined
  }
}

function readStart(path: string): string | undefined {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!fstatSync(file).isFile()) return undefined
    const buffer = Buffer.alloc(maxBytes)
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, maxBytes, 0))
  } finally {
    closeSync(file)
  }
}
