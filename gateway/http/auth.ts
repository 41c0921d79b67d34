import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** How long a session of the page lives after its last use. */
export const sessionMs = 30 * 24 * 3_600_000
const renewAfterMs = 24 * 3_600_000
const codeMs = 600_000
const maxCodes = 20
const maxRevoked = 1000

/**
 * Who may use the API: whoever presents the token, or a session that was opened with the token or with a one-time
 * code. A session is signed with the token instead of being kept, so that it survives a restart and ends with the
 * token; what was signed out is remembered until the next restart.
 */
export class Auth {
  /** Of this gateway alone: browsers keep one jar for all ports of a host. */
  readonly cookieName: string
  readonly #tokenHash: Buffer
  readonly #key: Buffer
  /** Hash of each one-time code, and when it ends. */
  readonly #codes = new Map<string, number>()
  readonly #revoked = new Set<string>()

  constructor(token: string) {
    this.#tokenHash = hash(token)
    const name = createHmac('sha256', token).update('jackdaw cookie').digest('hex')
    this.cookieName = `jackdaw_${name.slice(0, 8)}`
    this.#key = createHmac('sha256', token).update('jackdaw session').digest()
  }

  /** Compares in constant time. */
  isToken(candidate: string): boolean {
    return timingSafeEqual(hash(candidate), this.#tokenHash)
  }

  /** A code that opens one session within ten minutes. Of too many unused codes the oldest ends. */
  makeCode(now: number): string {
    const code = randomBytes(18).toString('base64url')
    this.#codes.set(hash(code).toString('hex'), now + codeMs)
    const [oldest] = this.#codes.keys()
    if (this.#codes.size > maxCodes && oldest !== undefined) this.#codes.delete(oldest)
    return code
  }

  /** Uses the code up, also when it is too late for it. */
  takeCode(code: string, now: number): boolean {
    const key = hash(code).toString('hex')
    const expiresAt = this.#codes.get(key)
    this.#codes.delete(key)
    return expiresAt !== undefined && now < expiresAt
  }

  /** The value of the cookie of a new session. */
  openSession(now: number): string {
    return this.#sign(randomBytes(18).toString('base64url'), now + sessionMs)
  }

  /** Whether the session is good, and the value to replace it with when it was last renewed a day ago. */
  checkSession(value: string, now: number): { isGood: boolean; renewed?: string } {
    const session = this.#read(value, now)
    if (session === undefined) return { isGood: false }
    return session.expiresAt - now > sessionMs - renewAfterMs
      ? { isGood: true }
      : { isGood: true, renewed: this.#sign(session.id, now + sessionMs) }
  }

  closeSession(value: string, now: number): void {
    const session = this.#read(value, now)
    if (session === undefined) return
    this.#revoked.add(session.id)
    const [oldest] = this.#revoked
    if (this.#revoked.size > maxRevoked && oldest !== undefined) this.#revoked.delete(oldest)
  }

  #sign(id: string, expiresAt: number): string {
    const text = `${id}.${expiresAt}`
    return `${text}.${createHmac('sha256', this.#key).update(text).digest('base64url')}`
  }

  #read(value: string, now: number): { id: string; expiresAt: number } | undefined {
    const [id = '', until = ''] = value.split('.')
    const expiresAt = Number(until)
    if (!timingSafeEqual(hash(value), hash(this.#sign(id, expiresAt)))) return undefined
    return expiresAt > now && !this.#revoked.has(id) ? { id, expiresAt } : undefined
  }
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
