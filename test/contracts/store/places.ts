import type { Address } from '../../../core/model.ts'
import type { RunIntake } from '../../../core/store/intake.ts'

export const account = 'telegram:7000001'
/** A direct chat. */
export const ada: Address = { channel: 'telegram', account, chat: '100' }
/** Another direct chat. */
export const bob: Address = { channel: 'telegram', account, chat: '101' }
export const group: Address = { channel: 'telegram', account, chat: '-200' }
export const topic: Address = { ...group, thread: '7' }

export function keyOf({ account, chat, thread }: Address): string {
  const kind = thread === undefined ? (chat.startsWith('-') ? 'group' : 'dm') : 'thread'
  return `v1:main:${account}:${kind}:${chat}${thread === undefined ? '' : `:${thread}`}`
}

export function runIntake(address: Address, changes: Partial<RunIntake> = {}): RunIntake {
  return {
    as: 'run',
    agent: 'main',
    sessionKey: keyOf(address),
    mode: 'collect',
    windowMs: 0,
    maxWindowMs: 10_000,
    maxAttempts: 3,
    maxQueued: 20,
    overflowNotice: () => ({ chunks: [{ text: 'That is a lot at once.' }], lane: 'control' }),
    attachmentsMs: 60_000,
    ...changes,
  }
}
