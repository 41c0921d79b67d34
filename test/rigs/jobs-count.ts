import { join } from 'node:path'
import Database from 'better-sqlite3'
import type { Occurrence } from '../../core/scheduler/job.ts'
import { openStore } from '../../storage/open.ts'
import type { PlannedJob } from './jobs-plan.ts'

export type JobsCount = {
  /** Times that came. */
  readonly occurrences: number
  /** Times of which the chat saw what it was to see, once. */
  readonly seen: number
  /** Times that were left out for a reason the job's rules allow. */
  readonly skipped: number
  /** Ended with a sentence because every attempt was killed. */
  readonly givenUp: number
  /** Sends of which nothing can be proved. */
  readonly uncertain: number
  /** Broken promises, in words. */
  readonly wrong: readonly string[]
}

type Row = {
  readonly id: number
  readonly job_id: number
  readonly scheduled_for: number
  readonly state: Occurrence['state']
  readonly delivery: Occurrence['delivery']
}

/** Nothing is due any more, nothing runs, and nothing is on its way. */
const overSql = `SELECT (SELECT count(*) FROM jobs WHERE state = 'active')
  + (SELECT count(*) FROM occurrences WHERE state IN ('queued', 'leased', 'running') OR delivery = 'pending')
  + (SELECT count(*) FROM deliveries WHERE state IN ('pending', 'sending'))`

/** Rows that the scheduler never makes; each statement names them. */
const wrongSql: Readonly<Record<string, string>> = {
  'two runs of one occurrence were completed': `SELECT substr(idempotency_key, 5, instr(substr(idempotency_key, 5), ':') - 1) AS id
    FROM runs WHERE idempotency_key LIKE 'job:%' AND state = 'completed' GROUP BY 1 HAVING count(*) > 1`,
  'a message was queued twice': `SELECT substr(key, 1, instr(key, ':') - 1) AS id FROM deliveries
    WHERE key LIKE 'o%' AND key NOT LIKE '%failed%' GROUP BY 1 HAVING count(*) > 1`,
  'an occurrence has no end': `SELECT 'o' || id AS id FROM occurrences
    WHERE state NOT IN ('completed', 'failed', 'skipped') OR delivery = 'pending' OR finished_at IS NULL`,
  'completed, and yet nothing was sent': `SELECT 'o' || id AS id FROM occurrences
    WHERE state = 'completed' AND delivery = 'none'`,
  'completed without a completed run': `SELECT 'o' || o.id AS id FROM occurrences o LEFT JOIN runs r ON r.id = o.run_id
    WHERE o.state = 'completed' AND o.is_turn = 1 AND r.state IS NOT 'completed'`,
  'said to be sent, but the platform named no message': `SELECT 'o' || o.id AS id FROM occurrences o
    JOIN deliveries d ON d.run_id = o.run_id OR d.key = 'o' || o.id || ':0'
    WHERE o.delivery = 'sent' AND (d.state <> 'sent' OR d.platform_message_id IS NULL)`,
  'tried more often than allowed': `SELECT 'o' || id AS id FROM occurrences WHERE attempt > 3`,
  'a lease outlived its occurrence': `SELECT 'o' || id AS id FROM occurrences
    WHERE state <> 'leased' AND lease_expires_at IS NOT NULL`,
}

/** Whether everything has come to its end; also while a gateway works on the store. */
export function areJobsOver(dataDir: string): boolean {
  const db = new Database(join(dataDir, 'jackdaw.db'), { readonly: true })
  try {
    return db.prepare(overSql).pluck().get() === 0
  } finally {
    db.close()
  }
}

/** Compares what was planned with what the store says and what the chats saw. The gateway must not run. */
export async function countJobs(
  dataDir: string,
  jobs: readonly PlannedJob[],
  textsOf: (chat: number) => readonly string[],
): Promise<JobsCount> {
  const store = await openStore({ dataDir })
  const wrong = [...(await store.upkeep.violations(Date.now()))]
  await store.close()
  const db = new Database(join(dataDir, 'jackdaw.db'), { readonly: true })
  for (const [promise, sql] of Object.entries(wrongSql)) {
    const ids = db.prepare(`SELECT id FROM (${sql}) LIMIT 20`).pluck().all() as string[]
    wrong.push(...ids.map((id) => `${id}: ${promise}`))
  }
  const rows = db.prepare('SELECT * FROM occurrences').all() as Row[]
  db.close()
  const count = { occurrences: rows.length, seen: 0, skipped: 0, givenUp: 0, uncertain: 0 }
  const byJob = Map.groupBy(rows, ({ job_id }) => `j${job_id}`)
  for (const job of jobs) {
    const seen = textsOf(job.chat).filter((text) => text === job.text).length
    wrong.push(...wrongOf(job, byJob.get(job.id) ?? [], seen, count))
  }
  return { ...count, wrong }
}

function wrongOf(
  job: PlannedJob,
  rows: readonly Row[],
  seen: number,
  count: { seen: number; skipped: number; givenUp: number; uncertain: number },
): readonly string[] {
  const where = `${job.text} (${job.id}, ${job.kind}, ${job.misfire})`
  const has = (fits: (row: Row) => boolean) => rows.filter(fits).length
  const sent = has(({ delivery }) => delivery === 'sent')
  const unproved = has(({ delivery }) => delivery === 'uncertain')
  const skipped = has(({ state }) => state === 'skipped')
  count.seen += Math.min(seen, sent)
  count.uncertain += unproved
  count.skipped += skipped
  count.givenUp += has(({ state }) => state === 'failed')
  const wrong: string[] = []
  const times = new Set(job.times)
  const strange = rows.filter(({ scheduled_for }) => !times.has(scheduled_for))
  if (strange.length > 0) wrong.push(`${where}: ${strange.length} at times it does not have`)
  // Made up for once, a repeated job may leave out what passed meanwhile, but never everything.
  const isEveryWanted = job.misfire === 'all' || job.times.length === 1
  if (isEveryWanted && rows.length < job.times.length)
    wrong.push(`${where}: ${rows.length} of ${job.times.length} times came`)
  if (rows.length === 0) wrong.push(`${where}: never came`)
  if (skipped > 0 && job.times.length === 1) wrong.push(`${where}: skipped`)
  if (seen > sent + unproved) wrong.push(`${where}: seen ${seen} times, sent ${sent}`)
  if (seen < sent) wrong.push(`${where}: sent ${sent} times, seen ${seen}`)
  return wrong
}
