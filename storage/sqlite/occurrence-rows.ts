import type { Database, Statement } from 'better-sqlite3'
import type { DeliveryState, RunError, RunState } from '../../core/model.ts'
import type { Occurrence } from '../../core/scheduler/job.ts'
import type {
  OccurrenceLease,
  OccurrenceNote,
  OccurrenceStep,
} from '../../core/scheduler/job-store.ts'
import { formatId, parseId } from './ids.ts'

export type OccurrenceRecord = {
  readonly id: number
  readonly job_id: number
  readonly scheduled_for: number
  readonly is_turn: number
  readonly is_manual: number
  readonly state: Occurrence['state']
  readonly reason: string | null
  readonly data: string | null
  readonly attempt: number
  readonly not_before: number
  readonly lease_token: number
  readonly run_id: number | null
  readonly delivery: Occurrence['delivery']
  readonly error_code: string | null
  readonly error_message: string | null
  readonly created_at: number
  readonly started_at: number | null
  readonly finished_at: number | null
  readonly run_state?: RunState | null
  readonly delivery_state?: DeliveryState | null
  readonly platform_message_id?: string | null
}

/** The lane of the chat that the job with this id writes to; 0 where that is none, or the owner's. */
export const laneOfJob = `COALESCE((SELECT c.lane FROM jobs j JOIN conversations c ON c.id = j.conversation_id WHERE j.id = ?), 0)`

/** What an occurrence `o` sent: the answer of its run, or, of a message, the deliveries with its key. */
export const sentBy = `(d.run_id = o.run_id OR (o.run_id IS NULL AND d.key >= 'o' || o.id || ':' AND d.key < 'o' || o.id || ';'))`

const firstDelivery = `(SELECT min(d.id) FROM deliveries d WHERE CASE WHEN o.run_id IS NULL
  THEN d.key >= 'o' || o.id || ':' AND d.key < 'o' || o.id || ';' ELSE d.run_id = o.run_id END)`

/** Occurrences with what became of their run and of their first message. */
export const occurrencesFrom = `SELECT o.*, r.state AS run_state, d.state AS delivery_state, d.platform_message_id
  FROM occurrences o LEFT JOIN runs r ON r.id = o.run_id
  LEFT JOIN deliveries d ON o.delivery <> 'none' AND d.id = ${firstDelivery}`

export function occurrenceOf(row: OccurrenceRecord): Occurrence {
  return {
    id: formatId('o', row.id),
    jobId: formatId('j', row.job_id),
    scheduledFor: row.scheduled_for,
    isManual: row.is_manual === 1,
    state: row.state,
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.data !== null && { data: JSON.parse(row.data) as unknown }),
    attempt: row.attempt,
    notBefore: row.not_before,
    ...(row.run_id !== null && { runId: formatId('r', row.run_id) }),
    ...(row.run_state && { runState: row.run_state }),
    delivery: row.delivery,
    ...(row.delivery_state && { deliveryState: row.delivery_state }),
    ...(row.platform_message_id && { platformMessageId: row.platform_message_id }),
    ...(row.error_code !== null && {
      error: { code: row.error_code, message: row.error_message ?? '' },
    }),
    createdAt: row.created_at,
    ...(row.started_at !== null && { startedAt: row.started_at }),
    ...(row.finished_at !== null && { finishedAt: row.finished_at }),
  }
}

type Ending = {
  readonly state: 'completed' | 'failed' | 'skipped'
  readonly delivery: Occurrence['delivery']
  readonly reason?: string
  readonly error?: RunError
}

/** Occurrences as rows, step by step. Used inside transactions only. */
export class OccurrenceRows {
  readonly #get: Statement<[number]>
  readonly #held: Statement<[number, number]>
  readonly #name: Statement<[number]>
  readonly #insert: Statement
  readonly #end: Statement
  readonly #requeue: Statement
  readonly #run: Statement
  readonly #note: Statement
  readonly #delivered: Statement

  constructor(db: Database) {
    this.#get = db.prepare('SELECT * FROM occurrences WHERE id = ?')
    this.#held = db.prepare(
      `SELECT * FROM occurrences WHERE id = ? AND lease_token = ? AND state = 'leased'`,
    )
    this.#name = db.prepare('SELECT name FROM jobs WHERE id = ?').pluck() as Statement<[number]>
    this.#insert = db.prepare(
      `INSERT OR IGNORE INTO occurrences (job_id, lane, scheduled_for, is_turn, is_manual, state, reason, not_before,
         created_at, finished_at) VALUES (?, ${laneOfJob}, ?, ?, 0, ?, ?, ?, ?, ?)`,
    )
    this.#end = db.prepare(
      `UPDATE occurrences SET state = ?, delivery = ?, reason = COALESCE(?, reason), error_code = ?, error_message = ?, finished_at = ?,
         lease_expires_at = NULL WHERE id = ?`,
    )
    this.#requeue = db.prepare(
      `UPDATE occurrences SET state = 'queued', not_before = ?, attempt = attempt - ?, error_code = ?, error_message = ?,
         lease_expires_at = NULL, reason = NULL, data = NULL WHERE id = ?`,
    )
    this.#run = db.prepare(
      `UPDATE occurrences SET state = 'running', run_id = ?, lease_expires_at = NULL WHERE id = ?`,
    )
    this.#note = db.prepare('UPDATE occurrences SET reason = ?, data = ? WHERE id = ?')
    this.#delivered = db.prepare('UPDATE occurrences SET delivery = ? WHERE id = ?')
  }

  get(id: number): OccurrenceRecord {
    return this.#get.get(id) as OccurrenceRecord
  }

  held({ id, token }: OccurrenceLease): OccurrenceRecord | undefined {
    return this.#held.get(parseId('o', id), token) as OccurrenceRecord | undefined
  }

  /** Undefined when there is an occurrence for that time already. */
  add(
    jobId: number,
    of: { scheduledFor: number; notBefore: number; skipped?: string; isTurn: boolean },
    now: number,
  ): OccurrenceStep | undefined {
    const { scheduledFor, notBefore, skipped, isTurn } = of
    const { changes, lastInsertRowid } = this.#insert.run(
      jobId,
      jobId,
      scheduledFor,
      isTurn ? 1 : 0,
      skipped === undefined ? 'queued' : 'skipped',
      skipped ?? null,
      notBefore,
      now,
      skipped === undefined ? null : now,
    )
    return changes === 0 ? undefined : this.step(Number(lastInsertRowid))
  }

  run(id: number, run: number): OccurrenceStep {
    this.#run.run(run, id)
    return this.step(id)
  }

  note(id: number, { reason, data }: OccurrenceNote): void {
    this.#note.run(reason ?? null, data === undefined ? null : JSON.stringify(data), id)
  }

  requeue(
    id: number,
    notBefore: number,
    error: RunError | undefined,
    givesBack = false,
  ): OccurrenceStep {
    this.#requeue.run(notBefore, givesBack ? 1 : 0, error?.code ?? null, error?.message ?? null, id)
    return this.step(id)
  }

  end(id: number, { state, delivery, reason, error }: Ending, now: number): OccurrenceStep {
    this.#end.run(
      state,
      delivery,
      reason ?? null,
      error?.code ?? null,
      error?.message ?? null,
      now,
      id,
    )
    return this.step(id)
  }

  delivered(id: number, delivery: Occurrence['delivery']): OccurrenceStep {
    this.#delivered.run(delivery, id)
    return this.step(id)
  }

  step(id: number): OccurrenceStep {
    const row = this.get(id)
    return {
      id: formatId('o', id),
      jobId: formatId('j', row.job_id),
      name: (this.#name.get(row.job_id) as string | undefined) ?? '',
      state: row.state,
      delivery: row.delivery,
      ...(row.run_id !== null && { runId: formatId('r', row.run_id) }),
      ...(row.reason !== null && { reason: row.reason }),
    }
  }
}
