import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RequestError } from '../../errors.ts'
import { parseSchedule } from './parse-schedule.ts'

const now = Date.parse('2026-11-22T12:00:00Z')
const context = { now, timezone: 'Europe/Berlin' }

test('a single time is local to the zone, unless it says otherwise', () => {
  const at = (input: object) => {
    const schedule = parseSchedule(input, context)
    return schedule.kind === 'at' ? new Date(schedule.at).toISOString() : schedule.kind
  }
  assert.equal(at({ at: '2026-12-24T18:00' }), '2026-12-24T17:00:00.000Z')
  assert.equal(at({ at: '2026-12-24 18:00:30.5' }), '2026-12-24T17:00:30.500Z')
  assert.equal(at({ at: '2026-12-24T18:00Z' }), '2026-12-24T18:00:00.000Z')
  assert.equal(at({ at: '2026-12-24T18:00:00-05:30' }), '2026-12-24T23:30:00.000Z')
  assert.equal(at({ at: '2026-12-24T18:00', timezone: 'Asia/Tokyo' }), '2026-12-24T09:00:00.000Z')
  assert.equal(at({ at: '2027-03-28T02:30' }), '2027-03-28T01:00:00.000Z')
  assert.equal(at({ at: '2027-10-31T02:30' }), '2027-10-31T00:30:00.000Z')
})

test('an interval begins now, or at its anchor', () => {
  assert.deepEqual(parseSchedule({ every: '1h30m' }, context), {
    kind: 'every',
    everyMs: 5_400_000,
    anchorAt: now,
  })
  assert.deepEqual(parseSchedule({ every: '1d', anchor: '2026-11-23T08:00' }, context), {
    kind: 'every',
    everyMs: 86_400_000,
    anchorAt: Date.parse('2026-11-23T07:00Z'),
  })
})

test('cron takes the zone it names, in any case, or the one around it', () => {
  assert.deepEqual(parseSchedule({ cron: ' 0 8 * * mon-fri ' }, context), {
    kind: 'cron',
    expression: '0 8 * * mon-fri',
    timezone: 'Europe/Berlin',
  })
  assert.deepEqual(parseSchedule({ cron: '@daily', timezone: 'america/new_york' }, context), {
    kind: 'cron',
    expression: '@daily',
    timezone: 'America/New_York',
  })
})

const refused: readonly [unknown, RegExp][] = [
  ['30m', /^schedule: "30m": it must be an object/],
  [{}, /exactly one of at, every and cron/],
  [{ at: '2026-12-24T18:00', every: '1h' }, /exactly one of at, every and cron/],
  [{ every: '1h', cornn: 1 }, /^schedule\.cornn: 1: the key is unknown here/],
  [{ at: 5 }, /^schedule\.at: 5: it must be text/],
  [{ at: '2026-02-30T10:00' }, /^schedule\.at: "2026-02-30T10:00": 2026-02 has 28 days\.$/],
  [{ at: '2026-13-01T10:00' }, /there is no month 13/],
  [{ at: '2026-12-01T24:00' }, /there is no such time of day/],
  [{ at: 'tomorrow' }, /it is no date and time; write it as/],
  [{ at: '2026-11-22T12:59' }, /it is past; name a time to come/],
  [{ at: '2026-12-24T18:00+19:00' }, /no place with the offset \+19:00/],
  [{ every: '0s' }, /too often; the least is 1m/],
  [{ every: '59s' }, /too often/],
  [{ every: '99999d' }, /too seldom/],
  [{ every: 'often' }, /no duration; write it as 30m/],
  [{ every: '-5m' }, /no duration/],
  [{ cron: '0 0 31 2 *' }, /^schedule\.cron: "0 0 31 2 \*": it never happens/],
  [{ cron: '0 8 * *' }, /it has 4 fields and needs 5/],
  [{ cron: '' }, /it has 0 fields/],
  [{ cron: '0 0 8 * * *' }, /it has 6 fields and needs 5.*seconds and years cannot be given/],
  [{ cron: '60 8 * * *' }, /"60" as minute is out of range; it takes 0 to 59/],
  [{ cron: '0 8 * * mond' }, /"mond" as day of week is not understood; .* or sun to sat/],
  [{ cron: '0 8 0 * *' }, /"0" as day of month is out of range/],
  [{ cron: '*/0 8 * * *' }, /has a step that is no number from 1/],
  [{ cron: '0 8-6 * * *' }, /"8-6" as hour ends before it begins/],
  [{ cron: '1,,2 8 * * *' }, /"" as minute is not understood/],
  [{ cron: '@noon' }, /"@noon" is unknown; known are @hourly/],
  [{ cron: '0'.repeat(300) }, /longer than 200 characters/],
  [{ cron: '0 8 * * *', timezone: 'Berlin' }, /no known time zone; perhaps Europe\/Berlin/],
  [{ cron: '0 8 * * *', timezone: 'Mars/Base' }, /no known time zone; name one as/],
  [{ cron: '0 8 * * *', timezone: '+02:00' }, /an offset, which knows no daylight saving/],
]

for (const [input, message] of refused) {
  test(`refused: ${JSON.stringify(input).slice(0, 80)}`, () => {
    assert.throws(
      () => parseSchedule(input, context),
      (error) =>
        error instanceof RequestError && error.status === 400 && message.test(error.message),
    )
  })
}

test('errors call the schedule what its place calls it', () => {
  assert.throws(() => parseSchedule({ every: '1s' }, { ...context, path: 'job.when' }), {
    message: /^job\.when\.every: "1s"/,
  })
})
