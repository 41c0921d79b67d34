import type { Database } from 'better-sqlite3'
import type { Address, Chunk } from '../../core/model.ts'
import type { EffectOutcome, RequestRow, RequestStore } from '../../core/store.ts'
import { addressOf, type ConversationRow, type Conversations } from './conversations.ts'
import type { HeldMessages } from './held-messages.ts'
import { formatId, parseId } from './ids.ts'
import type { Outgoing } from './outgoing.ts'
import type { Pairings } from './pairings.ts'
import type { Writer } from './writer.ts'

type RequestRecord = {
  id: number
  kind: 'stale' | 'pairing'
  conversation_id: number
  subject: string
  agent: string | null
  max_attempts: number
  state: RequestRow['state']
  answer: string | null
  expires_at: number
}

const pairingAnswerMs = 3_600_000

/** Questions as rows. `answer`, which has no promise, is for use inside a transaction. */
export class SqliteRequests implements RequestStore {
  readonly #db: Database
  readonly #writer: Writer
  readonly #conversations: Conversations
  readonly #held: HeldMessages
  readonly #outgoing: Outgoing
  readonly #pairings: Pairings

  constructor(
    db: Database,
    writer: Writer,
    parts: {
      conversations: Conversations
      held: HeldMessages
      outgoing: Outgoing
      pairings: Pairings
    },
  ) {
    this.#db = db
    this.#writer = writer
    this.#conversations = parts.conversations
    this.#held = parts.held
    this.#outgoing = parts.outgoing
    this.#pairings = parts.pairings
  }

  /** The first answer wins; a late one changes nothing and says so. */
  answer(id: number, answer: string, now: number): EffectOutcome {
    const request = this.#db.prepare('SELECT * FROM requests WHERE id = ?').get(id) as
      | RequestRecord
      | undefined
    if (request?.state !== 'open' || request.expires_at <= now) {
      return {
        isDone: false,
        cancelled: [],
        detail: request?.state === 'answered' ? 'answered' : 'expired',
      }
    }
    this.#db
      .prepare(`UPDATE requests SET state = 'answered', answer = ? WHERE id = ?`)
      .run(answer, id)
    if (request.kind === 'pairing') return this.#answerPairing(request, answer, now)
    if (answer !== 'yes') {
      this.#held.expire(id, 'the person chose not to have it answered')
      return { isDone: true, cancelled: [], detail: answer }
    }
    const run = this.#held.queue(request, now)
    return run === undefined
      ? { isDone: false, cancelled: [], detail: 'expired' }
      : { isDone: true, cancelled: [], queued: formatId('r', run), detail: answer }
  }

  #answerPairing(request: RequestRecord, answer: string, now: number): EffectOutcome {
    const pairing = request.subject
    if (answer !== 'yes') {
      this.#pairings.reject(pairing)
      return { isDone: true, cancelled: [], detail: answer }
    }
    const approval = this.#pairings.approve(pairing, false, now)
    return approval.result === 'approved'
      ? { isDone: true, cancelled: [], detail: approval.sender.name }
      : { isDone: false, cancelled: [], detail: 'expired' }
  }

  async dueDigests(now: number): Promise<{ id: string; address: Address; count: number }[]> {
    const rows = this.#db
      .prepare(
        `SELECT q.id, c.channel, c.account, c.chat, c.thread,
           (SELECT count(*) FROM messages m WHERE m.request_id = q.id AND m.disposition = 'held') AS count
         FROM requests q JOIN conversations c ON c.id = q.conversation_id
         WHERE q.state = 'open' AND q.asked_at IS NULL AND q.ask_at <= ? ORDER BY q.id LIMIT 100`,
      )
      .all(now) as {
      id: number
      channel: string
      account: string
      chat: string
      thread: string
      count: number
    }[]
    return rows.map((row) => ({
      id: formatId('q', row.id),
      address: addressOf(row),
      count: row.count,
    }))
  }

  ask(id: string, chunks: readonly Chunk[], now: number): Promise<void> {
    return this.#writer.write(() => {
      const row = parseId('q', id)
      const { changes } = this.#db
        .prepare('UPDATE requests SET asked_at = ? WHERE id = ? AND asked_at IS NULL')
        .run(now, row)
      if (changes === 0) return
      const conversation = this.#db
        .prepare(
          'SELECT * FROM conversations WHERE id = (SELECT conversation_id FROM requests WHERE id = ?)',
        )
        .get(row) as ConversationRow
      this.#outgoing.queue(chunks, { conversation, lane: 'control', key: id }, now)
    })
  }

  askPairing(
    pairingId: string,
    to: Address,
    chunks: (requestId: string) => readonly Chunk[],
    now: number,
  ): Promise<void> {
    return this.#writer.write(() => {
      const conversation = this.#conversations.ensure(
        to,
        this.#conversations.find(to)?.kind ?? 'dm',
        undefined,
        now,
      )
      const { lastInsertRowid } = this.#db
        .prepare(
          `INSERT INTO requests (kind, conversation_id, subject, state, ask_at, asked_at, expires_at)
           VALUES ('pairing', ?, ?, 'open', ?, ?, ?)`,
        )
        .run(conversation.id, pairingId, now, now, now + pairingAnswerMs)
      const id = formatId('q', Number(lastInsertRowid))
      this.#outgoing.queue(chunks(id), { conversation, lane: 'control', key: id }, now)
    })
  }

  async find(id: string): Promise<RequestRow | undefined> {
    const row = this.#db
      .prepare(
        `SELECT q.*, c.channel, c.account, c.chat, c.thread FROM requests q
         JOIN conversations c ON c.id = q.conversation_id WHERE q.id = ?`,
      )
      .get(parseId('q', id)) as (RequestRecord & Parameters<typeof addressOf>[0]) | undefined
    return (
      row && {
        id,
        kind: row.kind,
        address: addressOf(row),
        subject: row.subject,
        state: row.state,
        answer: row.answer,
        expiresAt: row.expires_at,
      }
    )
  }

  expire(now: number, limit: number): Promise<number> {
    return this.#writer.write(() => {
      const due = this.#db
        .prepare(`SELECT id FROM requests WHERE state = 'open' AND expires_at <= ? LIMIT ?`)
        .pluck()
        .all(now, limit) as number[]
      for (const id of due) {
        this.#db.prepare(`UPDATE requests SET state = 'expired' WHERE id = ?`).run(id)
        this.#held.expire(id, 'nobody asked for an answer in time')
      }
      return due.length
    })
  }

  async nextAt(): Promise<number | undefined> {
    const next = this.#db
      .prepare(
        `SELECT MIN(CASE WHEN asked_at IS NULL THEN MIN(ask_at, expires_at) ELSE expires_at END) FROM requests WHERE state = 'open'`,
      )
      .pluck()
      .get() as number | null
    return next ?? undefined
  }
}
