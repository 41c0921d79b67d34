import { createHash, randomBytes, randomInt } from 'node:crypto'

/** Without 0 O 1 I: nobody mistypes what they read on a phone. */
const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
const length = 8

export const pairingMs = 3_600_000
export const maxPendingPairings = 3

/** A pairing code for the chat, and what is stored of it. */
export function newPairingCode(): {
  readonly code: string
  readonly hash: string
  readonly salt: string
} {
  const code = Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
  const salt = randomBytes(16).toString('hex')
  return { code, hash: hashPairingCode(code, salt), salt }
}

export function hashPairingCode(code: string, salt: string): string {
  return createHash('sha256').update(`${salt}:${code}`).digest('hex')
}
