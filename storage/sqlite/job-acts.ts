import type { Database, Statement } from 'better-sqlite3'
import type { PauseCause } from '../../core/scheduler/job.ts'
import type { JobAct } from '../../core/scheduler/job-store.ts'
import type { JobRows } from './job-rows.ts'
import { laneOfJob } from './occurrence-rows.ts'
import type { RunQueue } from './run-queue.ts'

type WaitingRun = { id: number; session_id: number; head: number }

/** What people do to jobs that are there, with what follows for their occurrences. Used inside transactions only. */
export class JobActs {
  readonly #db: Database
  readonly #jobs: JobRows
  readonly #queue: RunQueue
  readonly #waitingRuns: Statement<[number]>
  readonly #skipQueued: Statement
  readonly #isOpen: Statement<[number]>
  readonly #isTaken: Statement<[number, number]>
  readonly #insertNow: Statement

  constructor(db: Database, jobs: JobRows, queue: RunQueue) {
    this.#db = db
    this.#jobs = jobs
    this.#queue = queue
    this.#waitingRuns = db.prepare(
      `SELECT r.id, r.session_id, r.head FROM occurrences o JOIN runs r ON r.id = o.run_id
       WHERE o.job_id = ? AND o.state = 'running' AND r.state = 'queued'`,
    )
    this.#skipQueued = db.prepare(
      `UPDATE occurrences SET state = 'skipped', reason = ?, finished_at = ?, lease_expires_at = NULL
       WHERE job_id = ? AND state IN ('queued', 'leased')`,
    )
    this.#isOpen = db
      .prepare(
        `SELECT 1 FROM occurrences WHERE job_id = ? AND state IN ('queued', 'leased', 'running') LIMIT 1`,
      )
      .pluck() as Statement<[number]>
    this.#isTaken = db
      .prepare('SELECT 1 FROM occurrences WHERE job_id = ? AND scheduled_for = ?')
      .pluck() as Statement<[number, number]>
    this.#insertNow = db.prepare(
      `INSERT INTO occurrences (job_id, lane, scheduled_for, is_turn, is_manual, state, not_before, created_at)
       VALUES (?, ${laneOfJob}, ?, ?, 1, 'queued', ?, ?)`,
    )
  }

  pause(id: number, cause: PauseCause, reason: string, now: number): JobAct {
    const job = this.#jobs.find(id)
    if (!job) return 'unknown'
    if (job.state !== 'active') return 'not-now'
    this.#db
      .prepare(
        `UPDATE jobs SET state = 'paused', paused_by = ?, reason = ?, next_at = NULL WHERE id = ?`,
      )
      .run(cause, reason, id)
    this.#cancelWaiting(id, now)
    this.#skipQueued.run('the job was paused', now, id)
    return 'done'
  }

  resume(id: number, nextAt: number | undefined, now: number): JobAct {
    const job = this.#jobs.find(id)
    if (!job) return 'unknown'
    if (job.state !== 'paused') return 'not-now'
    this.#db
      .prepare(
        `UPDATE jobs SET state = ?, paused_by = NULL, reason = ?, next_at = ?, cursor = MAX(cursor, ?), failures = 0 WHERE id = ?`,
      )
      .run(
        nextAt === undefined ? 'ended' : 'active',
        nextAt === undefined ? 'its time has passed' : null,
        nextAt ?? null,
        now,
        id,
      )
    return 'done'
  }

  remove(id: number, now: number): boolean {
    if (!this.#jobs.find(id)) return false
    this.#cancelWaiting(id, now)
    this.#db.prepare('DELETE FROM occurrences WHERE job_id = ?').run(id)
    this.#db.prepare('DELETE FROM job_notices WHERE job_id = ?').run(id)
    this.#db.prepare('DELETE FROM jobs WHERE id = ?').run(id)
    return true
  }

  /** The row of the new occurrence. */
  runNow(id: number, now: number): number | 'unknown' | 'busy' | 'paused' {
    const job = this.#jobs.find(id)
    if (!job) return 'unknown'
    if (job.state === 'paused') return 'paused'
    if (this.#isOpen.get(id) !== undefined) return 'busy'
    let scheduledFor = now
    // A time of the schedule may have been, or be due in, this very millisecond.
    while (scheduledFor === job.next_at || this.#isTaken.get(id, scheduledFor) !== undefined)
      scheduledFor += 1
    const isTurn = job.kind === 'message' ? 0 : 1
    return Number(this.#insertNow.run(id, id, scheduledFor, isTurn, now, now).lastInsertRowid)
  }

  #cancelWaiting(id: number, now: number): void {
    for (const run of this.#waitingRuns.all(id) as WaitingRun[]) {
      const queued = { id: run.id, sessionId: run.session_id, isHead: run.head === 1 }
      this.#queue.endQueued(queued, 'cancelled', now)
    }
  }
}
