import type { Database, Statement } from 'better-sqlite3'
import type { Address } from '../../core/model.ts'
import type { SenderRow, SenderStatus } from '../../core/store/access.ts'
import { RowCache } from './row-cache.ts'

type SenderRecord = {
  readonly account: string
  readonly id: string
  readonly channel: string
  readonly name: string
  readonly language: string | null
  readonly status: string | null
  readonly direct_conversation: number | null
  readonly updated_at: number
}

/** What is known of a sender; what is left out stays as it was. */
type Known = {
  readonly account: string
  readonly id: string
  readonly channel: string
  readonly name: string
  readonly language?: string | undefined
  readonly status?: SenderStatus
  readonly directConversation?: number | null
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

/**
 * The people who write, with what they may. Used inside transactions only, but for reading, and alone in changing them:
 * it keeps them in memory.
 */
export class Senders {
  readonly #known = new RowCache<SenderRecord>()
  readonly #db: Database
  readonly #find: Statement<[string, string]>
  readonly #save: Statement
  readonly #remove: Statement<[string, string]>

  constructor(db: Database) {
    this.#db = db
    this.#find = db.prepare('SELECT * FROM senders WHERE account = ? AND id = ?')
    this.#save = db.prepare(
      `INSERT INTO senders (account, id, channel, name, language, status, direct_conversation, updated_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (account, id) DO UPDATE SET channel = excluded.channel, name = excluded.name, language = COALESCE(excluded.language, language),
         status = COALESCE(excluded.status, status), updated_at = excluded.updated_at,
         direct_conversation = COALESCE(excluded.direct_conversation, direct_conversation)`,
    )
    this.#remove = db.prepare(
      'UPDATE senders SET status = NULL WHERE account = ? AND id = ? AND status IS NOT NULL',
    )
  }

  find(account: string, id: string): SenderRecord | undefined {
    const key = `${account}\n${id}`
    return (
      this.#known.get(key) ??
      this.#known.keep(key, this.#find.get(account, id) as SenderRecord | undefined)
    )
  }

  /** Forgets what is kept in memory. */
  forget(): void {
    this.#known.clear()
  }

  /** Those somebody decided about. */
  withStatus(): SenderRow[] {
    const rows = this.#db
      .prepare(
        'SELECT * FROM senders WHERE status IS NOT NULL ORDER BY account, name, id LIMIT 10000',
      )
      .all()
    return (rows as SenderRecord[]).map(toSender)
  }

  save(sender: Known, now: number): void {
    this.#known.forget(`${sender.account}\n${sender.id}`)
    this.#save.run(
      sender.account,
      sender.id,
      sender.channel,
      sender.name,
      sender.language ?? null,
      sender.status ?? null,
      sender.directConversation ?? null,
      now,
    )
  }

  /** Forgets what somebody decided about a sender; false if nobody had. */
  removeStatus(account: string, id: string): boolean {
    this.#known.forget(`${account}\n${id}`)
    return this.#remove.run(account, id).changes === 1
  }

  /** Remembers who writes and where they can be reached directly; writes only what changed. */
  seen(
    address: Address,
    author: { id: string; name: string; language?: string },
    directConversation: number | null,
    now: number,
  ): void {
    const { account, channel } = address
    const known = this.find(account, author.id)
    const isSame =
      known !== undefined &&
      known.name === author.name &&
      known.channel === channel &&
      (author.language === undefined || known.language === author.language) &&
      (directConversation === null || known.direct_conversation === directConversation)
    if (isSame) return
    const { id, name, language } = author
    this.save({ account, id, channel, name, language, directConversation }, now)
  }
}
