import { randomBytes } from 'node:crypto'

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/**
 * A new id for a message, in the form OpenCode gives its own: 48 bits that grow with time, then chance. Older
 * versions of it sort messages by their ids.
 */
export function createMessageId(now: number): string {
  const time = (BigInt(now) * 0x1000n) & 0xffff_ffff_ffffn
  const chance = Array.from(randomBytes(14), (byte) => letters[byte % letters.length]).join('')
  return `msg_${time.toString(16).padStart(12, '0')}${chance}`
}
