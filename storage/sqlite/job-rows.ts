import type { Database, Statement } from 'better-sqlite3'
import type { Address, ChatKind } from '../../core/model.ts'
import type { Job, JobKind, JobTarget, Misfire, PauseCause } from '../../core/scheduler/job.ts'
import type { JobCreation, JobEdit, JobLimits, NewJob } from '../../core/scheduler/job-store.ts'
import { addressOf, type Conversations } from './conversations.ts'
import { formatId } from './ids.ts'

export type JobRecord = {
  readonly id: number
  readonly name: string
  readonly kind: JobKind
  readonly schedule: string
  readonly text: string
  readonly module: string | null
  readonly module_hash: string | null
  readonly agent: string
  readonly session: 'own' | 'chat'
  readonly target: JobTarget['type']
  readonly conversation_id: number | null
  readonly misfire: Misfire['policy']
  readonly max_misfires: number
  readonly overlap: Job['overlap']
  readonly jitter_ms: number
  readonly ends_at: number | null
  readonly max_runs: number | null
  readonly origin_id: number | null
  readonly creator_account: string | null
  readonly creator: string | null
  readonly creator_name: string | null
  readonly creator_session: string | null
  readonly language: string | null
  readonly created_at: number
  readonly state: Job['state']
  readonly reason: string | null
  readonly paused_by: PauseCause | null
  readonly cursor: number
  readonly next_at: number | null
  readonly runs: number
  readonly failures: number
  readonly version: number
}

type Place = { channel: string; account: string; chat: string; thread: string; kind: ChatKind }

/** Jobs as rows. Used inside transactions only, apart from reading. */
export class JobRows {
  readonly #db: Database
  readonly #conversations: Conversations
  readonly #find: Statement<[number]>
  readonly #insert: Statement
  readonly #write: Statement
  readonly #place: Statement<[number]>
  readonly #countAll: Statement<[]>
  readonly #countIn: Statement<[number, number]>

  constructor(db: Database, conversations: Conversations) {
    this.#db = db
    this.#conversations = conversations
    this.#find = db.prepare('SELECT * FROM jobs WHERE id = ?')
    this.#insert = db.prepare(
      `INSERT INTO jobs (name, kind, schedule, text, module, module_hash, agent, session, target, conversation_id, misfire,
         max_misfires, overlap, jitter_ms, ends_at, max_runs, origin_id, creator_account, creator, creator_name,
         creator_session, language, created_at, state, cursor, next_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'active', ?, ?)`,
    )
    this.#write = db.prepare(
      `UPDATE jobs SET name = ?, schedule = ?, text = ?, module = ?, module_hash = ?, agent = ?, session = ?, target = ?,
         conversation_id = ?, misfire = ?, max_misfires = ?, overlap = ?, jitter_ms = ?, ends_at = ?, max_runs = ?,
         version = version + 1 WHERE id = ?`,
    )
    this.#place = db.prepare(
      'SELECT channel, account, chat, thread, kind FROM conversations WHERE id = ?',
    )
    this.#countAll = db
      .prepare(`SELECT count(*) FROM jobs WHERE state <> 'ended'`)
      .pluck() as Statement<[]>
    this.#countIn = db
      .prepare(
        `SELECT count(*) FROM jobs WHERE state <> 'ended' AND (conversation_id = ? OR origin_id = ?)`,
      )
      .pluck() as Statement<[number, number]>
  }

  find(id: number): JobRecord | undefined {
    return this.#find.get(id) as JobRecord | undefined
  }

  create(job: NewJob, limits: JobLimits, now: number): JobCreation {
    if ((this.#countAll.get() as number) >= limits.all) return { full: 'all', max: limits.all }
    const { target, createdBy } = job
    const conversation = target.type === 'chat' ? this.#placeOf(target.address, now) : null
    const origin = createdBy.chat ? this.#placeOf(createdBy.chat, now) : null
    const place = conversation ?? origin
    if (place !== null && (this.#countIn.get(place, place) as number) >= limits.perChat)
      return { full: 'chat', max: limits.perChat }
    const { lastInsertRowid } = this.#insert.run(
      job.name,
      job.kind,
      JSON.stringify(job.schedule),
      job.text,
      job.module ?? null,
      job.moduleHash ?? null,
      job.agent,
      job.session,
      target.type,
      conversation,
      job.misfire.policy,
      maxOf(job.misfire),
      job.overlap,
      job.jitterMs,
      job.endsAt ?? null,
      job.maxRuns ?? null,
      origin,
      createdBy.person?.account ?? null,
      createdBy.person?.id ?? null,
      createdBy.person?.name ?? null,
      createdBy.session ?? null,
      createdBy.language ?? null,
      now,
      now,
      job.nextAt ?? null,
    )
    return { job: this.get(Number(lastInsertRowid)) }
  }

  change(row: JobRecord, edit: JobEdit, now: number): void {
    const target = edit.target?.type ?? row.target
    const conversation =
      edit.target === undefined
        ? row.conversation_id
        : edit.target.type === 'chat'
          ? this.#placeOf(edit.target.address, now)
          : null
    this.#write.run(
      edit.name ?? row.name,
      edit.schedule ? JSON.stringify(edit.schedule) : row.schedule,
      edit.text ?? row.text,
      edit.module ?? row.module,
      edit.moduleHash ?? row.module_hash,
      edit.agent ?? row.agent,
      edit.session ?? row.session,
      target,
      conversation,
      edit.misfire?.policy ?? row.misfire,
      edit.misfire ? maxOf(edit.misfire) : row.max_misfires,
      edit.overlap ?? row.overlap,
      edit.jitterMs ?? row.jitter_ms,
      edit.endsAt === undefined ? row.ends_at : edit.endsAt,
      edit.maxRuns === undefined ? row.max_runs : edit.maxRuns,
      row.id,
    )
    if (edit.nextAt === undefined) return
    // What was counted belongs to the schedule that is no more.
    this.#db
      .prepare(
        `UPDATE jobs SET cursor = ?, runs = 0, failures = 0,
           state = CASE state WHEN 'ended' THEN 'active' ELSE state END,
           reason = CASE state WHEN 'ended' THEN NULL ELSE reason END,
           next_at = CASE state WHEN 'paused' THEN NULL ELSE ? END WHERE id = ?`,
      )
      .run(now, edit.nextAt, row.id)
  }

  get(id: number): Job {
    const row = this.find(id)
    if (!row) throw new Error(`There is no job ${id}.`)
    return this.jobOf(row)
  }

  jobOf(row: JobRecord): Job {
    const chat = this.#addressOf(row.origin_id)
    const address = this.#addressOf(row.conversation_id)
    return {
      id: formatId('j', row.id),
      name: row.name,
      kind: row.kind,
      schedule: JSON.parse(row.schedule) as Job['schedule'],
      text: row.text,
      ...(row.module !== null && { module: row.module }),
      ...(row.module_hash !== null && { moduleHash: row.module_hash }),
      agent: row.agent,
      session: row.session,
      target: targetOf(row.target, address),
      misfire:
        row.misfire === 'all' ? { policy: 'all', max: row.max_misfires } : { policy: row.misfire },
      overlap: row.overlap,
      jitterMs: row.jitter_ms,
      ...(row.ends_at !== null && { endsAt: row.ends_at }),
      ...(row.max_runs !== null && { maxRuns: row.max_runs }),
      createdBy: {
        ...(row.creator_account !== null &&
          row.creator !== null && {
            person: {
              account: row.creator_account,
              id: row.creator,
              name: row.creator_name ?? row.creator,
            },
          }),
        ...(chat && { chat }),
        ...(row.creator_session !== null && { session: row.creator_session }),
        ...(row.language !== null && { language: row.language }),
      },
      createdAt: row.created_at,
      state: row.state,
      ...(row.reason !== null && { reason: row.reason }),
      ...(row.paused_by !== null && { pausedBy: row.paused_by }),
      cursor: row.cursor,
      ...(row.next_at !== null && { nextAt: row.next_at }),
      runs: row.runs,
      failures: row.failures,
      version: row.version,
    }
  }

  #placeOf(address: Address, now: number): number {
    const kind = this.#conversations.find(address)?.kind ?? 'dm'
    return this.#conversations.ensure(address, kind, undefined, now).id
  }

  #addressOf(conversation: number | null): Address | undefined {
    if (conversation === null) return undefined
    return addressOf(this.#place.get(conversation) as Place)
  }
}

function maxOf(misfire: Misfire): number {
  return misfire.policy === 'all' ? misfire.max : 1
}

function targetOf(type: JobTarget['type'], address: Address | undefined): JobTarget {
  return type === 'chat' && address ? { type, address } : { type: type === 'owner' ? type : 'none' }
}
