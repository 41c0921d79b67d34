import type { Database, Statement } from 'better-sqlite3'
import type { Address, ChatKind, QueueMode, ReplyRoute, Space } from '../../core/model.ts'
import type { ChatSettings, ChatSettingsChange } from '../../core/store/conversations.ts'
import { RowCache } from './row-cache.ts'
import { Spaces } from './spaces.ts'

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
  readonly space: string | null
  readonly mention: number | null
  readonly agent: string | null
  readonly queue_mode: QueueMode | null
  readonly stream: number | null
}

export function addressOf(row: {
  channel: string
  account: string
  chat: string
  thread: string
}): Address {
  const { channel, account, chat, thread } = row
  return thread === '' ? { channel, account, chat } : { channel, account, chat, thread }
}

export function routeOf(conversation: ConversationRow, replyTo: string | null): ReplyRoute {
  const route = { ...addressOf(conversation), chatKind: conversation.kind }
  return replyTo === null ? route : { ...route, replyTo }
}

/** What was chosen for a conversation itself. */
export function settingsOf(row: ConversationRow): ChatSettings {
  return {
    ...(row.mention !== null && { mention: row.mention === 1 }),
    ...(row.agent !== null && { agent: row.agent }),
    ...(row.queue_mode !== null && { queue: row.queue_mode }),
    ...(row.stream !== null && { stream: row.stream === 1 }),
  }
}

function changed<T>(change: T | null | undefined, before: T | null): T | null {
  return change === undefined ? before : change
}

function flag(value: boolean | null | undefined, before: number | null): number | null {
  return value === undefined || value === null ? changed(value, before) : Number(value)
}

/** The places the gateway has seen. Used inside transactions only, and alone in changing them: it keeps them in memory. */
export class Conversations {
  readonly #known = new RowCache<ConversationRow>()
  readonly #knownById = new RowCache<ConversationRow>()
  readonly #find: Statement<[string, string, string]>
  readonly #byId: Statement<[number]>
  readonly #ofChat: Statement<[string, string]>
  readonly #insert: Statement
  readonly #update: Statement
  readonly #setAlive: Statement<[number, string, string, string | null]>
  readonly #configure: Statement
  readonly #setSpace: Statement<[string, number]>
  readonly #approve: Statement<[number, string, string]>
  readonly #rename: Statement<[string, number, number]>
  readonly #nextId: Statement
  readonly #spaces: Spaces

  constructor(db: Database) {
    this.#spaces = new Spaces(db)
    this.#find = db.prepare(
      'SELECT * FROM conversations WHERE account = ? AND chat = ? AND thread = ?',
    )
    this.#byId = db.prepare('SELECT * FROM conversations WHERE id = ?')
    this.#ofChat = db.prepare(
      'SELECT * FROM conversations WHERE account = ? AND chat = ? ORDER BY id',
    )
    this.#insert = db.prepare(
      `INSERT INTO conversations (id, channel, account, chat, thread, kind, title, lane, is_alive, is_approved, space, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#update = db.prepare(
      'UPDATE conversations SET channel = ?, kind = ?, title = ? WHERE id = ?',
    )
    this.#setAlive = db.prepare(
      'UPDATE conversations SET is_alive = ? WHERE account = ? AND chat = ? AND thread = COALESCE(?, thread)',
    )
    this.#configure = db.prepare(
      'UPDATE conversations SET mention = ?, agent = ?, queue_mode = ?, stream = ? WHERE id = ?',
    )
    this.#setSpace = db.prepare('UPDATE conversations SET space = ? WHERE id = ?')
    this.#approve = db.prepare(
      'UPDATE conversations SET is_approved = ? WHERE account = ? AND chat = ?',
    )
    this.#rename = db.prepare(
      'UPDATE conversations SET chat = ?, is_alive = 1, created_at = MIN(created_at, ?) WHERE id = ?',
    )
    this.#nextId = db.prepare('SELECT COALESCE(MAX(id), 0) + 1 FROM conversations').pluck()
  }

  find({ account, chat, thread = '' }: Omit<Address, 'channel'>): ConversationRow | undefined {
    const key = `${account}\n${chat}\n${thread}`
    return (
      this.#known.get(key) ??
      this.#known.keep(key, this.#find.get(account, chat, thread) as ConversationRow | undefined)
    )
  }

  byId(id: number): ConversationRow {
    return (
      this.#knownById.get(id) ?? this.#knownById.keep(id, this.#byId.get(id) as ConversationRow)
    )
  }

  /** Forgets what is kept in memory. */
  forget(): void {
    this.#known.clear()
    this.#knownById.clear()
  }

  /** All threads of a chat, the oldest first. */
  ofChat(account: string, chat: string): readonly ConversationRow[] {
    return this.#ofChat.all(account, chat) as ConversationRow[]
  }

  /** What an owner said about a chat, or about its space; 0 where nobody did. */
  approvalOf(
    { account, chat }: Address,
    found: ConversationRow | undefined,
    space: Space | undefined,
  ): -1 | 0 | 1 {
    const row = found ?? this.ofChat(account, chat)[0]
    if (row !== undefined && row.is_approved !== 0) return row.is_approved === 1 ? 1 : -1
    const spaceId = space?.id ?? row?.space ?? undefined
    const said = spaceId === undefined ? 0 : this.#spaces.find(account, spaceId)?.is_approved
    return said === 1 ? 1 : said === -1 ? -1 : 0
  }

  /** What was chosen for a place: a thread has from its chat what was not chosen for it. */
  settingsOf({ account, chat, thread }: Address, found: ConversationRow | undefined): ChatSettings {
    const own = found ? settingsOf(found) : {}
    if (thread === undefined) return own
    const around = this.find({ account, chat })
    return around ? { ...settingsOf(around), ...own } : own
  }

  configure(row: ConversationRow, change: ChatSettingsChange): void {
    this.forget()
    this.#configure.run(
      flag(change.mention, row.mention),
      changed(change.agent, row.agent),
      changed(change.queue, row.queue_mode),
      flag(change.stream, row.stream),
      row.id,
    )
  }

  /** Notes what an owner said about a chat with all its threads: 1, -1, or 0 for nothing. */
  approve(account: string, chat: string, isApproved: number): void {
    this.forget()
    this.#approve.run(isApproved, account, chat)
  }

  /** Gives a conversation the new id of its chat, where it takes messages again. */
  rename(id: number, chat: string, now: number): void {
    this.forget()
    this.#rename.run(chat, now, id)
  }

  /** Notes whether a chat with all its threads takes messages, or one thread of it. */
  setAlive({ account, chat, thread }: Omit<Address, 'channel'>, isAlive: boolean): void {
    this.forget()
    this.#setAlive.run(isAlive ? 1 : 0, account, chat, thread ?? null)
  }

  /** Finds the conversation or makes it, and keeps its channel name and title up to date. */
  ensure(
    address: Address,
    kind: ChatKind,
    title: string | undefined,
    now: number,
    space?: Space,
  ): ConversationRow {
    if (space) this.#spaces.seen(address.account, space)
    const found = this.#inSpace(this.find(address), space)
    if (found) {
      const newTitle = title ?? found.title
      if (found.channel === address.channel && found.title === newTitle && found.kind === kind)
        return found
      this.forget()
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
      space: space?.id ?? first?.space ?? null,
      mention: null,
      agent: null,
      queue_mode: null,
      stream: null,
    }
    this.forget()
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
      row.space,
      now,
    )
    return row
  }

  #inSpace(
    row: ConversationRow | undefined,
    space: Space | undefined,
  ): ConversationRow | undefined {
    if (row === undefined || space === undefined || row.space === space.id) return row
    this.forget()
    this.#setSpace.run(space.id, row.id)
    return { ...row, space: space.id }
  }
}
