import { createHash } from 'node:crypto'
import type { HeartbeatAnswer } from '../store/heartbeats.ts'

const token = 'HEARTBEAT_OK'
/** More beside the token is something to be told all the same. */
const maxBeside = 300

const atStart = new RegExp(`^[\\s\\p{P}\\p{S}]*${token}(?!\\w)[\\s\\p{P}\\p{S}]*`, 'u')
const atEnd = new RegExp(`[\\s\\p{P}\\p{S}]*(?<!\\w)${token}[\\s\\p{P}\\p{S}]*$`, 'u')

/**
 * What the owner should hear of a check-in; undefined: nothing. The structured answer counts when there is one, else
 * the text: with `HEARTBEAT_OK` at its start or end and little beside it, all is well. The token itself is never shown.
 */
export function readAnswer(answer: HeartbeatAnswer | null, text: string): string | undefined {
  if (answer) {
    if (!answer.notify) return undefined
    return withoutToken(answer.text) || withoutToken(text) || undefined
  }
  const rest = withoutToken(text)
  const isFine = rest !== text.trim() && rest.length <= maxBeside
  return isFine || rest === '' ? undefined : rest
}

function withoutToken(text: string): string {
  return text.trim().replace(atStart, '').replace(atEnd, '').trim()
}

/** The same for alerts that say the same: case, marks, spaces and digits of a changing count or time do not matter. */
export function alertHash(text: string): string {
  const normal = text
    .toLowerCase()
    .replace(/\d+/g, '0')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
  return createHash('sha256').update(normal).digest('hex')
}
