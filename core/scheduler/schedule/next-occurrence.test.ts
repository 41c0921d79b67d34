import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextOccurrence } from './next-occurrence.ts'
import type { Schedule } from './schedule.ts'

const cron = (expression: string, timezone = 'Europe/Berlin'): Schedule => ({
  kind: 'cron',
  expression,
  timezone,
})

/** The next occurrences after `from`, as ISO without seconds. */
function occurrences(schedule: Schedule, from: string, count: number): string[] {
  const found: string[] = []
  let after = Date.parse(from)
  while (found.length < count) {
    const at = nextOccurrence(schedule, after)
    if (at === undefined) return [...found, 'never']
    assert.ok(at > after)
    found.push(new Date(at).toISOString().slice(0, 16))
    after = at
  }
  return found
}

test('a single time happens once', () => {
  const schedule: Schedule = { kind: 'at', at: 1000 }
  assert.equal(nextOccurrence(schedule, 999), 1000)
  assert.equal(nextOccurrence(schedule, 1000), undefined)
})

test('an interval keeps to its anchor, however late it is asked', () => {
  const schedule: Schedule = { kind: 'every', everyMs: 60_000, anchorAt: 1_000_000 }
  assert.equal(nextOccurrence(schedule, 0), 1_000_000)
  assert.equal(nextOccurrence(schedule, 1_000_000), 1_060_000)
  assert.equal(nextOccurrence(schedule, 1_059_999), 1_060_000)
  assert.equal(nextOccurrence(schedule, 9_999_999_999), 10_000_000_000)
})

test('a local time that is skipped happens at the first valid moment after the gap', () => {
  assert.deepEqual(occurrences(cron('30 2 * * *'), '2026-03-28T00:00Z', 3), [
    '2026-03-28T01:30',
    '2026-03-29T01:00',
    '2026-03-30T00:30',
  ])
})

test('several times that fall into one gap are one occurrence', () => {
  assert.deepEqual(occurrences(cron('*/20 2 * * *'), '2026-03-28T12:00Z', 2), [
    '2026-03-29T01:00',
    '2026-03-30T00:00',
  ])
})

test('a local time that is repeated happens once, the first time', () => {
  assert.deepEqual(occurrences(cron('30 2 * * *'), '2026-10-24T12:00Z', 2), [
    '2026-10-25T00:30',
    '2026-10-26T01:30',
  ])
  assert.deepEqual(occurrences(cron('0,30 2 * * *'), '2026-10-25T00:45Z', 1), ['2026-10-26T01:00'])
})

test('steps of hours follow real time through both changes', () => {
  assert.deepEqual(occurrences(cron('*/30 * * * *'), '2026-10-24T23:45Z', 5), [
    '2026-10-25T00:00',
    '2026-10-25T00:30',
    '2026-10-25T01:00',
    '2026-10-25T01:30',
    '2026-10-25T02:00',
  ])
  assert.deepEqual(occurrences(cron('30 * * * *'), '2026-03-29T00:00Z', 3), [
    '2026-03-29T00:30',
    '2026-03-29T01:30',
    '2026-03-29T02:30',
  ])
  assert.deepEqual(occurrences(cron('30 0-23 * * *'), '2026-10-25T00:00Z', 2), [
    '2026-10-25T00:30',
    '2026-10-25T01:30',
  ])
})

test('a day whose midnight is skipped begins late', () => {
  assert.deepEqual(occurrences(cron('0 0 * * *', 'Africa/Cairo'), '2026-04-23T12:00Z', 1), [
    '2026-04-23T22:00',
  ])
})

test('day of month and day of week: either, when both are restricted', () => {
  assert.deepEqual(occurrences(cron('0 0 1 * mon', 'UTC'), '2026-04-22T00:00Z', 3), [
    '2026-04-27T00:00',
    '2026-05-01T00:00',
    '2026-05-04T00:00',
  ])
})

test('day of month and day of week: both, when one of them begins with a star', () => {
  assert.deepEqual(occurrences(cron('0 0 1 * */7', 'UTC'), '2026-04-22T00:00Z', 2), [
    '2026-11-01T00:00',
    '2027-08-01T00:00',
  ])
})

test('names, ranges, lists, steps, nicknames and both Sundays are understood', () => {
  const at = (expression: string) => occurrences(cron(expression, 'UTC'), '2026-11-22T10:00Z', 1)[0]
  assert.equal(at('0 9 * JAN *'), '2027-01-01T09:00')
  assert.equal(at('0 9 * * 7'), '2026-11-29T09:00')
  assert.equal(at('0 9 * * sun'), '2026-11-29T09:00')
  assert.equal(at('0 9 * * sat-sun'), '2026-11-28T09:00')
  assert.equal(at('5/20 10 * * *'), '2026-11-22T10:05')
  assert.equal(at('1-9/4,50 * * * *'), '2026-11-22T10:01')
  assert.equal(at('@hourly'), '2026-11-22T11:00')
  assert.equal(at('@weekly'), '2026-11-29T00:00')
  assert.equal(at('@monthly'), '2026-12-01T00:00')
  assert.equal(at('@yearly'), '2027-01-01T00:00')
})

test('a date that never comes is never, a rare one is found', () => {
  assert.deepEqual(occurrences(cron('0 0 31 2 *'), '2026-01-01T00:00Z', 1), ['never'])
  assert.deepEqual(occurrences(cron('0 0 30 feb *'), '2026-01-01T00:00Z', 1), ['never'])
  assert.deepEqual(occurrences(cron('0 0 29 2 */7', 'UTC'), '2088-03-01T00:00Z', 1), [
    '2128-02-29T00:00',
  ])
})

test('a clock that is ahead by less than an hour is understood', () => {
  assert.deepEqual(occurrences(cron('0 7 * * *', 'Asia/Kathmandu'), '2026-01-01T00:00Z', 1), [
    '2026-01-01T01:15',
  ])
  // Lord Howe moves its clocks by half an hour.
  assert.deepEqual(occurrences(cron('15 2 * * *', 'Australia/Lord_Howe'), '2026-10-03T00:00Z', 1), [
    '2026-10-03T15:30',
  ])
})
