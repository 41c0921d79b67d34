import type { Database } from 'better-sqlite3'
import type { Address, Chunk } from '../../core/model.ts'
import type { EffectOutcome, Intake, RequestRow, RequestStore } from '../../core/store.ts'
import type { SqliteAccess } from './access.ts'
import { addressOf, type ConversationRow, type Conversations } from './conversations.ts'
import { formatId, parseId } from './ids.ts'
import type { Outgoing } from './outgoing.ts'
import type { RunQueue } from './run-queue.ts'
import type { SessionRows } from './sessions.ts'
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

/** Questions as rows. The methods without a promise are for use inside a transaction. */
export class SqliteRequests implements RequestStore {
  readonly #db: Database
  readonly #writer: Writer
  readonly #conversations: Conversations
  readonly #sessions: SessionRows
  readonly #queue: RunQueue
  readonly #outgoing: Outgoing
  readonly #access: SqliteAccess

  constructor(
    db: Database,
    writer: Writer,
    parts: {
      conversations: Conversations
      sessions: SessionRows
      queue: RunQueue
      outgoing: Outgoing
      access: SqliteAccess
    },
  ) {
    this.#db = db
    this.#writer = writer
    this.#conversations = parts.conversations
    this.#sessions = parts.sessions
    this.#queue = parts.queue
    this.#outgoing = parts.outgoing
    this.#access = parts.access
  }

  /** Keeps a late message for the chat's next digest, and puts the digest off until it is quiet. */
  hold(
    message: number,
    conversation: number,
    intake: Extract<Intake, { as: 'held' }>,
    now: number,
  ): void {
    const askAt = now + intake.settleMs
    const open = this.#db
      .prepare(
        `SELECT id FROM requests WHERE state = 'open' AND asked_at IS NULL AND kind = 'stale' AND conversation_id = ? AND subject = ?`,
      )
      .pluck()
      .get(conversation, intake.sessionKey) as number | undefined
    let request = open
    if (request === undefined) {
      const { lastInsertRowid } = this.#db
        .prepare(
          `INSERT INTO requests (kind, conversation_id, subject, agent, max_attempts, state, ask_at, expires_at)
           VALUES ('stale', ?, ?, ?, ?, 'open', ?, ?)`,
        )
        .run(
          conversation,
          intake.sessionKey,
          intake.agent,
          intake.maxAttempts,
          askAt,
          intake.expiresAt,
        )
      request = Number(lastInsertRowid)
    } else {
      this.#db
        .prepare('UPDATE requests SET ask_at = ?, expires_at = ? WHERE id = ?')
        .run(askAt, intake.expiresAt, request)
    }
    this.#db.prepare('UPDATE messages SET request_id = ? WHERE id = ?').run(request, message)
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
      this.#expireHeld(id, 'the person chose not to have it answered')
      return { isDone: true, cancelled: [], detail: answer }
    }
    const session = this.#sessions.ensure(
      request.subject,
      request.agent ?? '',
      request.conversation_id,
      now,
    )
    const held = this.#db
      .prepare(`SELECT id FROM messages WHERE request_id = ? AND disposition = 'held' ORDER BY id`)
      .pluck()
      .all(id) as number[]
    if (held.length === 0) return { isDone: false, cancelled: [], detail: 'expired' }
    const run = this.#queue.add(
      {
        sessionId: session.id,
        generation: session.generation,
        agent: session.agent,
        source: 'message',
        maxAttempts: request.max_attempts,
        notBefore: now,
        windowUntil: 0,
        conversationId: request.conversation_id,
      },
      now,
    )
    for (const message of held) {
      this.#queue.link(run, message, 'full')
      this.#db.prepare(`UPDATE messages SET disposition = 'run' WHERE id = ?`).run(message)
    }
    return { isDone: true, cancelled: [], queued: formatId('r', run), detail: answer }
  }

  #answerPairing(request: RequestRecord, answer: string, now: number): EffectOutcome {
    const pairing = request.subject
    if (answer !== 'yes') {
      this.#access.rejectNow(parseId('p', pairing))
      return { isDone: true, cancelled: [], detail: answer }
    }
    const approval = this.#access.approveNow(pairing, false, now)
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
        this.#expireHeld(id, 'nobody asked for an answer in time')
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

  #expireHeld(request: number, reason: string): void {
    this.#db
      .prepare(
        `UPDATE messages SET disposition = 'expired', reason = ? WHERE request_id = ? AND disposition = 'held'`,
      )
      .run(reason, request)
  }
}
