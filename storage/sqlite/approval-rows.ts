import type { Database, Statement } from 'better-sqlite3'
import type { RequestAnswer, RuntimeRequest } from '../../core/runtime-port.ts'
import type { ApprovalRow, ApprovalState, RunAsked } from '../../core/store/approvals.ts'
import { addressOf } from './conversations.ts'
import { formatId } from './ids.ts'

/** What a run asks, as far as deciding about it needs it. */
export type ApprovalRecord = {
  readonly id: number
  readonly kind: 'permission' | 'question'
  readonly run_id: number
  readonly runtime_id: string
  readonly request: string
  readonly same_as: number | null
  readonly state: ApprovalState
  /** While it is open, what is told if nobody answers. */
  readonly told: string
  readonly told_at: number | null
  readonly expires_at: number
}

type ViewRow = Omit<ApprovalRecord, 'run_id'> & {
  readonly run_id: number
  readonly agent: string
  readonly key: string
  readonly asked_at: number
  readonly ended_at: number | null
  readonly answer: string | null
  readonly answered_by: string | null
  readonly channel: string | null
  readonly account: string
  readonly chat: string
  readonly thread: string
}

const view = `SELECT q.*, r.agent AS agent, s.key, c.channel, c.account, c.chat, c.thread
  FROM requests q JOIN runs r ON r.id = q.run_id JOIN sessions s ON s.id = r.session_id
  LEFT JOIN conversations c ON c.id = COALESCE(q.asked_in, q.conversation_id)`

const isOfRun = `q.run_id IS NOT NULL`

/** Reading what runs ask. */
export class ApprovalRows {
  readonly #get: Statement<[number]>
  readonly #known: Statement<[number, string]>
  readonly #openOf: Statement<[number]>
  readonly #untaken: Statement<[number]>
  readonly #unplaced: Statement<[number]>
  readonly #group: Statement<[number, number]>
  readonly #find: Statement<[number]>
  readonly #list: Statement<[number, string | null, number]>

  constructor(db: Database) {
    this.#get = db.prepare('SELECT * FROM requests WHERE id = ? AND run_id IS NOT NULL')
    this.#known = db.prepare('SELECT * FROM requests WHERE run_id = ? AND runtime_id = ?')
    this.#openOf = db.prepare(
      `SELECT * FROM requests WHERE run_id = +? AND state = 'open' ORDER BY id`,
    )
    this.#untaken = db.prepare(
      `SELECT * FROM requests WHERE run_id = ? AND state IN ('open', 'answered') AND told_at IS NULL ORDER BY id`,
    )
    this.#unplaced = db.prepare(
      `SELECT * FROM requests WHERE state = 'open' AND run_id IS NOT NULL AND same_as IS NULL
         AND conversation_id IS NULL AND asked_in IS NULL ORDER BY id LIMIT ?`,
    )
    this.#group = db.prepare(
      `SELECT * FROM requests WHERE run_id = ? AND state = 'open' AND ? IN (id, same_as) ORDER BY id`,
    )
    this.#find = db.prepare(`${view} WHERE q.id = ? AND ${isOfRun}`)
    this.#list = db.prepare(
      `${view} WHERE q.id < ? AND ${isOfRun} AND q.same_as IS NULL AND q.state = COALESCE(?, q.state)
       ORDER BY q.id DESC LIMIT ?`,
    )
  }

  get(id: number): ApprovalRecord | undefined {
    return this.#get.get(id) as ApprovalRecord | undefined
  }

  known(run: number, runtimeId: string): ApprovalRecord | undefined {
    return this.#known.get(run, runtimeId) as ApprovalRecord | undefined
  }

  openOf(run: number): ApprovalRecord[] {
    return this.#openOf.all(run) as ApprovalRecord[]
  }

  /** What nobody was told the end of. */
  untaken(run: number): ApprovalRecord[] {
    return this.#untaken.all(run) as ApprovalRecord[]
  }

  /** What is open and was put nowhere. */
  unplaced(limit: number): ApprovalRecord[] {
    return this.#unplaced.all(limit) as ApprovalRecord[]
  }

  /** What is still open of a request and those that share its message and its answer. */
  group({ id, run_id, same_as }: ApprovalRecord): ApprovalRecord[] {
    return this.#group.all(run_id, same_as ?? id) as ApprovalRecord[]
  }

  find(id: number): ApprovalRow | undefined {
    const row = this.#find.get(id) as ViewRow | undefined
    return row === undefined ? undefined : toApproval(row)
  }

  before(id: number, state: ApprovalState | undefined, limit: number): ViewRow[] {
    return this.#list.all(id, state ?? null, limit) as ViewRow[]
  }
}

export function requestOf({ request }: Pick<ApprovalRecord, 'request'>): RuntimeRequest {
  return JSON.parse(request) as RuntimeRequest
}

export function toAsked(row: ApprovalRecord, isNew: boolean): RunAsked {
  return {
    id: formatId('q', row.id),
    state: row.state,
    isNew,
    tell: JSON.parse(row.told) as RequestAnswer,
  }
}

export function toApproval(row: ViewRow): ApprovalRow {
  return {
    id: formatId('q', row.id),
    state: row.state,
    runId: formatId('r', row.run_id),
    agent: row.agent,
    sessionKey: row.key,
    request: requestOf(row),
    address: row.channel === null ? null : addressOf({ ...row, channel: row.channel }),
    askedAt: row.asked_at,
    expiresAt: row.expires_at,
    endedAt: row.ended_at,
    answer: row.answer,
    answeredBy: row.answered_by,
  }
}

/** Whether they ask the same, whatever their runtimes call them. */
export function isEqual(one: RuntimeRequest, other: RuntimeRequest): boolean {
  const key = ({ id: _, ...rest }: RuntimeRequest) => JSON.stringify(Object.entries(rest).sort())
  return key(one) === key(other)
}
