import type { Database, Statement } from 'better-sqlite3'
import type { ReplyRoute } from '../../core/model.ts'
import type { KnownMessage } from '../../core/ports.ts'
import type { ClaimedDelivery, DeliveryStore, LostDelivery } from '../../core/store/deliveries.ts'
import type { Notice } from '../../core/store/intake.ts'
import { addressOf, type Conversations } from './conversations.ts'
import { DeliveryClaims } from './delivery-claims.ts'
import { formatId, parseId } from './ids.ts'
import { KnownMessages } from './known-messages.ts'
import type { Outgoing } from './outgoing.ts'
import type { RunEvents } from './run-events.ts'
import type { Writer } from './writer.ts'

/** Of what a dead chat takes with it, so many are told of. */
const maxLost = 100

type Moved = { id: number; lane: number; run_id: number | null }
type Lost = Parameters<typeof addressOf>[0] & { id: number; key: string; run_id: number | null }

/** The outbox rows from claim to end. Whoever takes a delivery out of its lane moves the lane on. */
export class SqliteDeliveries implements DeliveryStore {
  readonly #db: Database
  readonly #writer: Writer
  readonly #conversations: Conversations
  readonly #outgoing: Outgoing
  readonly #events: RunEvents
  readonly #claims: DeliveryClaims
  readonly #known: KnownMessages
  readonly #sent: Statement
  readonly #postpone: Statement
  readonly #uncertain: Statement
  readonly #leave: Statement
  readonly #lost: Statement<[number]>
  readonly #byKey: Statement<[string]>
  readonly #since: Statement<[string, string, number]>

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
    this.#claims = new DeliveryClaims(db, parts.conversations)
    writer.onRollback(() => this.#claims.forget())
    this.#known = new KnownMessages(db)
    this.#sent = db.prepare(
      `UPDATE deliveries SET state = 'sent', head = 0, platform_message_id = ?, sent_at = ?, error = NULL
       WHERE id = ? AND state IN ('sending', 'uncertain')`,
    )
    this.#postpone = db.prepare(
      `UPDATE deliveries SET state = 'pending', attempts = attempts - ?, not_before = ?, error = ?
       WHERE id = ? AND state IN ('sending', 'uncertain')`,
    )
    this.#uncertain = db.prepare(
      `UPDATE deliveries SET state = 'uncertain', error = ? WHERE id = ? AND state = 'sending'`,
    )
    this.#lost = db.prepare(
      `SELECT d.id, d.key, d.run_id, c.channel, c.account, c.chat, c.thread
       FROM deliveries d JOIN conversations c ON c.id = d.conversation_id WHERE d.id = ?`,
    )
    this.#byKey = db.prepare('SELECT id FROM deliveries WHERE key = ?').pluck() as Statement<
      [string]
    >
    this.#since = db
      .prepare(
        'SELECT id FROM deliveries WHERE key >= ? AND key < ? AND created_at > ? ORDER BY id',
      )
      .pluck() as Statement<[string, string, number]>
    this.#leave = db.prepare(
      `UPDATE deliveries SET state = ?, head = 0, error = ? WHERE id = ? AND state IN ('pending', 'sending', 'uncertain')
       RETURNING id, lane, run_id`,
    )
  }

  claim(args: Parameters<DeliveryStore['claim']>[0]): ReturnType<DeliveryStore['claim']> {
    return this.#writer.claim(() => this.#claims.claim(args.accounts, args.now, args.limit))
  }

  recover(): Promise<number> {
    return this.#writer.write(() => this.#claims.recover())
  }

  async unsettled(account: string): Promise<(ClaimedDelivery & { startedAt: number })[]> {
    return this.#claims.unsettled(account)
  }

  async known(account: string, limit: number): Promise<KnownMessage[]> {
    return this.#known.last(account, limit)
  }

  sent(id: string, platformMessageId: string, now: number): ReturnType<DeliveryStore['sent']> {
    // The answer is out and nobody waits for the row: it shares the commit of whatever comes next.
    return this.#writer.writeSoon(() => {
      const row = parseId('d', id)
      const moved = this.#claims.underWay(row)
      const isNew = moved !== undefined && this.#sent.run(platformMessageId, now, row).changes === 1
      if (!isNew) return { isNew, hasNext: false }
      if (moved.run_id !== null)
        this.#events.append(moved.run_id, 'delivery.sent', now, { delivery: id })
      return { isNew, hasNext: this.#outgoing.advance(moved.lane) }
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
    return this.#writer.write(() => {
      this.#takeOut(parseId('d', id), 'discarded', reason, now)
    })
  }

  park(id: string, error: string, now: number): Promise<void> {
    return this.#writer.write(() => {
      this.#takeOut(parseId('d', id), 'uncertain', error, now)
    })
  }

  killChat(id: string, reason: string, now: number): Promise<LostDelivery[]> {
    return this.#writer.write(() => {
      const chat = this.#db
        .prepare(
          'SELECT c.account, c.chat FROM deliveries d JOIN conversations c ON c.id = d.conversation_id WHERE d.id = ?',
        )
        .get(parseId('d', id)) as { account: string; chat: string } | undefined
      if (!chat) return []
      this.#conversations.setAlive(chat, false)
      const first = this.#takeOut(parseId('d', id), 'discarded', reason, now)
      const others = this.#outgoing.discardChat(chat, reason, now).sort((one, other) => one - other)
      const lost = first === undefined ? others : [first, ...others]
      return lost.slice(0, maxLost).map((row) => toLost(this.#lost.get(row) as Lost))
    })
  }

  queue(
    to: Omit<ReplyRoute, 'chatKind'>,
    notice: Notice,
    key: string,
    now: number,
  ): Promise<string[]> {
    return this.#writer.write(() => {
      const { namedForMs } = notice
      const name = namedForMs === undefined ? key : `${key}:${now}`
      const earlier =
        namedForMs === undefined
          ? notice.chunks.flatMap((_, index) => this.#byKey.all(`${key}:${index}`) as number[])
          : (this.#since.all(`${key}:`, `${key};`, now - namedForMs) as number[])
      if (earlier.length > 0) return earlier.map((row) => formatId('d', row))
      const kind = this.#conversations.find(to)?.kind ?? 'dm'
      const conversation = this.#conversations.ensure(to, kind, undefined, now)
      const rows = this.#outgoing.queue(
        notice.chunks,
        { conversation, lane: notice.lane, key: name, replyTo: to.replyTo ?? null },
        now,
      )
      return rows.map((row) => formatId('d', row))
    })
  }

  sendAnew(id: string, error: string, now: number): Promise<void> {
    return this.#writer.write(() => {
      this.#db
        .prepare(
          `UPDATE deliveries SET state = 'pending', replaces = NULL, not_before = ?, error = ?
           WHERE id = ? AND state = 'sending'`,
        )
        .run(now, error, parseId('d', id))
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

  /** Returns the row if it was still to be settled. */
  #takeOut(
    row: number,
    state: 'discarded' | 'uncertain',
    reason: string,
    now: number,
  ): number | undefined {
    const moved = this.#leave.get(state, reason, row) as Moved | undefined
    if (!moved) return undefined
    this.#outgoing.ensureHead(moved.lane)
    if (moved.run_id !== null)
      this.#outgoing.noteFailure(moved.run_id, moved.id, state, reason, now)
    return moved.id
  }
}

function toLost(row: Lost): LostDelivery {
  const runId = row.run_id === null ? undefined : formatId('r', row.run_id)
  return { id: formatId('d', row.id), key: row.key, runId, to: addressOf(row) }
}
