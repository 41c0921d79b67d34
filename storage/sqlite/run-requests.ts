import type { Database, Statement } from 'better-sqlite3'
import type { RequestAnswer } from '../../core/runtime-port.ts'
import type { Closing, PersonsAnswer, RunAsked, RunQuestion } from '../../core/store/approvals.ts'
import type { EffectOutcome } from '../../core/store/effects.ts'
import { type ApprovalRecord, ApprovalRows, isEqual, requestOf, toAsked } from './approval-rows.ts'
import type { ConversationRow } from './conversations.ts'
import type { Grants } from './grants.ts'
import { formatId } from './ids.ts'
import type { Outgoing } from './outgoing.ts'
import type { QuestionMessages } from './question-messages.ts'
import type { RunEvents } from './run-events.ts'

/** An agent that asks more than this at a time hears no. */
const maxOpen = 20

type AskingRun = {
  readonly id: number
  readonly agent: string
  readonly session_id: number
  readonly conversation_id: number | null
}

/**
 * What runs ask of people. Invariant: a run is `waiting` while a request of its present turn is open, and no request
 * stays open behind a run that has ended. Used inside transactions only.
 */
export class RunRequests {
  readonly rows: ApprovalRows
  readonly #outgoing: Outgoing
  readonly #events: RunEvents
  readonly #messages: QuestionMessages
  readonly #grants: Grants
  readonly #insert: Statement
  readonly #end: Statement
  readonly #wait: Statement<[number]>
  readonly #resume: Statement<[number]>
  readonly #rename: Statement<[number]>
  readonly #run: Statement<[number]>
  readonly #due: Statement<[number, number]>
  readonly #putIn: Statement<[number, number]>

  constructor(
    db: Database,
    parts: { outgoing: Outgoing; events: RunEvents; messages: QuestionMessages; grants: Grants },
  ) {
    this.rows = new ApprovalRows(db)
    this.#outgoing = parts.outgoing
    this.#events = parts.events
    this.#messages = parts.messages
    this.#grants = parts.grants
    this.#insert = db.prepare(
      `INSERT INTO requests (kind, conversation_id, asked_in, subject, state, ask_at, asked_at, expires_at, run_id,
         runtime_id, request, same_as, told)
       VALUES (?, ?, ?, '', 'open', ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#end = db.prepare(
      `UPDATE requests SET state = ?, answer = ?, told = COALESCE(?, told), answered_by = ?, ended_at = ? WHERE id = ?`,
    )
    this.#wait = db.prepare(`UPDATE runs SET state = 'waiting' WHERE id = ? AND state = 'running'`)
    this.#resume = db.prepare(
      `UPDATE runs SET state = 'running' WHERE id = ? AND state = 'waiting'`,
    )
    this.#rename = db.prepare(
      `UPDATE requests SET runtime_id = runtime_id || '~' || id WHERE run_id = ?`,
    )
    this.#run = db.prepare(
      'SELECT id, agent, session_id, is_cancel_requested FROM runs WHERE id = ?',
    )
    this.#putIn = db.prepare(
      `UPDATE requests SET asked_in = ? WHERE id = ? AND state = 'open' AND conversation_id IS NULL AND asked_in IS NULL`,
    )
    this.#due = db.prepare(
      `SELECT * FROM requests WHERE state = 'open' AND run_id IS NOT NULL AND expires_at <= ? ORDER BY id LIMIT ?`,
    )
  }

  /** `place` is where it is put, if anywhere. */
  ask(
    run: AskingRun,
    question: RunQuestion,
    place: ConversationRow | undefined,
    now: number,
  ): RunAsked {
    const { request } = question
    const known = this.rows.known(run.id, request.id)
    if (known) {
      if (known.state === 'open') this.#waitFor(run.id, known, now)
      return toAsked(known, false)
    }
    const open = this.rows.openOf(run.id)
    const same = open.find((one) => isEqual(requestOf(one), request))
    const id = this.#add(run, question, place, same, now)
    const settle = (words: string, told: RequestAnswer, by: string) => {
      this.#end.run('answered', words, JSON.stringify(told), by, now, id)
      const title = `${request.title}: ${words} (${by})`
      const state = words === 'denied' ? 'failed' : 'completed'
      this.#events.append(run.id, 'run.tool', now, { name: request.kind, state, title })
    }
    const grant =
      request.kind === 'permission' && request.grant !== undefined
        ? this.#grants.use(run.agent, run.session_id, request.grant, now)
        : undefined
    if (grant !== undefined) settle('allowed', question.granted, `grant ${grant}`)
    else if (open.length >= maxOpen) settle('denied', question.tooMany, 'too many are open')
    else if (!same && place) this.#send(id, question.message, place, now)
    const row = this.rows.get(id)
    if (!row) throw new Error(`Request ${id} is not there after it was written.`)
    if (row.state === 'open' && !same) this.#waitFor(run.id, row, now)
    return toAsked(row, true)
  }

  #add(
    run: AskingRun,
    { request, expiresAt, unanswered }: RunQuestion,
    place: ConversationRow | undefined,
    same: ApprovalRecord | undefined,
    now: number,
  ): number {
    const askedIn = place && place.id !== run.conversation_id ? place.id : null
    const { lastInsertRowid } = this.#insert.run(
      request.kind,
      run.conversation_id,
      askedIn,
      now,
      now,
      same?.expires_at ?? expiresAt,
      run.id,
      request.id,
      JSON.stringify(request),
      same ? (same.same_as ?? same.id) : null,
      JSON.stringify(unanswered),
    )
    return Number(lastInsertRowid)
  }

  #send(
    id: number,
    message: RunQuestion['message'],
    conversation: ConversationRow,
    now: number,
  ): void {
    const key = formatId('q', id)
    const { lead = [], chunks, closings } = message(key)
    this.#messages.keep(id, closings)
    this.#outgoing.queue(lead, { conversation, lane: 'control', key: `${key}:lead` }, now)
    this.#outgoing.queue(chunks, { conversation, lane: 'control', key }, now)
  }

  #waitFor(run: number, { id, kind, request }: ApprovalRecord, now: number): void {
    this.#wait.run(run)
    const { title } = requestOf({ request })
    this.#events.append(run, 'run.waiting', now, { request: formatId('q', id), kind, title })
  }

  /** The first answer wins; a late one changes nothing and says so. */
  answer(id: number, answer: PersonsAnswer, closing: Closing, now: number): EffectOutcome {
    const row = this.rows.get(id)
    const open = row ? this.rows.group(row) : []
    const run = row && (this.#run.get(row.run_id) as (AskingRun & Flag) | undefined)
    const isLate = open.length === 0 || run?.is_cancel_requested === 1
    if (!row || !run || isLate || open.some((one) => one.expires_at <= now)) {
      const detail = row?.state === 'answered' ? 'answered' : 'expired'
      return { isDone: false, cancelled: [], detail }
    }
    const { told, words, by, grant } = answer
    for (const one of open) this.#end.run('answered', words, JSON.stringify(told), by, now, one.id)
    const allowed = requestOf(row).grant
    if (grant !== undefined && allowed !== undefined)
      this.#grants.give(run.agent, grant === 'agent' ? null : run.session_id, allowed, by, now)
    const closedIn = this.#messages.close(row.same_as ?? row.id, closing, now)
    this.#goOn(row, { answer: words, by }, now)
    return {
      isDone: true,
      cancelled: [],
      detail: words,
      answered: open.map((one) => formatId('q', one.id)),
      ...(closedIn && { closedIn }),
    }
  }

  /** Nobody waits for this one any more, so nobody is asked any more unless an equal one is open. */
  close(run: number, runtimeId: string, now: number): void {
    const row = this.rows.known(run, runtimeId)
    if (row?.state === 'open') this.#void(row, now)
  }

  voidAll(run: number, now: number): void {
    for (const row of this.rows.openOf(run)) this.#void(row, now)
  }

  /** Voids all and frees the runtime's ids for another turn. */
  forget(run: number, now: number): void {
    this.voidAll(run, now)
    this.#rename.run(run)
  }

  /** Voids what begins so, and answers to it that nobody took. */
  abandon(run: number, idStart: string, now: number): void {
    for (const row of this.rows.untaken(run)) {
      if (!row.runtime_id.startsWith(idStart)) continue
      if (row.state === 'open') this.#void(row, now)
      else this.refused(row.id, now)
    }
  }

  /** Puts what was put nowhere. */
  place(
    id: number,
    message: RunQuestion['message'],
    conversation: ConversationRow,
    now: number,
  ): void {
    if (this.#putIn.run(conversation.id, id).changes === 1)
      this.#send(id, message, conversation, now)
  }

  /** The runtime did not take the answer. */
  refused(id: number, now: number): void {
    const row = this.rows.get(id)
    if (row === undefined || row.state === 'void' || row.told_at !== null) return
    this.#end.run('void', null, null, null, now, id)
    if (row.same_as === null) this.#messages.end(id, 'void', now)
  }

  expire(now: number, limit: number): string[] {
    const due = this.#due.all(now, limit) as ApprovalRecord[]
    for (const row of due) {
      this.#end.run('expired', null, null, null, now, row.id)
      if (row.same_as === null) this.#messages.end(row.id, 'expired', now)
      this.#goOn(row, { answer: 'nobody answered in time' }, now)
    }
    return due.map(({ id }) => formatId('q', id))
  }

  #void(row: ApprovalRecord, now: number): void {
    this.#end.run('void', null, null, null, now, row.id)
    if (this.rows.group(row).length === 0) this.#messages.end(row.same_as ?? row.id, 'void', now)
    this.#goOn(row, { answer: 'no longer needed' }, now)
  }

  #goOn(row: ApprovalRecord, data: Record<string, unknown>, now: number): void {
    if (this.rows.openOf(row.run_id).length > 0) return
    if (this.#resume.run(row.run_id).changes === 0) return
    const request = formatId('q', row.same_as ?? row.id)
    this.#events.append(row.run_id, 'run.resumed', now, { request, ...data })
  }
}

type Flag = { readonly is_cancel_requested: number }
