import type { Database, Statement } from 'better-sqlite3'
import type { ReplyRoute } from '../../core/model.ts'
import type { KnownMessage } from '../../core/ports.ts'
import type { ClaimedDelivery, DeliveryStore, Notice } from '../../core/store.ts'
import { type Conversations, conversationColumns, routeOf } from './conversations.ts'
import { formatId, parseId } from './ids.ts'
import { chunkOf, laneOf, type Outgoing } from './outgoing.ts'
import type { RunEvents } from './run-events.ts'
import type { Writer } from './writer.ts'

type ClaimRow = {
  id: number
  key: string
  run_id: number | null
  lane: number
  text: string
  detail: string | null
  reply_to: string | null
  edits: string | null
  attempts: number
  created_at: number
  sending_at: number | null
  channel: string
  account: string
  chat: string
  thread: string
  chat_kind: string
}

type Moved = { id: number; lane: number; run_id: number | null }

const claimColumns = `d.id, d.key, d.run_id, d.lane, d.text, d.detail, d.reply_to, d.edits, d.attempts, d.created_at,
  d.sending_at, ${conversationColumns}`

function toClaimed(row: ClaimRow): ClaimedDelivery {
  return {
    id: formatId('d', row.id),
    key: row.key,
    runId: row.run_id === null ? undefined : formatId('r', row.run_id),
    to: routeOf(row),
    lane: laneOf(row.lane),
    chunk: chunkOf(row),
    ...(row.edits !== null && { edits: row.edits }),
    attempts: row.attempts,
    createdAt: row.created_at,
  }
}

/** The outbox rows from claim to end. Whoever takes a delivery out of its lane moves the lane on. */
export class SqliteDeliveries implements DeliveryStore {
  readonly #db: Database
  readonly #writer: Writer
  readonly #conversations: Conversations
  readonly #outgoing: Outgoing
  readonly #events: RunEvents
  readonly #due: Statement<[string, number, number]>
  readonly #nextAt: Statement<[string, number]>
  readonly #begin: Statement<[number, number]>
  readonly #sent: Statement
  readonly #underWay: Statement<[number]>
  readonly #postpone: Statement
  readonly #uncertain: Statement
  readonly #leave: Statement
  readonly #byKey: Statement<[string]>

  constructor(
    db: Database,
    writer: Writer,
    parts: { conversations: Conversations; outgoing: Outgoing; events: RunEvents },
  ) {
    this.#db = db
    this.#writer = writer
    this.#conversations = parts.conversations
    this.#outgoing = parts.outgoing
    this.#events = parts.events
    this.#due = db.prepare(
      `SELECT ${claimColumns} FROM deliveries d JOIN conversations c ON c.id = d.conversation_id
       WHERE d.account = +? AND d.head = 1 AND d.state = 'pending' AND d.not_before <= +?
       ORDER BY d.not_before, d.id LIMIT +?`,
    )
    this.#nextAt = db
      .prepare(
        `SELECT not_before FROM deliveries WHERE account = +? AND head = 1 AND state = 'pending' AND not_before > +?
         ORDER BY not_before LIMIT 1`,
      )
      .pluck() as Statement<[string, number]>
    this.#begin = db.prepare(
      `UPDATE deliveries SET state = 'sending', attempts = attempts + 1, sending_at = ? WHERE id = ?`,
    )
    this.#sent = db.prepare(
      `UPDATE deliveries SET state = 'sent', head = 0, platform_message_id = ?, sent_at = ?, error = NULL
       WHERE id = ?`,
    )
    this.#underWay = db.prepare(
      `SELECT id, lane, run_id FROM deliveries WHERE id = ? AND state IN ('sending', 'uncertain')`,
    )
    this.#postpone = db.prepare(
      `UPDATE deliveries SET state = 'pending', attempts = attempts - ?, not_before = ?, error = ?
       WHERE id = ? AND state IN ('sending', 'uncertain')`,
    )
    this.#uncertain = db.prepare(
      `UPDATE deliveries SET state = 'uncertain', error = ? WHERE id = ? AND state = 'sending'`,
    )
    this.#byKey = db.prepare('SELECT id FROM deliveries WHERE key = ?').pluck() as Statement<
      [string]
    >
    this.#leave = db.prepare(
      `UPDATE deliveries SET state = ?, head = 0, error = ? WHERE id = ? AND state IN ('pending', 'sending', 'uncertain')
       RETURNING id, lane, run_id`,
    )
  }

  claim(args: { accounts: readonly string[]; now: number; limit: number }): Promise<{
    deliveries: ClaimedDelivery[]
    nextAt: number | undefined
  }> {
    const { accounts, now } = args
    return this.#writer.write(() => {
      const deliveries: ClaimedDelivery[] = []
      let nextAt: number | undefined
      for (const account of accounts) {
        const limit = args.limit - deliveries.length
        const rows = this.#due.all(account, now, limit) as ClaimRow[]
        for (const row of rows) {
          this.#begin.run(now, row.id)
          deliveries.push({ ...toClaimed(row), attempts: row.attempts + 1 })
        }
        const next =
          rows.length === limit ? now : (this.#nextAt.get(account, now) as number | undefined)
        if (next !== undefined) nextAt = Math.min(next, nextAt ?? next)
      }
      return { deliveries, nextAt }
    })
  }

  sent(id: string, platformMessageId: string, now: number): Promise<void> {
    return this.#writer.write(() => {
      const moved = this.#underWay.get(parseId('d', id)) as Moved | undefined
      if (!moved) return
      this.#sent.run(platformMessageId, now, moved.id)
      this.#outgoing.advance(moved.lane)
      if (moved.run_id !== null)
        this.#events.append(moved.run_id, 'delivery.sent', now, { delivery: id })
    })
  }

  postpone(id: string, notBefore: number, error: string, isCounted: boolean): Promise<void> {
    return this.#writer.write(() => {
      this.#postpone.run(isCounted ? 0 : 1, notBefore, error, parseId('d', id))
    })
  }

  uncertain(id: string, error: string): Promise<void> {
    return this.#writer.write(() => {
      this.#uncertain.run(error, parseId('d', id))
    })
  }

  discard(id: string, reason: string, now: number): Promise<void> {
    return this.#writer.write(() => this.#takeOut(parseId('d', id), 'discarded', reason, now))
  }

  park(id: string, now: number): Promise<void> {
    return this.#writer.write(() =>
      this.#takeOut(
        parseId('d', id),
        'uncertain',
        'It may have arrived; the platform gives no way to prove it.',
        now,
      ),
    )
  }

  killChat(id: string, reason: string, now: number): Promise<void> {
    return this.#writer.write(() => {
      const chat = this.#db
        .prepare(
          'SELECT c.account, c.chat FROM deliveries d JOIN conversations c ON c.id = d.conversation_id WHERE d.id = ?',
        )
        .get(parseId('d', id)) as { account: string; chat: string } | undefined
      if (!chat) return
      this.#conversations.setAlive(chat.account, chat.chat, false)
      this.#takeOut(parseId('d', id), 'discarded', reason, now)
      this.#outgoing.discardChat(chat, reason, now)
    })
  }

  async unsettled(account: string): Promise<(ClaimedDelivery & { startedAt: number })[]> {
    const rows = this.#db
      .prepare(
        `SELECT ${claimColumns} FROM deliveries d JOIN conversations c ON c.id = d.conversation_id
         WHERE d.account = ? AND d.state = 'uncertain' AND d.head = 1 ORDER BY d.id LIMIT 200`,
      )
      .all(account) as ClaimRow[]
    return rows.map((row) => ({ ...toClaimed(row), startedAt: row.sending_at ?? row.created_at }))
  }

  async known(account: string, limit: number): Promise<KnownMessage[]> {
    type Row = { chat: string; id: string; at: number }
    const incoming = this.#db
      .prepare(
        `SELECT c.chat, m.platform_id AS id, m.received_at AS at FROM messages m
         JOIN conversations c ON c.id = m.conversation_id
         WHERE c.account = ? AND m.kind = 'message' ORDER BY m.id DESC LIMIT ?`,
      )
      .all(account, limit) as Row[]
    const outgoing = this.#db
      .prepare(
        `SELECT c.chat, d.platform_message_id AS id, d.sent_at AS at FROM deliveries d
         JOIN conversations c ON c.id = d.conversation_id
         WHERE d.account = ? AND d.platform_message_id IS NOT NULL ORDER BY d.id DESC LIMIT ?`,
      )
      .all(account, limit) as Row[]
    return [
      ...incoming.map((row) => ({ ...row, isOwn: false })),
      ...outgoing.map((row) => ({ ...row, isOwn: true })),
    ]
      .sort((a, b) => a.at - b.at)
      .slice(-limit)
  }

  recover(): Promise<number> {
    return this.#writer.write(
      () =>
        this.#db
          .prepare(`UPDATE deliveries SET state = 'uncertain', error = 'The gateway died while sending it.'
             WHERE head = 1 AND state = 'sending'`)
          .run().changes,
    )
  }

  queue(
    to: Omit<ReplyRoute, 'chatKind'>,
    notice: Notice,
    key: string,
    now: number,
  ): Promise<string[]> {
    return this.#writer.write(() => {
      const earlier = notice.chunks.flatMap(
        (_, index) => this.#byKey.all(`${key}:${index}`) as number[],
      )
      if (earlier.length > 0) return earlier.map((row) => formatId('d', row))
      const kind = this.#conversations.find(to)?.kind ?? 'dm'
      const conversation = this.#conversations.ensure(to, kind, undefined, now)
      const rows = this.#outgoing.queue(
        notice.chunks,
        { conversation, lane: notice.lane, key, replyTo: to.replyTo ?? null },
        now,
      )
      return rows.map((row) => formatId('d', row))
    })
  }

  again(id: string, now: number): Promise<boolean> {
    return this.#writer.write(() => {
      const row = parseId('d', id)
      const found = this.#db
        .prepare('SELECT lane, head, state FROM deliveries WHERE id = ?')
        .get(row) as { lane: number; head: number; state: string } | undefined
      if (
        !found ||
        (found.state !== 'discarded' && !(found.state === 'uncertain' && found.head === 0))
      )
        return false
      this.#db
        .prepare(
          `UPDATE deliveries SET state = 'pending', attempts = 0, not_before = ?, error = NULL WHERE id = ?`,
        )
        .run(now, row)
      this.#outgoing.ensureHead(found.lane)
      return true
    })
  }

  #takeOut(row: number, state: 'discarded' | 'uncertain', reason: string, now: number): void {
    const moved = this.#leave.get(state, reason, row) as Moved | undefined
    if (!moved) return
    this.#outgoing.ensureHead(moved.lane)
    if (moved.run_id !== null)
      this.#outgoing.noteFailure(moved.run_id, moved.id, state, reason, now)
  }
}
