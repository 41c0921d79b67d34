import type { Database, Statement } from 'better-sqlite3'
import type { Address, Chunk, Lane } from '../../core/model.ts'
import type { ConversationRow } from './conversations.ts'
import { formatId } from './ids.ts'
import type { RunEvents } from './run-events.ts'

type QueueArgs = {
  readonly conversation: Pick<ConversationRow, 'id' | 'account' | 'lane' | 'is_alive'>
  readonly lane: Lane
  /** The deliveries' keys are `<key>:<chunk number>`. */
  readonly key: string
  readonly runId?: number
  readonly messageId?: number
  readonly replyTo?: string | null
  /** The delivery whose message the first chunk takes the place of. */
  readonly replaces?: number | undefined
}

/** Each chat has two lanes, so a number is enough: even for answers, odd for control answers. */
export function laneNumber(chatLane: number, lane: Lane): number {
  return chatLane * 2 + (lane === 'control' ? 1 : 0)
}

export function laneOf(lane: number): Lane {
  return lane % 2 === 1 ? 'control' : 'answer'
}

export function chunkOf(row: { text: string; detail: string | null }): Chunk {
  return row.detail === null
    ? { text: row.text }
    : { text: row.text, ...(JSON.parse(row.detail) as Omit<Chunk, 'text'>) }
}

function detailOf({ text: _, ...rest }: Chunk): string | null {
  return Object.keys(rest).length === 0 ? null : JSON.stringify(rest)
}

/** The outbox rows: queueing them and moving their lanes on. Used inside transactions only. */
export class Outgoing {
  readonly #events: RunEvents
  readonly #hasHead: Statement<[number]>
  readonly #discardChat: Statement<[string, string, string, string | null]>
  readonly #insert: Statement
  readonly #next: Statement<[number]>
  readonly #makeHead: Statement<[number]>

  constructor(db: Database, events: RunEvents) {
    this.#events = events
    this.#discardChat = db.prepare(
      `UPDATE deliveries SET state = 'discarded', head = 0, error = ? WHERE state = 'pending'
         AND conversation_id IN (SELECT id FROM conversations WHERE account = ? AND chat = ?
           AND thread = COALESCE(?, thread)) RETURNING id, lane, run_id`,
    )
    this.#hasHead = db
      .prepare('SELECT 1 FROM deliveries WHERE lane = ? AND head = 1')
      .pluck() as Statement<[number]>
    this.#insert = db.prepare(
      `INSERT INTO deliveries (key, run_id, message_id, account, conversation_id, lane, head, state, text, detail,
         reply_to, replaces, not_before, error, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#next = db
      .prepare(
        `SELECT id FROM deliveries WHERE lane = +? AND head = 0 AND state = 'pending' ORDER BY id LIMIT 1`,
      )
      .pluck() as Statement<[number]>
    this.#makeHead = db.prepare('UPDATE deliveries SET head = 1 WHERE id = ?')
  }

  /** Queues chunks in order. In a dead chat they are discarded at once, with that reason. Returns the rows. */
  queue(chunks: readonly Chunk[], args: QueueArgs, now: number): number[] {
    const { conversation } = args
    const lane = laneNumber(conversation.lane, args.lane)
    const isAlive = conversation.is_alive === 1
    let isHeadFree = isAlive && this.#hasHead.get(lane) === undefined
    const rows: number[] = []
    for (const [index, chunk] of chunks.entries()) {
      const { lastInsertRowid } = this.#insert.run(
        `${args.key}:${index}`,
        args.runId ?? null,
        args.messageId ?? null,
        conversation.account,
        conversation.id,
        lane,
        isHeadFree ? 1 : 0,
        isAlive ? 'pending' : 'discarded',
        chunk.text,
        detailOf(chunk),
        // Only the first chunk quotes the message it answers.
        index === 0 ? (args.replyTo ?? null) : null,
        index === 0 ? (args.replaces ?? null) : null,
        now,
        isAlive ? null : 'The chat takes no messages (blocked, left or deleted).',
        now,
      )
      rows.push(Number(lastInsertRowid))
      isHeadFree = false
    }
    return rows
  }

  /** Makes the next waiting delivery of a lane its head, if there is one; the former head must have left it. */
  advance(lane: number): boolean {
    const next = this.#next.get(lane) as number | undefined
    if (next === undefined) return false
    this.#makeHead.run(next)
    return true
  }

  /** As `advance`, where it is not known whether the head has left. */
  ensureHead(lane: number): void {
    if (this.#hasHead.get(lane) === undefined) this.advance(lane)
  }

  /** Discards everything that waits for a chat, or for one thread of it. Returns the rows. */
  discardChat(
    { account, chat, thread }: Omit<Address, 'channel'>,
    reason: string,
    now: number,
  ): number[] {
    const discarded = this.#discardChat.all(reason, account, chat, thread ?? null) as {
      id: number
      lane: number
      run_id: number | null
    }[]
    for (const { id, run_id } of discarded)
      if (run_id !== null) this.noteFailure(run_id, id, 'discarded', reason, now)
    // The chat's other threads share its lanes, and may have waited behind what is gone.
    for (const lane of new Set(discarded.map((one) => one.lane))) this.ensureHead(lane)
    return discarded.map(({ id }) => id)
  }

  /** Tells the run's history that one of its deliveries did not arrive. */
  noteFailure(run: number, delivery: number, state: string, reason: string, now: number): void {
    this.#events.append(run, 'delivery.failed', now, {
      delivery: formatId('d', delivery),
      state,
      reason,
    })
  }
}
