import type { Database, Statement } from 'better-sqlite3'
import type { ChatWelcome, EffectOutcome } from '../../core/store/effects.ts'
import type { ChatQuestion, Intake } from '../../core/store/intake.ts'
import type { ChatApprovals } from './chat-approvals.ts'
import { addressOf, type ConversationRow } from './conversations.ts'
import type { HeldMessages } from './held-messages.ts'
import { formatId } from './ids.ts'
import type { Outgoing } from './outgoing.ts'

/** Messages that wait for one answer; who writes more is told nothing and asks again. */
const maxHeld = 10

type Unapproved = Extract<Intake, { as: 'unapproved' }>
type Asker = { readonly id: string; readonly name: string } | undefined

type ChatRequest = {
  readonly id: number
  readonly conversation_id: number
  readonly subject: string
  readonly space: string | null
  readonly agent: string | null
  readonly max_attempts: number
  readonly state: string
  readonly answer: string | null
  readonly expires_at: number
  readonly ended_at: number | null
}

/**
 * Chats that nobody allowed: at most one open question each (or each space), none for a while after a no, and what
 * was asked there meanwhile kept for the answer. Used inside transactions only.
 */
export class ChatQuestions {
  readonly #approvals: ChatApprovals
  readonly #held: HeldMessages
  readonly #outgoing: Outgoing
  readonly #last: Statement
  readonly #pending: Statement
  readonly #insert: Statement
  readonly #adopt: Statement
  readonly #countHeld: Statement<[number]>
  readonly #hold: Statement
  readonly #tooLate: Statement
  readonly #newest: Statement<[number]>
  readonly #place: Statement<[number]>

  constructor(
    db: Database,
    parts: { approvals: ChatApprovals; held: HeldMessages; outgoing: Outgoing },
  ) {
    this.#approvals = parts.approvals
    this.#held = parts.held
    this.#outgoing = parts.outgoing
    this.#last = db.prepare(
      `SELECT q.* FROM requests q JOIN conversations c ON c.id = q.conversation_id
       WHERE q.kind = 'chat' AND c.account = @account
         AND (q.space = @space OR (q.space IS NULL AND c.chat = @chat)) ORDER BY q.id DESC LIMIT 1`,
    )
    this.#pending = db
      .prepare(
        `SELECT count(*) FROM requests q JOIN conversations c ON c.id = q.conversation_id
         WHERE q.kind = 'chat' AND q.state = 'open' AND q.expires_at > ? AND c.account = ?`,
      )
      .pluck()
    this.#insert = db.prepare(
      `INSERT INTO requests (kind, conversation_id, subject, space, asker, asker_name, is_membership, state, ask_at, expires_at)
       VALUES ('chat', ?, '', ?, ?, ?, ?, 'open', ?, ?)`,
    )
    this.#adopt = db.prepare(
      `UPDATE requests SET conversation_id = ?, subject = ?, agent = ?, max_attempts = ?,
         asker = COALESCE(asker, ?), asker_name = COALESCE(asker_name, ?) WHERE id = ?`,
    )
    this.#countHeld = db
      .prepare(`SELECT count(*) FROM messages WHERE request_id = ? AND disposition = 'held'`)
      .pluck() as Statement<[number]>
    this.#hold = db.prepare(
      `UPDATE messages SET disposition = 'held', reason = ?, request_id = ? WHERE id = ?`,
    )
    this.#tooLate = db.prepare(
      `UPDATE messages SET disposition = 'expired', reason = 'the chat was approved too late for it'
       WHERE request_id = ? AND disposition = 'held' AND sent_at < ?`,
    )
    this.#newest = db
      .prepare(`SELECT MAX(sent_at) FROM messages WHERE request_id = ? AND disposition = 'held'`)
      .pluck() as Statement<[number]>
    this.#place = db.prepare('SELECT * FROM conversations WHERE id = ?')
  }

  /** Notes that the account was added to the chat, unless owners need not hear of it. */
  added(conversation: ConversationRow, by: Asker, question: ChatQuestion, now: number): void {
    this.#open(conversation, by, true, question, now)
  }

  /** Keeps a message until an owner answers, or says why it is not kept. */
  hold(
    message: number,
    conversation: ConversationRow,
    author: Asker,
    intake: Unapproved,
    now: number,
  ): { readonly isHeld: boolean; readonly reason: string } {
    const opened = this.#open(conversation, author, false, intake.question, now)
    if (typeof opened === 'string') return { isHeld: false, reason: `${intake.reason}; ${opened}` }
    const { id } = opened
    const reason = `${intake.reason}; an owner is asked (${formatId('q', id)})`
    if (!intake.isKept) return { isHeld: false, reason }
    const isFirst = opened.subject === ''
    if (isFirst) {
      const { sessionKey, agent, maxAttempts } = intake
      const { id: asker, name } = author ?? { id: null, name: null }
      this.#adopt.run(conversation.id, sessionKey, agent, maxAttempts, asker, name, id)
    }
    const isHere =
      isFirst ||
      (opened.conversation_id === conversation.id && opened.subject === intake.sessionKey)
    if (!isHere || (this.#countHeld.get(id) as number) >= maxHeld) return { isHeld: false, reason }
    this.#hold.run(reason, id, message)
    return { isHeld: true, reason }
  }

  /** What an owner's answer changes; the question itself is ended by the caller. */
  answer(
    request: ChatRequest,
    answer: string,
    welcome: ChatWelcome | undefined,
    now: number,
  ): EffectOutcome {
    const place = this.#place.get(request.conversation_id) as ConversationRow
    const done: EffectOutcome = { isDone: true, cancelled: [], detail: answer }
    if (answer !== 'yes') {
      this.#held.expire(request.id, 'an owner did not allow the chat')
      this.#approvals.note('refused', place, request.space, now)
      return done
    }
    if (request.space === null) this.#approvals.decide(addressOf(place), true, now)
    else this.#approvals.decideSpace(place.account, request.space, true, now)
    const askedAt = this.#newest.get(request.id) as number | null
    if (askedAt === null) return done
    this.#tooLate.run(request.id, welcome?.freshAfter ?? 0)
    const run = this.#held.queue(request, now)
    const chunks = welcome?.chunks(run === undefined ? now - askedAt : undefined) ?? []
    const key = `welcome:${formatId('q', request.id)}`
    this.#outgoing.queue(chunks, { conversation: place, lane: 'control', key }, now)
    return run === undefined ? done : { ...done, queued: formatId('r', run) }
  }

  /** The open question about a chat, made where there is none; or why there may be none. */
  #open(
    conversation: ConversationRow,
    by: Asker,
    isMembership: boolean,
    question: ChatQuestion,
    now: number,
  ): Pick<ChatRequest, 'id' | 'subject' | 'conversation_id'> | string {
    const { account, chat, space } = conversation
    const last = this.#last.get({ account, chat, space }) as ChatRequest | undefined
    if (last?.state === 'open' && last.expires_at > now) return last
    const refusal = last && refusalOf(last, now - question.restMs)
    if (refusal !== undefined) return refusal
    if ((this.#pending.get(now, account) as number) >= question.maxPending)
      return 'too many other chats wait for an owner’s answer'
    const { lastInsertRowid } = this.#insert.run(
      conversation.id,
      space,
      by?.id ?? null,
      by?.name ?? null,
      isMembership ? 1 : 0,
      now,
      question.expiresAt,
    )
    return { id: Number(lastInsertRowid), subject: '', conversation_id: conversation.id }
  }
}

/** Why nobody is asked again yet, after a question that ended later than `since`. */
function refusalOf(last: ChatRequest, since: number): string | undefined {
  if ((last.ended_at ?? last.expires_at) <= since) return undefined
  if (last.state === 'answered' && last.answer !== 'yes') return 'an owner said no'
  return last.state === 'expired' || last.state === 'open'
    ? 'no owner answered when asked'
    : undefined
}
