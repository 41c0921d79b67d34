import type { Database, Statement } from 'better-sqlite3'
import type {
  ClaimedOccurrence,
  OccurrenceStep,
  OccurrenceStore,
} from '../../core/scheduler/job-store.ts'
import { DueMessages } from './due-messages.ts'
import { formatId } from './ids.ts'
import type { JobRecord, JobRows } from './job-rows.ts'
import type { OccurrenceRecord, OccurrenceRows } from './occurrence-rows.ts'

const isOpen = `state IN ('queued', 'leased', 'running')`

/** From due job to leased occurrence. Used inside transactions only. */
export class OccurrenceClaims {
  readonly #jobs: JobRows
  readonly #rows: OccurrenceRows
  readonly #dueJobs: Statement<[number, number]>
  readonly #nextJobAt: Statement<[]>
  readonly #countOpen: Statement<[number]>
  readonly #advance: Statement
  readonly #notice: Statement<[number, string]>
  readonly #messages: DueMessages
  readonly #dueTurns: Statement<[number, number]>
  readonly #nextAt: Statement<[number, number]>
  readonly #countTurning: Statement<[]>
  readonly #lease: Statement
  readonly #orphans: Statement<[string, number, number]>

  constructor(db: Database, jobs: JobRows, rows: OccurrenceRows) {
    this.#jobs = jobs
    this.#rows = rows
    this.#dueJobs = db.prepare(
      `SELECT * FROM jobs WHERE state = 'active' AND next_at IS NOT NULL AND next_at <= ? ORDER BY next_at, id LIMIT ?`,
    )
    this.#nextJobAt = db
      .prepare(
        `SELECT next_at FROM jobs WHERE state = 'active' AND next_at IS NOT NULL ORDER BY next_at LIMIT 1`,
      )
      .pluck() as Statement<[]>
    this.#countOpen = db
      .prepare(`SELECT count(*) FROM occurrences WHERE job_id = ? AND ${isOpen}`)
      .pluck() as Statement<[number]>
    this.#advance = db.prepare(
      'UPDATE jobs SET cursor = ?, next_at = ?, runs = runs + ?, state = ?, reason = ?, paused_by = ? WHERE id = ?',
    )
    this.#notice = db.prepare(
      `INSERT INTO job_notices (kind, job_id, occurrence_id, failures, detail) VALUES ('unplannable', ?, 0, 0, ?)`,
    )
    this.#messages = new DueMessages(db)
    this.#dueTurns = db.prepare(
      `SELECT o.* FROM occurrences o WHERE o.state = 'queued' AND o.is_turn = 1 AND o.not_before <= ?
         AND NOT EXISTS (SELECT 1 FROM occurrences b WHERE b.job_id = o.job_id AND b.${isOpen} AND b.state <> 'queued')
       ORDER BY o.not_before, o.id LIMIT ?`,
    )
    this.#nextAt = db
      .prepare(
        `SELECT not_before FROM occurrences WHERE state = 'queued' AND is_turn = ? AND not_before > ?
         ORDER BY not_before LIMIT 1`,
      )
      .pluck() as Statement<[number, number]>
    this.#countTurning = db
      .prepare(
        `SELECT count(*) FROM occurrences WHERE is_turn = 1 AND state IN ('leased', 'running')`,
      )
      .pluck() as Statement<[]>
    this.#lease = db.prepare(
      `UPDATE occurrences SET state = 'leased', attempt = attempt + 1, lease_owner = ?, lease_token = lease_token + 1,
         lease_expires_at = ?, started_at = COALESCE(started_at, ?) WHERE id = ? RETURNING *`,
    )
    this.#orphans = db.prepare(
      `SELECT * FROM occurrences WHERE ${isOpen} AND state = 'leased'
         AND (lease_owner <> ? OR lease_expires_at <= ?) ORDER BY id LIMIT ?`,
    )
  }

  enqueue({ now, limit, plan }: Parameters<OccurrenceStore['enqueue']>[0]): {
    made: OccurrenceStep[]
    nextAt: number | undefined
  } {
    const made: OccurrenceStep[] = []
    for (const row of this.#dueJobs.all(now, limit) as JobRecord[]) {
      const open = this.#countOpen.get(row.id) as number
      const planned = plan({ ...this.#jobs.jobOf(row), open })
      const isTurn = row.kind !== 'message'
      const steps = planned.occurrences.flatMap(
        (one) => this.#rows.add(row.id, { ...one, isTurn }, now) ?? [],
      )
      made.push(...steps)
      const { cursor, nextAt, ended, paused } = planned
      const queued = steps.filter(({ state }) => state === 'queued').length
      this.#advance.run(
        Math.max(cursor, row.cursor),
        nextAt ?? null,
        queued,
        paused !== undefined ? 'paused' : nextAt === undefined ? 'ended' : 'active',
        paused ?? (nextAt === undefined ? (ended ?? 'its time has passed') : null),
        paused === undefined ? null : 'unplannable',
        row.id,
      )
      if (paused !== undefined) this.#notice.run(row.id, paused)
    }
    return { made, nextAt: this.#nextJobAt.get() as number | undefined }
  }

  claim({ owner, now, leaseMs, messages, maxTurns }: Parameters<OccurrenceStore['claim']>[0]): {
    occurrences: ClaimedOccurrence[]
    nextAt: number | undefined
  } {
    const turns = Math.max(0, maxTurns - (this.#countTurning.get() as number))
    const waiting = this.#messages.take(now, messages)
    const due = [...waiting.due, ...(this.#dueTurns.all(now, turns) as OccurrenceRecord[])]
    const busy = new Set<number>()
    const occurrences = due.flatMap((row) => {
      if (busy.has(row.job_id)) return []
      busy.add(row.job_id)
      const leased = this.#lease.get(owner, now + leaseMs, now, row.id) as OccurrenceRecord
      return {
        lease: { id: formatId('o', row.id), token: leased.lease_token },
        job: this.#jobs.get(row.job_id),
        scheduledFor: row.scheduled_for,
        attempt: leased.attempt,
      }
    })
    const later = [0, 1].flatMap((isTurn) => (this.#nextAt.get(isTurn, now) as number) ?? [])
    if (waiting.nextAt !== undefined) later.push(waiting.nextAt)
    return { occurrences, nextAt: later.length === 0 ? undefined : Math.min(...later) }
  }

  orphans(owner: string, now: number, limit: number): readonly OccurrenceRecord[] {
    return this.#orphans.all(owner, now, limit) as OccurrenceRecord[]
  }
}
