import type { Database } from 'better-sqlite3'
import type { ChatKind } from '../../core/model.ts'
import type { KnownMessage, KnownPlace } from '../../core/ports.ts'
import { addressOf } from './conversations.ts'

type KnownRow = { chat: string; id: string; at: number }
type PlaceRow = KnownRow & { channel: string; account: string; thread: string; kind: ChatKind }

/** The platform's ids of what came in and what was sent: what a channel can be reconciled with. */
export class KnownMessages {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** The last `limit` of an account, both directions, oldest first. */
  last(account: string, limit: number): KnownMessage[] {
    const incoming = this.#db
      .prepare(
        `SELECT c.chat, m.platform_id AS id, m.received_at AS at FROM messages m
         JOIN conversations c ON c.id = m.conversation_id
         WHERE c.account = ? AND m.kind = 'message' ORDER BY m.id DESC LIMIT ?`,
      )
      .all(account, limit) as KnownRow[]
    const outgoing = this.#db
      .prepare(
        `SELECT c.chat, d.platform_message_id AS id, d.sent_at AS at FROM deliveries d
         JOIN conversations c ON c.id = d.conversation_id
         WHERE d.account = ? AND d.platform_message_id IS NOT NULL ORDER BY d.id DESC LIMIT ?`,
      )
      .all(account, limit) as KnownRow[]
    return [
      ...incoming.map((row) => ({ ...row, isOwn: false })),
      ...outgoing.map((row) => ({ ...row, isOwn: true })),
    ]
      .sort((a, b) => a.at - b.at)
      .slice(-limit)
  }

  /** Where an account has been heard, the latest first. */
  places(account: string, limit: number): KnownPlace[] {
    const rows = this.#db
      .prepare(
        `SELECT c.channel, c.account, c.chat, c.thread, c.kind, m.platform_id AS id, m.received_at AS at
         FROM conversations c JOIN messages m ON m.id =
           (SELECT MAX(id) FROM messages WHERE conversation_id = c.id AND kind = 'message')
         WHERE c.account = ? ORDER BY m.id DESC LIMIT ?`,
      )
      .all(account, limit) as PlaceRow[]
    return rows.map((row) => ({
      address: addressOf(row),
      chatKind: row.kind,
      lastMessageId: row.id,
      at: row.at,
    }))
  }
}
