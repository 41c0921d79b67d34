/**
 * Invariant: what a token is good for is written into it and signed, so it is known without being kept; whoever holds
 * one has no right beyond the turn that executes now in its session (core/tools/tool-desk.ts).
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomically } from '../../config/write-file.ts'
import type { Clock } from '../../core/clock.ts'

/** What a token stands for. Without a session it is an agent's, whose runtime names its session with every call. */
export type TokenSubject = { readonly agent: string; readonly sessionId?: string }

/** A token from before the last start of the gateway is good for so long. */
export const tokenMs = 24 * 3_600_000
const maxKept = 10_000
const prefix = 'jdtool'

/**
 * Makes and checks the tokens by which agents call the gateway's tools. A new token for the same subject ends the ones
 * before it; otherwise one lasts as long as the gateway that made it runs, and a day at most after that.
 */
export class ToolTokens {
  readonly #key: Buffer
  readonly #clock: Clock
  /** The serial of the newest token by subject, of those this process made. */
  readonly #newest = new Map<string, string>()

  constructor(key: Buffer, clock: Clock) {
    this.#key = key
    this.#clock = clock
  }

  mint(subject: TokenSubject): string {
    const serial = randomBytes(9).toString('base64url')
    this.#keep(nameOf(subject), serial)
    const fields = [subject.agent, subject.sessionId ?? null, this.#clock.now(), serial]
    const body = Buffer.from(JSON.stringify(fields)).toString('base64url')
    return `${prefix}.${body}.${this.#sign(body)}`
  }

  /** What it stands for, or undefined for one that was not made here, is too old or was replaced. */
  verify(token: string): TokenSubject | undefined {
    const [start, body = '', mac = ''] = token.split('.')
    if (start !== prefix || !isEqual(mac, this.#sign(body))) return undefined
    const fields: unknown = JSON.parse(Buffer.from(body, 'base64url').toString())
    if (!Array.isArray(fields)) return undefined
    const [agent, sessionId, at, serial]: unknown[] = fields
    if (typeof agent !== 'string' || typeof at !== 'number') return undefined
    const subject = typeof sessionId === 'string' ? { agent, sessionId } : { agent }
    const name = nameOf(subject)
    const newest = this.#newest.get(name)
    const isGood = newest === undefined ? this.#clock.now() - at < tokenMs : newest === serial
    if (isGood && newest !== undefined) this.#keep(name, newest)
    return isGood ? subject : undefined
  }

  /** Those in use are kept: a session may go on for weeks with the token it was opened with. */
  #keep(name: string, serial: string): void {
    this.#newest.delete(name)
    this.#newest.set(name, serial)
    const [oldest] = this.#newest.keys()
    if (this.#newest.size > maxKept && oldest !== undefined) this.#newest.delete(oldest)
  }

  #sign(body: string): string {
    return createHmac('sha256', this.#key).update(body).digest('base64url')
  }
}

/** The key of this data directory, made at its first use. */
export async function toolKey(dataDir: string): Promise<Buffer> {
  const file = join(dataDir, 'tool-key')
  if (existsSync(file)) {
    const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64url')
    if (key.length === 32) return key
  }
  const key = randomBytes(32)
  await writeFileAtomically(file, `${key.toString('base64url')}\n`)
  return key
}

function nameOf({ agent, sessionId = '' }: TokenSubject): string {
  return `${sessionId} ${agent}`
}

function isEqual(one: string, other: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(one), hash(other))
}
