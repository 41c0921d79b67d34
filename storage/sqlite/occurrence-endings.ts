import type { Database, Statement } from 'better-sqlite3'
import type { RunError, RunState } from '../../core/model.ts'
import type {
  EndPolicy,
  FailurePolicy,
  JobNotice,
  OccurrenceStep,
} from '../../core/scheduler/job-store.ts'
import type { ConversationRow } from './conversations.ts'
import { formatId } from './ids.ts'
import type { JobActs } from './job-acts.ts'
import type { JobRecord, JobRows } from './job-rows.ts'
import { type OccurrenceRecord, type OccurrenceRows, sentBy } from './occurrence-rows.ts'
import type { Outgoing } from './outgoing.ts'

type EndedRun = OccurrenceRecord & {
  readonly ended: RunState | null
  readonly run_error_code: string | null
  readonly run_error_message: string | null
}

type DeliveringRecord = OccurrenceRecord & { readonly is_on_its_way: number }

const crashed = { code: 'crashed', message: 'The gateway was stopped before it could begin.' }
const lostRun = { code: 'lost', message: 'Its run is no longer there.' }

/**
 * How occurrences end: with what became of their runs and messages, with what an owner should hear, and with a pause
 * for a job that only fails. Used inside transactions only.
 */
export class OccurrenceEndings {
  readonly #db: Database
  readonly #jobs: JobRows
  readonly #acts: JobActs
  readonly #rows: OccurrenceRows
  readonly #outgoing: Outgoing
  readonly #endedRuns: Statement<[number]>
  readonly #delivering: Statement<[number, number]>
  readonly #deliveryStates: Statement<[number]>
  readonly #hasSent: Statement<[number]>
  readonly #countOpen: Statement<[]>
  readonly #failures: Statement
  readonly #notice: Statement
  /** The deliveries behind this occurrence are looked at next. */
  #lookedAt = 0

  constructor(
    db: Database,
    parts: { jobs: JobRows; acts: JobActs; rows: OccurrenceRows; outgoing: Outgoing },
  ) {
    this.#db = db
    this.#jobs = parts.jobs
    this.#acts = parts.acts
    this.#rows = parts.rows
    this.#outgoing = parts.outgoing
    this.#endedRuns = db.prepare(
      `SELECT o.*, r.state AS ended, r.error_code AS run_error_code, r.error_message AS run_error_message
       FROM occurrences o LEFT JOIN runs r ON r.id = o.run_id
       WHERE o.state = 'running' AND (r.id IS NULL OR r.state NOT IN ('queued', 'running', 'waiting'))
       ORDER BY o.id LIMIT ?`,
    )
    this.#delivering = db.prepare(
      `SELECT o.*, EXISTS (SELECT 1 FROM deliveries d WHERE ${sentBy}
         AND (d.head = 1 OR d.state IN ('pending', 'sending'))) AS is_on_its_way
       FROM occurrences o WHERE o.delivery = 'pending' AND o.id > +? ORDER BY o.id LIMIT +?`,
    )
    this.#deliveryStates = db.prepare(
      `SELECT DISTINCT d.state, d.error FROM occurrences o JOIN deliveries d ON ${sentBy} WHERE o.id = ?`,
    )
    this.#hasSent = db
      .prepare('SELECT 1 FROM deliveries WHERE run_id = ? LIMIT 1')
      .pluck() as Statement<[number]>
    this.#countOpen = db
      .prepare(
        `SELECT (SELECT count(*) FROM occurrences WHERE state = 'running')
           + (SELECT count(*) FROM occurrences WHERE delivery = 'pending')`,
      )
      .pluck() as Statement<[]>
    this.#failures = db.prepare('UPDATE jobs SET failures = ? WHERE id = ? AND failures <> ?')
    this.#notice = db.prepare(
      'INSERT INTO job_notices (kind, job_id, occurrence_id, failures, detail) VALUES (?, ?, ?, ?, ?)',
    )
  }

  fail(
    row: OccurrenceRecord,
    error: RunError,
    policy: FailurePolicy & EndPolicy,
    now: number,
  ): OccurrenceStep {
    const job = this.#jobs.find(row.job_id)
    const isOver =
      policy.isFinal === true ||
      policy.pauses !== undefined ||
      row.attempt >= policy.maxAttempts ||
      job === undefined ||
      job.state === 'paused'
    if (!isOver) return this.#rows.requeue(row.id, policy.retryAt(row.attempt), error)
    const step = this.#rows.end(row.id, { state: 'failed', delivery: 'none', error }, now)
    if (job && policy.pauses !== undefined) {
      const { cause, reason } = policy.pauses
      this.#acts.pause(job.id, cause, reason, now)
      this.#notice.run(cause, job.id, row.id, 0, job.module ?? '')
    } else if (job) {
      this.#say(job, row, policy, now)
      this.#countFailure(job, row, error, policy, now)
    }
    return step
  }

  completed(row: OccurrenceRecord, isSent: boolean, now: number, reason?: string): OccurrenceStep {
    if (!isSent) this.#failures.run(0, row.job_id, 0)
    const delivery = isSent ? 'pending' : 'none'
    const ending = {
      state: 'completed',
      delivery,
      ...(reason !== undefined && { reason }),
    } as const
    return this.#rows.end(row.id, ending, now)
  }

  recovered(row: OccurrenceRecord, policy: FailurePolicy, now: number): OccurrenceStep {
    return row.attempt >= policy.maxAttempts
      ? this.fail(row, crashed, { ...policy, isFinal: true }, now)
      : this.#rows.requeue(row.id, now, undefined)
  }

  settle(
    policy: FailurePolicy,
    limit: number,
    now: number,
  ): { steps: OccurrenceStep[]; open: number; isMore: boolean } {
    const runs = this.#endedRuns.all(limit) as EndedRun[]
    const steps = runs.map((row) => this.#settleRun(row, policy, now))
    const looked = this.#delivering.all(this.#lookedAt, limit) as DeliveringRecord[]
    for (const row of looked)
      if (row.is_on_its_way === 0) steps.push(this.#settleDelivery(row, policy, now))
    // With a channel down there may be many that wait: some of them at a time, and then the first again.
    this.#lookedAt = looked.length < limit ? 0 : (looked.at(-1)?.id ?? 0)
    const isMore = runs.length === limit || looked.length === limit
    return { steps, open: this.#countOpen.get() as number, isMore }
  }

  notices(limit: number): JobNotice[] {
    const rows = this.#db
      .prepare(
        `SELECT n.*, j.name, c.channel FROM job_notices n JOIN jobs j ON j.id = n.job_id
         LEFT JOIN conversations c ON c.id = j.conversation_id ORDER BY n.id LIMIT ?`,
      )
      .all(limit) as {
      id: number
      kind: JobNotice['kind']
      job_id: number
      name: string
      occurrence_id: number
      failures: number
      detail: string
      channel: string | null
    }[]
    return rows.map((row) => ({
      id: String(row.id),
      kind: row.kind,
      jobId: formatId('j', row.job_id),
      name: row.name,
      occurrenceId: formatId('o', row.occurrence_id),
      failures: row.failures,
      detail: row.detail,
      ...(row.channel !== null && { channel: row.channel }),
    }))
  }

  told(id: string): void {
    this.#db.prepare('DELETE FROM job_notices WHERE id = ?').run(Number(id))
  }

  #settleRun(row: EndedRun, policy: FailurePolicy, now: number): OccurrenceStep {
    switch (row.ended) {
      case 'completed':
        return this.completed(row, this.#hasSent.get(row.run_id ?? -1) !== undefined, now)
      case 'failed': {
        const error = { code: row.run_error_code ?? 'failed', message: row.run_error_message ?? '' }
        // The run itself said it in its chat and to an owner; and that the day's money is spent is no fault of the job.
        return error.code === 'budget'
          ? this.#rows.end(row.id, { state: 'failed', delivery: 'none', error }, now)
          : this.fail(row, error, policy, now)
      }
      case 'cancelled':
      case 'superseded': {
        const reason = 'the run was cancelled'
        return this.#rows.end(row.id, { state: 'skipped', delivery: 'none', reason }, now)
      }
      default:
        return this.fail(row, lostRun, { ...policy, isFinal: true }, now)
    }
  }

  #settleDelivery(row: OccurrenceRecord, policy: FailurePolicy, now: number): OccurrenceStep {
    const sent = this.#deliveryStates.all(row.id) as { state: string; error: string | null }[]
    const lost = sent.find(({ state }) => state === 'discarded')
    if (lost) {
      const error = { code: 'undeliverable', message: lost.error ?? '' }
      const job = this.#jobs.find(row.job_id)
      if (job) this.#countFailure(job, row, error, policy, now)
      return this.#rows.delivered(row.id, 'failed')
    }
    if (sent.some(({ state }) => state === 'uncertain'))
      return this.#rows.delivered(row.id, 'uncertain')
    this.#failures.run(0, row.job_id, 0)
    return this.#rows.delivered(row.id, 'sent')
  }

  /** Says in the job's chat that it came to nothing. */
  #say(job: JobRecord, row: OccurrenceRecord, policy: FailurePolicy, now: number): void {
    if (job.conversation_id === null) return
    const conversation = this.#db
      .prepare('SELECT * FROM conversations WHERE id = ?')
      .get(job.conversation_id) as ConversationRow
    if (conversation.is_alive === 0) return
    const id = formatId('o', row.id)
    const run = row.run_id === null ? undefined : formatId('r', row.run_id)
    const chunks = policy.say(this.#jobs.jobOf(job), id, run)
    this.#outgoing.queue(chunks, { conversation, lane: 'answer', key: `${id}:failed` }, now)
  }

  #countFailure(
    job: JobRecord,
    row: OccurrenceRecord,
    error: RunError,
    policy: FailurePolicy,
    now: number,
  ): void {
    const failures = job.failures + 1
    this.#failures.run(failures, job.id, failures)
    const tell = (kind: JobNotice['kind']) =>
      this.#notice.run(kind, job.id, row.id, failures, error.message)
    if (error.code === 'undeliverable') tell('undeliverable')
    if (failures >= policy.pauseAfter && job.state === 'active') {
      this.#acts.pause(job.id, 'failures', `it failed ${failures} times in a row`, now)
      tell('paused')
    } else if (
      failures === policy.tellAfter ||
      // There is no second time at which to hear of it.
      (job.state === 'ended' && error.code !== 'undeliverable')
    ) {
      tell('failing')
    }
  }
}
