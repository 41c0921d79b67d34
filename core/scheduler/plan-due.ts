import type { Job } from './job.ts'
import type { DueJob, DuePlan } from './job-store.ts'
import { nextOccurrence } from './schedule/next-occurrence.ts'
import type { Schedule } from './schedule/schedule.ts'

/** A time is missed when it is later than this: more than the minute's tick that finds what a timer did not. */
const missedMs = 120_000
/** Times of one job that wait for their turn. */
const maxWaiting = 20
const firstSpanMs = 60_000

/** What becomes of the times of a job that have come: every rule on missed, overlapping and last times in one place. */
export function planDue(job: DueJob, now: number, random: () => number = Math.random): DuePlan {
  const until = Math.min(now, (job.endsAt ?? Number.POSITIVE_INFINITY) - 1)
  const times = latestTimes(job.schedule, job.cursor, until, wantedOf(job.misfire))
  const cursor = times.at(-1) ?? job.cursor
  const left = (job.maxRuns ?? Number.POSITIVE_INFINITY) - job.runs
  const occurrences = times.map((scheduledFor, index) => {
    const skipped = skippedBecause(job, index, now - scheduledFor)
    const notBefore = scheduledFor + Math.floor(random() * job.jitterMs)
    return { scheduledFor, notBefore, ...(skipped !== undefined && { skipped }) }
  })
  const run = occurrences.filter(({ skipped }) => skipped === undefined).length
  const made = occurrences.slice(0, Math.max(0, occurrences.length - Math.max(0, run - left)))
  if (run >= left) return { occurrences: made, cursor, ended: 'it has run as often as it should' }
  const nextAt = nextOccurrence(job.schedule, Math.max(cursor, until))
  if (nextAt === undefined) return { occurrences: made, cursor, ended: 'there is no further time' }
  if (job.endsAt !== undefined && nextAt >= job.endsAt)
    return { occurrences: made, cursor, ended: 'its end date has come' }
  return { occurrences: made, cursor, nextAt }
}

function wantedOf(misfire: Job['misfire']): number {
  return misfire.policy === 'all' ? misfire.max : 1
}

function skippedBecause(job: DueJob, index: number, lateMs: number): string | undefined {
  if (job.misfire.policy === 'skip' && lateMs > missedMs)
    return 'its time had passed before it could run'
  if (job.overlap === 'skip' && job.open > 0) return 'the one before it is not finished'
  return job.open + index >= maxWaiting ? 'too many of this job are waiting' : undefined
}

/** The last `count` times after `after` up to `until`, without going through all that a long sleep has missed. */
function latestTimes(
  schedule: Schedule,
  after: number,
  until: number,
  count: number,
): readonly number[] {
  for (let span = firstSpanMs; ; span *= 8) {
    const from = Math.max(after, until - span)
    const times: number[] = []
    let at = nextOccurrence(schedule, from)
    while (at !== undefined && at <= until) {
      times.push(at)
      if (times.length > count) times.shift()
      at = nextOccurrence(schedule, at)
    }
    if (times.length >= count || from === after) return times
  }
}
