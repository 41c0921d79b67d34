import type { Database } from 'better-sqlite3'
import { type ConversationRow, type Conversations, settingsOf } from './conversations.ts'
import { laneNumber, type Outgoing } from './outgoing.ts'
import type { SessionRows } from './sessions.ts'

/** Moves everything of a chat to its new id, as when a Telegram group becomes a supergroup. Used inside transactions only. */
export class ChatMigration {
  readonly #db: Database
  readonly #conversations: Conversations
  readonly #sessions: SessionRows
  readonly #outgoing: Outgoing

  constructor(
    db: Database,
    parts: { conversations: Conversations; sessions: SessionRows; outgoing: Outgoing },
  ) {
    this.#db = db
    this.#conversations = parts.conversations
    this.#sessions = parts.sessions
    this.#outgoing = parts.outgoing
  }

  move(account: string, from: string, to: string, now: number): void {
    this.#sessions.forget()
    for (const old of this.#conversations.ofChat(account, from)) {
      const target = this.#conversations.find({ account, chat: to, thread: old.thread })
      if (target) this.#merge(old, target)
      else this.#conversations.rename(old.id, to, now)
    }
    this.#moveSessionKeys(account, from, to)
  }

  /** Both ids are known already: what was said in the old place, and what waits there, belongs to the new one. */
  #merge(old: ConversationRow, target: ConversationRow): void {
    this.#db
      .prepare('UPDATE OR IGNORE messages SET conversation_id = ? WHERE conversation_id = ?')
      .run(target.id, old.id)
    for (const table of ['runs', 'sessions', 'requests']) {
      this.#db
        .prepare(`UPDATE ${table} SET conversation_id = ? WHERE conversation_id = ?`)
        .run(target.id, old.id)
    }
    this.#db
      .prepare('UPDATE jobs SET conversation_id = ? WHERE conversation_id = ?')
      .run(target.id, old.id)
    this.#db.prepare('UPDATE jobs SET origin_id = ? WHERE origin_id = ?').run(target.id, old.id)
    this.#db.prepare('UPDATE requests SET asked_in = ? WHERE asked_in = ?').run(target.id, old.id)
    if (old.is_approved !== 0)
      this.#conversations.approve(target.account, target.chat, old.is_approved)
    this.#conversations.configure(target, { ...settingsOf(old), ...settingsOf(target) })
    for (const lane of ['answer', 'control'] as const) {
      const lanes = [laneNumber(old.lane, lane), laneNumber(target.lane, lane)] as const
      // What is being sent ends in its old lane; what waits takes its place in the new one.
      this.#db
        .prepare(
          `UPDATE deliveries SET conversation_id = ?, lane = ?, head = 0 WHERE lane = ? AND conversation_id = ? AND state = 'pending'`,
        )
        .run(target.id, lanes[1], lanes[0], old.id)
      for (const moved of lanes) this.#outgoing.ensureHead(moved)
    }
  }

  /** The chat is the component behind the kind (`…:group:<chat>[:<thread>]`); a key already taken keeps its session. */
  #moveSessionKeys(account: string, from: string, to: string): void {
    const mark = `:${account}:`
    const sessions = this.#db
      .prepare('SELECT id, key FROM sessions WHERE instr(key, ?) > 0')
      .all(mark) as {
      id: number
      key: string
    }[]
    for (const { id, key } of sessions) {
      const [agent, place = ''] = key.split(mark)
      const [kind, chat, ...thread] = place.split(':')
      if (chat !== from) continue
      const moved = `${agent}${mark}${[kind, to, ...thread].join(':')}`
      this.#db.prepare('UPDATE OR IGNORE sessions SET key = ? WHERE id = ?').run(moved, id)
    }
  }
}
