import type { Database } from 'better-sqlite3'
import type { Address, Chunk, Sender, Space } from '../../core/model.ts'
import type { Closings } from '../../core/store/approvals.ts'
import type { Effect, EffectOutcome } from '../../core/store/effects.ts'
import type { ChatQuestion } from '../../core/store/intake.ts'
import type { AskedChat, RequestRow, RequestStore } from '../../core/store/requests.ts'
import type { ChatQuestions } from './chat-questions.ts'
import type { ConversationRow, Conversations } from './conversations.ts'
import type { HeldMessages } from './held-messages.ts'
import { formatId, parseId } from './ids.ts'
import type { Outgoing } from './outgoing.ts'
import type { Pairings } from './pairings.ts'
import type { QuestionMessages } from './question-messages.ts'
import { type RequestRecord, RequestRows } from './request-rows.ts'
import type { Writer } from './writer.ts'

type Answer = Pick<Extract<Effect, { type: 'answer' }>, 'answer' | 'welcome' | 'by' | 'closing'>

const pairingAnswerMs = 3_600_000

/** Questions as rows. `answer`, which has no promise, is for use inside a transaction. */
export class SqliteRequests implements RequestStore {
  readonly #db: Database
  readonly #writer: Writer
  readonly #conversations: Conversations
  readonly #held: HeldMessages
  readonly #outgoing: Outgoing
  readonly #pairings: Pairings
  readonly #chats: ChatQuestions
  readonly #messages: QuestionMessages
  readonly #rows: RequestRows

  constructor(
    db: Database,
    writer: Writer,
    parts: {
      conversations: Conversations
      held: HeldMessages
      outgoing: Outgoing
      pairings: Pairings
      chats: ChatQuestions
      messages: QuestionMessages
    },
  ) {
    this.#db = db
    this.#writer = writer
    this.#conversations = parts.conversations
    this.#held = parts.held
    this.#outgoing = parts.outgoing
    this.#pairings = parts.pairings
    this.#chats = parts.chats
    this.#messages = parts.messages
    this.#rows = new RequestRows(db)
  }

  /** The first answer wins; a late one changes nothing and says so. */
  answer(id: number, given: Answer, now: number): EffectOutcome {
    const request = this.#rows.get(id)
    if (request?.state !== 'open' || request.expires_at <= now) {
      return {
        isDone: false,
        cancelled: [],
        detail: request?.state === 'answered' ? 'answered' : 'expired',
      }
    }
    this.#db
      .prepare(
        `UPDATE requests SET state = 'answered', answer = ?, answered_by = ?, ended_at = ? WHERE id = ?`,
      )
      .run(given.answer, given.by ?? null, now, id)
    const outcome = this.#carryOut(request, given, now)
    const closing = given.closing?.(outcome)
    const closedIn = closing && this.#messages.close(id, closing, now)
    return closedIn ? { ...outcome, closedIn } : outcome
  }

  #carryOut(request: RequestRecord, { answer, welcome }: Answer, now: number): EffectOutcome {
    const { id } = request
    if (request.kind === 'pairing') return this.#answerPairing(request, answer, now)
    if (request.kind === 'chat') return this.#chats.answer(inPlace(request), answer, welcome, now)
    if (answer !== 'yes') {
      this.#held.expire(id, 'the person chose not to have it answered')
      return { isDone: true, cancelled: [], detail: answer }
    }
    const run = this.#held.queue(inPlace(request), now)
    return run === undefined
      ? { isDone: false, cancelled: [], detail: 'expired' }
      : { isDone: true, cancelled: [], queued: formatId('r', run), detail: answer }
  }

  #answerPairing(request: RequestRecord, answer: string, now: number): EffectOutcome {
    const pairing = request.subject
    if (answer !== 'yes') {
      this.#pairings.reject(pairing, now)
      return { isDone: true, cancelled: [], detail: answer }
    }
    const approval = this.#pairings.approve(pairing, false, now)
    return approval.result === 'approved'
      ? { isDone: true, cancelled: [], detail: approval.sender.name }
      : { isDone: false, cancelled: [], detail: 'expired' }
  }

  async dueDigests(now: number): Promise<{ id: string; address: Address; count: number }[]> {
    return this.#rows.dueDigests(now)
  }

  ask(id: string, chunks: readonly Chunk[], now: number, closings?: Closings): Promise<void> {
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
      this.#messages.keep(row, closings)
      this.#outgoing.queue(chunks, { conversation, lane: 'control', key: id }, now)
    })
  }

  askPairing(
    pairingId: string,
    to: Address,
    chunks: (requestId: string) => readonly Chunk[],
    now: number,
    closings?: Closings,
  ): Promise<void> {
    return this.#writer.write(() => {
      const conversation = this.#ownersChat(to, now)
      const { lastInsertRowid } = this.#db
        .prepare(
          `INSERT INTO requests (kind, conversation_id, subject, state, ask_at, asked_at, expires_at)
           VALUES ('pairing', ?, ?, 'open', ?, ?, ?)`,
        )
        .run(conversation.id, pairingId, now, now, now + pairingAnswerMs)
      const id = formatId('q', Number(lastInsertRowid))
      this.#messages.keep(Number(lastInsertRowid), closings)
      this.#outgoing.queue(chunks(id), { conversation, lane: 'control', key: id }, now)
    })
  }

  addedToChat(
    address: Address,
    of: { readonly space?: Space; readonly by?: Sender },
    question: ChatQuestion,
    now: number,
  ): Promise<void> {
    return this.#writer.write(() => {
      const kind = this.#conversations.find(address)?.kind ?? 'group'
      const chat = this.#conversations.ensure(address, kind, undefined, now, of.space)
      this.#chats.added(chat, of.by, question, now)
    })
  }

  async dueChats(now: number): Promise<{ id: string; about: AskedChat }[]> {
    return this.#rows.dueChats(now)
  }

  askAboutChat(
    id: string,
    to: Address,
    chunks: readonly Chunk[],
    now: number,
    closings?: Closings,
  ): Promise<void> {
    return this.#writer.write(() => {
      const conversation = this.#ownersChat(to, now)
      const { changes } = this.#db
        .prepare(
          `UPDATE requests SET asked_at = ?, asked_in = ? WHERE id = ? AND asked_at IS NULL AND state = 'open'`,
        )
        .run(now, conversation.id, parseId('q', id))
      if (changes === 0) return
      this.#messages.keep(parseId('q', id), closings)
      this.#outgoing.queue(chunks, { conversation, lane: 'control', key: id }, now)
    })
  }

  putOff(id: string, askAt: number): Promise<void> {
    return this.#writer.write(() => {
      this.#db.prepare('UPDATE requests SET ask_at = ? WHERE id = ?').run(askAt, parseId('q', id))
    })
  }

  #ownersChat(to: Address, now: number): ConversationRow {
    const kind = this.#conversations.find(to)?.kind ?? 'dm'
    return this.#conversations.ensure(to, kind, undefined, now)
  }

  async find(id: string): Promise<RequestRow | undefined> {
    return this.#rows.find(parseId('q', id))
  }

  async askedBy(
    account: string,
    chat: string,
    platformId: string,
  ): Promise<RequestRow | undefined> {
    return this.#rows.askedBy(account, chat, platformId)
  }

  async openAboutChat({ account, chat }: Address): Promise<RequestRow | undefined> {
    return this.#rows.openAboutChat(account, chat)
  }

  expire(now: number, limit: number): Promise<number> {
    return this.#writer.write(() => {
      const due = this.#db
        .prepare(
          `SELECT id, kind FROM requests WHERE state = 'open' AND run_id IS NULL AND expires_at <= ? LIMIT ?`,
        )
        .all(now, limit) as Pick<RequestRecord, 'id' | 'kind'>[]
      for (const { id, kind } of due) {
        this.#db
          .prepare(`UPDATE requests SET state = 'expired', ended_at = ? WHERE id = ?`)
          .run(now, id)
        const who = kind === 'chat' ? 'no owner allowed the chat' : 'nobody asked for an answer'
        this.#held.expire(id, `${who} in time`)
        this.#messages.end(id, 'expired', now)
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

/** What is asked about a place; only what runs ask may be about none. */
function inPlace(request: RequestRecord): RequestRecord & { readonly conversation_id: number } {
  const { conversation_id } = request
  if (conversation_id === null) throw new Error(`Question ${request.id} is about no place.`)
  return { ...request, conversation_id }
}
