import { timingSafeEqual } from 'node:crypto'
import type { Database, Statement } from 'better-sqlite3'
import type { Address } from '../../core/model.ts'
import { hashPairingCode } from '../../core/pairing.ts'
import type {
  AccessStore,
  ApprovalResult,
  Facts,
  PairingRow,
  SenderRow,
  SenderStatus,
} from '../../core/store.ts'
import { addressOf, type Conversations } from './conversations.ts'
import { formatId, parseId } from './ids.ts'
import type { Writer } from './writer.ts'

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

type SenderRecord = {
  account: string
  id: string
  channel: string
  name: string
  status: string | null
  updated_at: number
}

function isEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}

function toSender(row: SenderRecord): SenderRow {
  return {
    account: row.account,
    channel: row.channel,
    id: row.id,
    name: row.name,
    status: row.status as SenderStatus,
    at: row.updated_at,
  }
}

/** Rights as rows. The methods without a promise are for use inside a transaction. */
export class SqliteAccess implements AccessStore {
  readonly #db: Database
  readonly #writer: Writer
  readonly #conversations: Conversations
  readonly #sender: Statement<[string, string]>
  readonly #saveSender: Statement
  readonly #pairings: Statement
  readonly #audit: Statement<[number, string, string]>

  constructor(db: Database, writer: Writer, conversations: Conversations) {
    this.#db = db
    this.#writer = writer
    this.#conversations = conversations
    this.#sender = db.prepare('SELECT * FROM senders WHERE account = ? AND id = ?')
    this.#saveSender = db.prepare(
      `INSERT INTO senders (account, id, channel, name, language, status, direct_conversation, updated_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (account, id) DO UPDATE SET channel = excluded.channel, name = excluded.name, language = COALESCE(excluded.language, language),
         status = COALESCE(excluded.status, status), updated_at = excluded.updated_at,
         direct_conversation = COALESCE(excluded.direct_conversation, direct_conversation)`,
    )
    this.#pairings = db.prepare('SELECT * FROM pairings WHERE expires_at > ? ORDER BY id')
    this.#audit = db.prepare('INSERT INTO audit (at, action, subject) VALUES (?, ?, ?)')
  }

  facts(address: Address, senderId: string, alias: string | undefined): Facts {
    const conversation = this.#conversations.find(address)
    const sender = (this.#sender.get(address.account, senderId) ??
      (alias === undefined ? undefined : this.#sender.get(address.account, alias))) as
      | SenderRecord
      | undefined
    return {
      senderStatus: (sender?.status ?? undefined) as SenderStatus | undefined,
      isChatApproved:
        conversation?.is_approved === 1 ||
        (conversation === undefined &&
          this.#conversations.ofChat(address.account, address.chat)[0]?.is_approved === 1),
      isChatAlive: conversation?.is_alive !== 0,
    }
  }

  /** Remembers who writes and where they can be reached directly; writes only what changed. */
  seen(
    address: Address,
    author: { id: string; name: string; language?: string },
    directConversation: number | null,
    now: number,
  ): void {
    const known = this.#sender.get(address.account, author.id) as
      | (SenderRecord & { language: string | null; direct_conversation: number | null })
      | undefined
    const isSame =
      known !== undefined &&
      known.name === author.name &&
      known.channel === address.channel &&
      (author.language === undefined || known.language === author.language) &&
      (directConversation === null || known.direct_conversation === directConversation)
    if (isSame) return
    this.#saveSender.run(
      address.account,
      author.id,
      address.channel,
      author.name,
      author.language ?? null,
      null,
      directConversation,
      now,
    )
  }

  /** Makes a request unless the sender has one or the account has `maxPending`. Returns its row, if made. */
  requestPairing(
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

  approveNow(idOrCode: string, isOwner: boolean, now: number): ApprovalResult {
    const open = this.#pairings.all(0) as PairingRecord[]
    const byId = parseId('p', idOrCode)
    let pairing = open.find((row) => row.id === byId)
    if (byId === -1) {
      const failures = this.#db
        .prepare('SELECT at FROM approval_failures WHERE at > ? ORDER BY at')
        .pluck()
        .all(now - lockoutMs) as number[]
      if (failures.length >= maxWrongCodes) {
        return { result: 'locked', until: (failures.at(-1) ?? now) + lockoutMs }
      }
      const code = idOrCode.trim().toUpperCase()
      pairing = open.find((row) => isEqual(row.code_hash, hashPairingCode(code, row.salt)))
      if (!pairing) {
        this.#db.prepare('DELETE FROM approval_failures WHERE at <= ?').run(now - lockoutMs)
        this.#db.prepare('INSERT INTO approval_failures (at) VALUES (?)').run(now)
      }
    }
    if (!pairing) return { result: 'unknown' }
    this.#db.prepare('DELETE FROM pairings WHERE id = ?').run(pairing.id)
    if (pairing.expires_at <= now) return { result: 'expired' }
    const status: SenderStatus = isOwner ? 'owner' : 'paired'
    this.#saveSender.run(
      pairing.account,
      pairing.sender,
      pairing.channel,
      pairing.sender_name,
      null,
      status,
      pairing.conversation_id,
      now,
    )
    this.#audit.run(now, `pairing approved as ${status}`, `${pairing.account} ${pairing.sender}`)
    const conversation = this.#db
      .prepare('SELECT * FROM conversations WHERE id = ?')
      .get(pairing.conversation_id)
    return {
      result: 'approved',
      sender: toSender(this.#sender.get(pairing.account, pairing.sender) as SenderRecord),
      chat: addressOf(
        conversation as { channel: string; account: string; chat: string; thread: string },
      ),
    }
  }

  rejectNow(id: number): boolean {
    return this.#db.prepare('DELETE FROM pairings WHERE id = ?').run(id).changes === 1
  }

  async pairings(now: number): Promise<PairingRow[]> {
    return (this.#pairings.all(now) as PairingRecord[]).map((row) => ({
      id: formatId('p', row.id),
      channel: row.channel,
      account: row.account,
      sender: row.sender,
      senderName: row.sender_name,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
    }))
  }

  approve(idOrCode: string, isOwner: boolean, now: number): Promise<ApprovalResult> {
    return this.#writer.write(() => this.approveNow(idOrCode, isOwner, now))
  }

  reject(id: string): Promise<boolean> {
    return this.#writer.write(() => this.rejectNow(parseId('p', id)))
  }

  async senders(): Promise<SenderRow[]> {
    const rows = this.#db
      .prepare(
        'SELECT * FROM senders WHERE status IS NOT NULL ORDER BY account, name, id LIMIT 10000',
      )
      .all()
    return (rows as SenderRecord[]).map(toSender)
  }

  setSender(
    sender: { account: string; channel: string; id: string; name: string },
    status: SenderStatus,
    now: number,
  ): Promise<void> {
    return this.#writer.write(() => {
      this.#saveSender.run(
        sender.account,
        sender.id,
        sender.channel,
        sender.name,
        null,
        status,
        null,
        now,
      )
      this.#db
        .prepare('DELETE FROM pairings WHERE account = ? AND sender = ?')
        .run(sender.account, sender.id)
      this.#audit.run(now, `sender set to ${status}`, `${sender.account} ${sender.id}`)
    })
  }

  removeSender(account: string, id: string, now: number): Promise<boolean> {
    return this.#writer.write(() => {
      const { changes } = this.#db
        .prepare(
          'UPDATE senders SET status = NULL WHERE account = ? AND id = ? AND status IS NOT NULL',
        )
        .run(account, id)
      if (changes === 1) this.#audit.run(now, 'sender removed', `${account} ${id}`)
      return changes === 1
    })
  }

  approveChat(address: Address, isApproved: boolean, now: number): Promise<void> {
    return this.#writer.write(() => {
      this.#conversations.ensure(address, 'group', undefined, now)
      this.#db
        .prepare('UPDATE conversations SET is_approved = ? WHERE account = ? AND chat = ?')
        .run(isApproved ? 1 : 0, address.account, address.chat)
      this.#audit.run(
        now,
        isApproved ? 'chat approved' : 'chat approval withdrawn',
        `${address.account} ${address.chat}`,
      )
    })
  }

  async language(account: string, senderId: string): Promise<string | undefined> {
    const row = this.#sender.get(account, senderId) as { language: string | null } | undefined
    return row?.language ?? undefined
  }

  async directChat(account: string, senderId: string): Promise<Address | undefined> {
    const row = this.#db
      .prepare(
        `SELECT c.* FROM senders s JOIN conversations c ON c.id = s.direct_conversation
         WHERE s.account = ? AND s.id = ? AND c.is_alive = 1`,
      )
      .get(account, senderId)
    return row === undefined
      ? undefined
      : addressOf(row as { channel: string; account: string; chat: string; thread: string })
  }
}
