import type { Database, Statement } from 'better-sqlite3'
import type { Address, ChatKind, ReplyRoute } from '../../core/model.ts'

export type ConversationRow = {
  readonly id: number
  readonly channel: string
  readonly account: string
  readonly chat: string
  readonly thread: string
  readonly kind: ChatKind
  readonly title: string | null
  readonly lane: number
  readonly is_alive: number
  readonly is_approved: number
}

/** The columns of a conversation, for statements that join it. */
export const conversationColumns =
  'c.channel, c.account, c.chat, c.thread, c.kind AS chat_kind, c.lane AS chat_lane, c.is_alive'

export function addressOf(row: {
  channel: string
  account: string
  chat: string
  thread: string
}): Address {
  const { channel, account, chat, thread } = row
  return thread === '' ? { channel, account, chat } : { channel, account, chat, thread }
}

export function routeOf(row: {
  channel: string
  account: string
  chat: string
  thread: string
  chat_kind: string
  reply_to: string | null
}): ReplyRoute {
  const chatKind = row.chat_kind as ChatKind
  return row.reply_to === null
    ? { ...addressOf(row), chatKind }
    : { ...addressOf(row), chatKind, replyTo: row.reply_to }
}

/** The places the gateway has seen. Used inside transactions only. */
export class Conversations {
  readonly #find: Statement<[string, string, string]>
  readonly #ofChat: Statement<[string, string]>
  readonly #insert: Statement
  readonly #update: Statement
  readonly #setAlive: Statement<[number, string, string]>
  readonly #nextId: Statement

  constructor(db: Database) {
    this.#find = db.prepare(
      'SELECT * FROM conversations WHERE account = ? AND chat = ? AND thread = ?',
    )
    this.#ofChat = db.prepare(
      'SELECT * FROM conversations WHERE account = ? AND chat = ? ORDER BY id',
    )
    this.#insert = db.prepare(
      `INSERT INTO conversations (id, channel, account, chat, thread, kind, title, lane, is_alive, is_approved, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#update = db.prepare(
      'UPDATE conversations SET channel = ?, kind = ?, title = ? WHERE id = ?',
    )
    this.#setAlive = db.prepare(
      'UPDATE conversations SET is_alive = ? WHERE account = ? AND chat = ?',
    )
    this.#nextId = db.prepare('SELECT COALESCE(MAX(id), 0) + 1 FROM conversations').pluck()
  }

  find(address: Omit<Address, 'channel'>): ConversationRow | undefined {
    return this.#find.get(address.account, address.chat, address.thread ?? '') as
      | ConversationRow
      | undefined
  }

  /** All threads of a chat, the oldest first. */
  ofChat(account: string, chat: string): readonly ConversationRow[] {
    return this.#ofChat.all(account, chat) as ConversationRow[]
  }

  /** Notes whether a chat, with all its threads, takes messages. */
  setAlive(account: string, chat: string, isAlive: boolean): void {
    this.#setAlive.run(isAlive ? 1 : 0, account, chat)
  }

  /** Finds the conversation or makes it, and keeps its channel name and title up to date. */
  ensure(
    address: Address,
    kind: ChatKind,
    title: string | undefined,
    now: number,
  ): ConversationRow {
    const found = this.find(address)
    if (found) {
      const newTitle = title ?? found.title
      if (found.channel === address.channel && found.title === newTitle && found.kind === kind)
        return found
      this.#update.run(address.channel, kind, newTitle, found.id)
      return { ...found, channel: address.channel, kind, title: newTitle }
    }
    const first = this.ofChat(address.account, address.chat)[0]
    const id = this.#nextId.get() as number
    const row = {
      id,
      channel: address.channel,
      account: address.account,
      chat: address.chat,
      thread: address.thread ?? '',
      kind,
      title: title ?? null,
      lane: first?.lane ?? id,
      is_alive: first?.is_alive ?? 1,
      is_approved: first?.is_approved ?? 0,
    }
    this.#insert.run(
      id,
      row.channel,
      row.account,
      row.chat,
      row.thread,
      kind,
      row.title,
      row.lane,
      row.is_alive,
      row.is_approved,
      now,
    )
    return row
  }
}
