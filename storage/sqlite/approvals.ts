import type { Database, Statement } from 'better-sqlite3'
import type { Address } from '../../core/model.ts'
import type { RuntimeRequest } from '../../core/runtime-port.ts'
import type {
  ApprovalRow,
  ApprovalState,
  ApprovalStore,
  Closing,
  GrantRow,
  PersonsAnswer,
  RunAsked,
  RunQuestion,
} from '../../core/store/approvals.ts'
import type { EffectOutcome } from '../../core/store/effects.ts'
import type { Page } from '../../core/store/page.ts'
import type { Lease } from '../../core/store/runs.ts'
import { requestOf, toApproval, toAsked } from './approval-rows.ts'
import type { ConversationRow, Conversations } from './conversations.ts'
import { type Grants, toGrant } from './grants.ts'
import { formatId, parseId } from './ids.ts'
import { pageOf, parseCursor } from './paging.ts'
import { leased } from './run-claims.ts'
import type { RunRequests } from './run-requests.ts'
import type { Writer } from './writer.ts'

type LeasedRun = {
  id: number
  agent: string
  session_id: number
  conversation_id: number | null
}

/** What runs ask of people, each step in a transaction of its own. */
export class SqliteApprovals implements ApprovalStore {
  readonly #writer: Writer
  readonly #conversations: Conversations
  readonly #requests: RunRequests
  readonly #grants: Grants
  readonly #held: Statement<[number, number]>
  readonly #place: Statement<[number]>
  readonly #told: Statement<[number, number]>

  constructor(
    db: Database,
    writer: Writer,
    parts: { conversations: Conversations; requests: RunRequests; grants: Grants },
  ) {
    this.#writer = writer
    this.#conversations = parts.conversations
    this.#requests = parts.requests
    this.#grants = parts.grants
    this.#held = db.prepare(
      `SELECT id, agent, session_id, conversation_id FROM runs WHERE ${leased}`,
    )
    this.#place = db.prepare('SELECT * FROM conversations WHERE id = ?')
    this.#told = db.prepare('UPDATE requests SET told_at = ? WHERE id = ?')
  }

  ask(lease: Lease, question: RunQuestion, now: number): Promise<RunAsked | undefined> {
    return this.#whileHeld(lease, (run) =>
      this.#requests.ask(run, question, this.#placeOf(run, question.place, now), now),
    )
  }

  async close(lease: Lease, runtimeId: string, now: number): Promise<boolean> {
    const isHeld = await this.#whileHeld(lease, ({ id }) => {
      this.#requests.close(id, runtimeId, now)
      return true
    })
    return isHeld === true
  }

  async closeAll(lease: Lease, now: number, idStart?: string): Promise<void> {
    await this.#whileHeld(lease, ({ id }) => {
      if (idStart === undefined) this.#requests.forget(id, now)
      else this.#requests.abandon(id, idStart, now)
    })
  }

  async unplaced(limit: number): Promise<{ id: string; request: RuntimeRequest }[]> {
    return this.#requests.rows
      .unplaced(limit)
      .map((row) => ({ id: formatId('q', row.id), request: requestOf(row) }))
  }

  place(id: string, place: Address, message: RunQuestion['message'], now: number): Promise<void> {
    return this.#writer.write(() => {
      this.#requests.place(parseId('q', id), message, this.#conversationAt(place, now), now)
    })
  }

  answer(id: string, answer: PersonsAnswer, closing: Closing, now: number): Promise<EffectOutcome> {
    return this.#writer.write(() => this.#requests.answer(parseId('q', id), answer, closing, now))
  }

  expire(now: number, limit: number): Promise<string[]> {
    return this.#writer.write(() => this.#requests.expire(now, limit))
  }

  told(id: string, now: number): Promise<void> {
    return this.#writer.write(() => {
      this.#told.run(now, parseId('q', id))
    })
  }

  refused(id: string, now: number): Promise<void> {
    return this.#writer.write(() => this.#requests.refused(parseId('q', id), now))
  }

  async stateOf(id: string): Promise<RunAsked | undefined> {
    const row = this.#requests.rows.get(parseId('q', id))
    return row === undefined ? undefined : toAsked(row, false)
  }

  async find(id: string): Promise<ApprovalRow | undefined> {
    return this.#requests.rows.find(parseId('q', id))
  }

  async list(args: {
    state?: ApprovalState
    cursor?: string
    limit: number
  }): Promise<Page<ApprovalRow>> {
    const before = parseCursor(args.cursor)
    const rows = this.#requests.rows.before(before, args.state, args.limit + 1)
    return pageOf(rows, args.limit, toApproval)
  }

  async grants(args: { cursor?: string; limit: number }): Promise<Page<GrantRow>> {
    const rows = this.#grants.before(parseCursor(args.cursor), args.limit + 1)
    return pageOf(rows, args.limit, toGrant)
  }

  revoke(grantId: string): Promise<boolean> {
    return this.#writer.write(() => this.#grants.revoke(parseId('g', grantId)))
  }

  #placeOf(run: LeasedRun, place: Address | undefined, now: number): ConversationRow | undefined {
    if (place) return this.#conversationAt(place, now)
    if (run.conversation_id === null) return undefined
    return this.#place.get(run.conversation_id) as ConversationRow
  }

  #conversationAt(place: Address, now: number): ConversationRow {
    const kind = this.#conversations.find(place)?.kind ?? 'dm'
    return this.#conversations.ensure(place, kind, undefined, now)
  }

  #whileHeld<T>({ runId, token }: Lease, work: (run: LeasedRun) => T): Promise<T | undefined> {
    return this.#writer.write(() => {
      const run = this.#held.get(parseId('r', runId), token) as LeasedRun | undefined
      return run === undefined ? undefined : work(run)
    })
  }
}
