import { timingSafeEqual } from 'node:crypto'
import type { Database, Statement } from 'better-sqlite3'
import type { Address } from '../../core/model.ts'
import { hashPairingCode } from '../../core/pairing.ts'
import type { ApprovalResult, PairingRow, SenderStatus } from '../../core/store/access.ts'
import type { Audit } from './audit.ts'
import { addressOf } from './conversations.ts'
import { formatId, parseId } from './ids.ts'
import type { QuestionMessages } from './question-messages.ts'
import type { Senders } from './senders.ts'

const maxWrongCodes = 5
const lockoutMs = 3_600_000

type PairingRecord = {
  id: number
  account: string
  channel: string
  sender: string
  sender_name: string
  conversation_id: number
  code_hash: string
  salt: string
  created_at: number
  expires_at: number
}

function isEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}

/** Strangers who ask to be let in, until somebody answers. Used inside transactions only, but for reading. */
export class Pairings {
  readonly #db: Database
  readonly #senders: Senders
  readonly #audit: Audit
  readonly #messages: QuestionMessages
  readonly #open: Statement
  readonly #asked: Statement<[string]>

  constructor(db: Database, parts: { senders: Senders; audit: Audit; messages: QuestionMessages }) {
    this.#db = db
    this.#senders = parts.senders
    this.#audit = parts.audit
    this.#messages = parts.messages
    this.#asked = db
      .prepare(`SELECT id FROM requests WHERE kind = 'pairing' AND state = 'open' AND subject = ?`)
      .pluck() as Statement<[string]>
    this.#open = db.prepare('SELECT * FROM pairings WHERE expires_at > ? ORDER BY id')
  }

  open(now: number): PairingRow[] {
    return (this.#open.all(now) as PairingRecord[]).map((row) => ({
      id: formatId('p', row.id),
      channel: row.channel,
      account: row.account,
      sender: row.sender,
      senderName: row.sender_name,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
    }))
  }

  /** Makes a request unless the sender has one or the account has `maxPending`. Returns its row, if made. */
  request(
    args: {
      address: Address
      author: { id: string; name: string }
      conversationId: number
      code: { hash: string; salt: string; expiresAt: number }
      maxPending: number
    },
    now: number,
  ): number | undefined {
    const { address, author, code } = args
    this.#db.prepare('DELETE FROM pairings WHERE expires_at <= ?').run(now)
    const open = this.#db
      .prepare('SELECT sender FROM pairings WHERE account = ?')
      .pluck()
      .all(address.account) as string[]
    if (open.includes(author.id) || open.length >= args.maxPending) return undefined
    const { lastInsertRowid } = this.#db
      .prepare(
        `INSERT INTO pairings (account, channel, sender, sender_name, conversation_id, code_hash, salt, created_at, expires_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        address.account,
        address.channel,
        author.id,
        author.name,
        args.conversationId,
        code.hash,
        code.salt,
        now,
        code.expiresAt,
      )
    return Number(lastInsertRowid)
  }

  /** By id (`p3`) or by code; wrong codes count towards the lockout. */
  approve(idOrCode: string, isOwner: boolean, now: number): ApprovalResult {
    const open = this.#open.all(0) as PairingRecord[]
    const byId = parseId('p', idOrCode)
    let pairing = open.find((row) => row.id === byId)
    if (byId === -1) {
      const until = this.#lockedUntil(now)
      if (until !== undefined) return { result: 'locked', until }
      const code = idOrCode.trim().toUpperCase()
      pairing = open.find((row) => isEqual(row.code_hash, hashPairingCode(code, row.salt)))
      if (!pairing) this.#noteWrongCode(now)
    }
    if (!pairing) return { result: 'unknown' }
    this.#delete(pairing.id, now)
    if (pairing.expires_at <= now) return { result: 'expired' }
    return this.#letIn(pairing, isOwner ? 'owner' : 'paired', now)
  }

  #lockedUntil(now: number): number | undefined {
    const failures = this.#db
      .prepare('SELECT at FROM approval_failures WHERE at > ? ORDER BY at')
      .pluck()
      .all(now - lockoutMs) as number[]
    return failures.length >= maxWrongCodes ? (failures.at(-1) ?? now) + lockoutMs : undefined
  }

  #noteWrongCode(now: number): void {
    this.#db.prepare('DELETE FROM approval_failures WHERE at <= ?').run(now - lockoutMs)
    this.#db.prepare('INSERT INTO approval_failures (at) VALUES (?)').run(now)
  }

  #letIn(pairing: PairingRecord, status: SenderStatus, now: number): ApprovalResult {
    const { account, channel } = pairing
    const sender = { account, id: pairing.sender, channel, name: pairing.sender_name, status }
    this.#senders.save({ ...sender, directConversation: pairing.conversation_id }, now)
    this.#audit.append(now, `pairing approved as ${status}`, `${account} ${pairing.sender}`)
    const conversation = this.#db
      .prepare('SELECT * FROM conversations WHERE id = ?')
      .get(pairing.conversation_id)
    return {
      result: 'approved',
      sender: { ...sender, at: now },
      chat: addressOf(conversation as Parameters<typeof addressOf>[0]),
    }
  }

  reject(id: string, now: number): boolean {
    return this.#delete(parseId('p', id), now)
  }

  /** Takes back what a sender asked for, because it was decided otherwise. */
  withdraw(account: string, sender: string, now: number): void {
    const open = this.#db
      .prepare('SELECT id FROM pairings WHERE account = ? AND sender = ?')
      .pluck()
      .all(account, sender) as number[]
    for (const id of open) this.#delete(id, now)
  }

  /** What an owner was asked about it is over too. */
  #delete(id: number, now: number): boolean {
    const isGone = this.#db.prepare('DELETE FROM pairings WHERE id = ?').run(id).changes === 1
    for (const question of this.#asked.all(formatId('p', id)) as number[])
      this.#messages.withdraw(question, now)
    return isGone
  }
}
