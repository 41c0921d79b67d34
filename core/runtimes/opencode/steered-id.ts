import { createHash } from 'node:crypto'
import { createMessageId } from './message-id.ts'

/** `msg_` and the time. */
const headLength = 16
const tagLength = 6

/** A new id for a message that is said into the turn of a prompt: its end tells both. */
export function createSteeredId(promptId: string, messageId: string, now: number): string {
  const own = digest(`${promptId} ${messageId}`).slice(0, 14 - tagLength)
  return `${createMessageId(now).slice(0, headLength)}${tagOf(promptId)}${own}`
}

/** Whether a message was said into the turn of this prompt. */
export function isSteered(id: string, promptId: string): boolean {
  return id.slice(headLength, headLength + tagLength) === tagOf(promptId)
}

function tagOf(promptId: string): string {
  return digest(promptId).slice(0, tagLength)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
