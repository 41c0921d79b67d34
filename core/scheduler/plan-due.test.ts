import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DueJob } from './job-store.ts'
import { planDue } from './plan-due.ts'

const minute = 60_000
const hour = 60 * minute
const start = Date.UTC(2026, 0, 1)

function due(changes: Partial<DueJob> = {}): DueJob {
  return {
    id: 'j1',
    name: 'job',
    kind: 'message',
    schedule: { kind: 'every', everyMs: hour, anchorAt: start },
    text: 'hello',
    agent: 'main',
    session: 'own',
    target: { type: 'owner' },
    misfire: { policy: 'once' },
    overlap: 'skip',
    jitterMs: 0,
    createdBy: {},
    createdAt: start,
    state: 'active',
    cursor: start,
    runs: 0,
    failures: 0,
    version: 1,
    open: 0,
    ...changes,
  }
}

/** Hours after the start, and why a time is skipped. */
function plan(job: DueJob, now: number, random = 0) {
  const { occurrences, cursor, nextAt, ended } = planDue(job, now, () => random)
  const hours = (at: number | undefined) => at && (at - start) / hour
  return {
    times: occurrences.map(({ scheduledFor, skipped }) =>
      skipped === undefined ? hours(scheduledFor) : `${hours(scheduledFor)} skipped`,
    ),
    cursor: hours(cursor),
    next: ended ?? hours(nextAt),
  }
}

test('a time that has come makes one occurrence, and the next time is known', () => {
  assert.deepEqual(plan(due(), start + hour), { times: [1], cursor: 1, next: 2 })
})

test('after a day of sleep a missed time is made up for once, left out, or all are up to a bound', () => {
  const now = start + 24 * hour + 30 * minute
  assert.deepEqual(plan(due(), now), { times: [24], cursor: 24, next: 25 })
  const skip = due({ misfire: { policy: 'skip' } })
  assert.deepEqual(plan(skip, now), { times: ['24 skipped'], cursor: 24, next: 25 })
  const all = due({ misfire: { policy: 'all', max: 3 } })
  assert.deepEqual(plan(all, now), { times: [22, 23, 24], cursor: 24, next: 25 })
})

test('a time that is found by the next tick is not missed', () => {
  const skip = due({ misfire: { policy: 'skip' } })
  assert.deepEqual(plan(skip, start + hour + minute).times, [1])
})

test('ten years of missed minutes cost no more than a few', () => {
  const schedule = { kind: 'every', everyMs: minute, anchorAt: start } as const
  const now = start + 87_600 * hour
  assert.deepEqual(plan(due({ schedule, misfire: { policy: 'all', max: 2 } }), now).times, [
    87_600 - 1 / 60,
    87_600,
  ])
})

test('a clock that goes back makes nothing twice: what has been dealt with stays so', () => {
  const after = due({ cursor: start + 5 * hour })
  assert.deepEqual(plan(after, start + 2 * hour), { times: [], cursor: 5, next: 6 })
})

test('a time that comes while the one before is unfinished is skipped or waits, but not without end', () => {
  assert.deepEqual(plan(due({ open: 1 }), start + hour).times, ['1 skipped'])
  assert.deepEqual(plan(due({ open: 1, overlap: 'queue' }), start + hour).times, [1])
  assert.deepEqual(plan(due({ open: 20, overlap: 'queue' }), start + hour).times, ['1 skipped'])
})

test('a job ends with its last time, its last run or its end date', () => {
  const once = due({ schedule: { kind: 'at', at: start + hour } })
  assert.equal(plan(once, start + hour).next, 'there is no further time')
  const last = plan(due({ runs: 2, maxRuns: 3 }), start + hour)
  assert.deepEqual([last.times, last.next], [[1], 'it has run as often as it should'])
  const all = due({ maxRuns: 2, misfire: { policy: 'all', max: 5 } })
  assert.equal(plan(all, start + 4 * hour).times.length, 2)
  const dated = plan(due({ endsAt: start + 2 * hour }), start + hour)
  assert.deepEqual([dated.times, dated.next], [[1], 'its end date has come'])
  const asleep = plan(due({ endsAt: start + 2 * hour }), start + 9 * hour)
  assert.deepEqual([asleep.times, asleep.next], [[1], 'its end date has come'])
})

test('jitter puts a time off without moving it', () => {
  const { occurrences } = planDue(due({ jitterMs: 1000 }), start + hour, () => 0.5)
  assert.deepEqual(occurrences, [{ scheduledFor: start + hour, notBefore: start + hour + 500 }])
})
