import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshBefore } from './session-reset.ts'

const at = (time: string) => Date.parse(time)

function daily(dailyAt: string, timezone: string, now: string): string {
  const before = freshBefore({ idleMs: 0, dailyAt, timezone }, at(now))
  assert.ok(before !== undefined)
  return new Date(before).toISOString().replace(':00.000Z', 'Z')
}

test('nothing starts afresh by itself unless it was chosen', () => {
  assert.equal(freshBefore({ idleMs: 0, timezone: 'Europe/Berlin' }, 1_000), undefined)
})

test('idle time counts back from now', () => {
  const now = at('2026-05-01T12:00:00Z')
  assert.equal(freshBefore({ idleMs: 60_000, timezone: 'UTC' }, now), now - 60_000)
})

test('the later of both counts', () => {
  const now = at('2026-05-01T12:00:00Z')
  const reset = { dailyAt: '11:30', timezone: 'UTC' }
  assert.equal(freshBefore({ ...reset, idleMs: 60_000 }, now), now - 60_000)
  assert.equal(freshBefore({ ...reset, idleMs: 3_600_000 }, now), at('2026-05-01T11:30:00Z'))
})

test('the time of day is the last one that the clocks of the zone have shown', () => {
  assert.equal(daily('04:00', 'UTC', '2026-05-01T03:59:59Z'), '2026-04-30T04:00Z')
  assert.equal(daily('04:00', 'UTC', '2026-05-01T04:00:00Z'), '2026-05-01T04:00Z')
  assert.equal(daily('04:00', 'Europe/Berlin', '2026-05-01T01:59:59Z'), '2026-04-30T02:00Z')
  assert.equal(daily('04:00', 'Europe/Berlin', '2026-05-01T02:00:00Z'), '2026-05-01T02:00Z')
  assert.equal(daily('04:00', 'Asia/Kolkata', '2026-05-01T00:00:00Z'), '2026-04-30T22:30Z')
  assert.equal(daily('23:30', 'America/Los_Angeles', '2026-05-01T06:30:00Z'), '2026-05-01T06:30Z')
  assert.equal(daily('00:00', 'Pacific/Kiritimati', '2026-05-01T09:59:00Z'), '2026-04-30T10:00Z')
})

test('the same time of day is another instant in summer', () => {
  assert.equal(daily('04:00', 'Europe/Berlin', '2026-03-28T12:00:00Z'), '2026-03-28T03:00Z')
  assert.equal(daily('04:00', 'Europe/Berlin', '2026-03-29T12:00:00Z'), '2026-03-29T02:00Z')
  assert.equal(daily('04:00', 'Europe/Berlin', '2026-10-25T12:00:00Z'), '2026-10-25T03:00Z')
})

test('a time that the clocks skip comes an hour later, one that they repeat counts once', () => {
  assert.equal(daily('02:30', 'Europe/Berlin', '2026-03-29T01:29:00Z'), '2026-03-28T01:30Z')
  assert.equal(daily('02:30', 'Europe/Berlin', '2026-03-29T01:30:00Z'), '2026-03-29T01:30Z')
  assert.equal(daily('02:30', 'Europe/Berlin', '2026-10-25T00:30:00Z'), '2026-10-25T00:30Z')
  assert.equal(daily('02:30', 'Europe/Berlin', '2026-10-25T02:00:00Z'), '2026-10-25T00:30Z')
})

test('a day that a zone left out is no riddle', () => {
  // Samoa went from the 29th to the 31st of December 2011.
  assert.equal(daily('04:00', 'Pacific/Apia', '2011-12-30T13:59:00Z'), '2011-12-29T14:00Z')
  assert.equal(daily('04:00', 'Pacific/Apia', '2011-12-30T14:00:00Z'), '2011-12-30T14:00Z')
})
