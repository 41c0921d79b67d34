import type { Database } from 'better-sqlite3'
import type { Job, Occurrence } from '../../core/scheduler/job.ts'
import type {
  JobAct,
  JobCreation,
  JobEdit,
  JobLimits,
  JobScope,
  JobStore,
  NewJob,
} from '../../core/scheduler/job-store.ts'
import type { Page } from '../../core/store/page.ts'
import type { Conversations } from './conversations.ts'
import { parseId } from './ids.ts'
import type { JobActs } from './job-acts.ts'
import type { JobRecord, JobRows } from './job-rows.ts'
import { type OccurrenceRecord, occurrenceOf, occurrencesFrom } from './occurrence-rows.ts'
import { pageOf, parseCursor } from './paging.ts'
import type { Writer } from './writer.ts'

/** Jobs as people and programs see and change them. */
export class SqliteJobs implements JobStore {
  readonly #db: Database
  readonly #writer: Writer
  readonly #rows: JobRows
  readonly #acts: JobActs
  readonly #conversations: Conversations

  constructor(
    db: Database,
    writer: Writer,
    parts: { rows: JobRows; acts: JobActs; conversations: Conversations },
  ) {
    this.#db = db
    this.#writer = writer
    this.#rows = parts.rows
    this.#acts = parts.acts
    this.#conversations = parts.conversations
  }

  create(job: NewJob, limits: JobLimits, now: number): Promise<JobCreation> {
    return this.#writer.write(() => this.#rows.create(job, limits, now))
  }

  async find(id: string): Promise<Job | undefined> {
    const row = this.#rows.find(parseId('j', id))
    return row && this.#rows.jobOf(row)
  }

  async list(args: {
    scope: JobScope
    state?: 'open'
    cursor?: string
    limit: number
  }): Promise<Page<Job>> {
    const { scope, state, limit } = args
    const isOpen = state === 'open' ? `AND state <> 'ended'` : ''
    const behind = parseCursor(args.cursor)
    const order = `${isOpen} ORDER BY id DESC LIMIT ?`
    const page = (rows: unknown[]) =>
      pageOf(rows as JobRecord[], limit, (row) => this.#rows.jobOf(row))
    if (scope === 'all') {
      return page(
        this.#db.prepare(`SELECT * FROM jobs WHERE id < ? ${order}`).all(behind, limit + 1),
      )
    }
    const place = this.#conversations.find(scope.chat)?.id ?? -1
    const { account = null, id = null } = scope.person ?? {}
    return page(
      this.#db
        .prepare(
          `SELECT * FROM jobs WHERE id < ? AND (origin_id = ?
             OR (conversation_id = ? AND creator_account = ? AND creator = ?)) ${order}`,
        )
        .all(behind, place, place, account, id, limit + 1),
    )
  }

  change(
    id: string,
    version: number,
    edit: JobEdit,
    now: number,
  ): Promise<Job | 'unknown' | 'stale'> {
    return this.#writer.write(() => {
      const row = this.#rows.find(parseId('j', id))
      if (!row) return 'unknown'
      if (row.version !== version) return 'stale'
      this.#rows.change(row, edit, now)
      return this.#rows.get(row.id)
    })
  }

  pause(id: string, reason: string, now: number): Promise<JobAct> {
    return this.#writer.write(() => this.#acts.pause(parseId('j', id), 'person', reason, now))
  }

  resume(id: string, nextAt: number | undefined, now: number): Promise<JobAct> {
    return this.#writer.write(() => this.#acts.resume(parseId('j', id), nextAt, now))
  }

  remove(id: string, now: number): Promise<boolean> {
    return this.#writer.write(() => this.#acts.remove(parseId('j', id), now))
  }

  runNow(id: string, now: number): Promise<Occurrence | 'unknown' | 'busy' | 'paused'> {
    return this.#writer.write(() => {
      const made = this.#acts.runNow(parseId('j', id), now)
      if (typeof made === 'string') return made
      const row = this.#db.prepare(`${occurrencesFrom} WHERE o.id = ?`).get(made)
      return occurrenceOf(row as OccurrenceRecord)
    })
  }

  async occurrences(
    jobId: string,
    args: { cursor?: string; limit: number },
  ): Promise<Page<Occurrence>> {
    const rows = this.#db
      .prepare(`${occurrencesFrom} WHERE o.job_id = ? AND o.id < ? ORDER BY o.id DESC LIMIT ?`)
      .all(parseId('j', jobId), parseCursor(args.cursor), args.limit + 1)
    return pageOf(rows as OccurrenceRecord[], args.limit, occurrenceOf)
  }
}
