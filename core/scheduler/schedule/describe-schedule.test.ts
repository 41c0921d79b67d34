import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeSchedule } from './describe-schedule.ts'
import { preview } from './preview.ts'
import type { Schedule } from './schedule.ts'

const zone = 'Europe/Berlin'
const cron = (expression: string, timezone = zone): Schedule => ({
  kind: 'cron',
  expression,
  timezone,
})
const every = (everyMs: number): Schedule => ({ kind: 'every', everyMs, anchorAt: 0 })

const sentences: readonly [Schedule, string, string][] = [
  [
    { kind: 'at', at: Date.parse('2026-12-24T17:00Z') },
    'once, on Thursday 24 December 2026 at 18:00',
    'einmal, am Donnerstag, 24. Dezember 2026 um 18:00 Uhr',
  ],
  [every(1_800_000), 'every 30 minutes', 'alle 30 Minuten'],
  [every(3_600_000), 'every hour', 'jede Stunde'],
  [every(2 * 86_400_000), 'every 2 days', 'alle 2 Tage'],
  [every(90_000), 'every 90 seconds', 'alle 90 Sekunden'],
  [cron('0 8 * * *'), 'every day at 8:00', 'jeden Tag um 8:00 Uhr'],
  [
    cron('0 8,18 * * 1-5'),
    'every weekday at 8:00 and 18:00',
    'jeden Werktag (Montag bis Freitag) um 8:00 und 18:00 Uhr',
  ],
  [
    cron('30 9 * * sun,mon'),
    'every Monday and Sunday at 9:30',
    'jeden Montag und Sonntag um 9:30 Uhr',
  ],
  [
    cron('5 9 1,15 * *'),
    'on the 1st and 15th of every month at 9:05',
    'am 1. und 15. jedes Monats um 9:05 Uhr',
  ],
  [
    cron('0 18 24 12 *'),
    'every year on 24 December at 18:00',
    'jedes Jahr am 24. Dezember um 18:00 Uhr',
  ],
  [cron('*/15 * * * *'), 'every 15 minutes', 'alle 15 Minuten'],
  [cron('@hourly'), 'every hour', 'jede Stunde'],
  [cron('20 * * * *'), 'every hour, 20 minutes past', 'jede Stunde, 20 Minuten nach der vollen'],
  [cron('0 */2 * * *'), 'every 2 hours', 'alle 2 Stunden'],
  [
    cron('*/7 3 1 * mon'),
    'by the cron expression "*/7 3 1 * mon"',
    'nach dem Cron-Ausdruck „*/7 3 1 * mon“',
  ],
  [
    cron('0 8 * * *', 'Asia/Tokyo'),
    'every day at 8:00 (Asia/Tokyo)',
    'jeden Tag um 8:00 Uhr (Asia/Tokyo)',
  ],
]

for (const [schedule, english, german] of sentences) {
  test(`described: ${english}`, () => {
    assert.equal(describeSchedule(schedule, undefined, zone), english)
    assert.equal(describeSchedule(schedule, 'de-AT', zone), german)
  })
}

test('a preview says what happens to a time that does not exist', () => {
  const [first, second, ...more] = preview(
    cron('30 2 * * *'),
    Date.parse('2026-03-28T02:00Z'),
    2,
    zone,
  )
  assert.deepEqual(more, [])
  assert.equal(first?.local, 'Sunday 29 March 2026, 3:00')
  assert.equal(first?.note, '2:30 does not exist on 29 March: runs at 3:00.')
  assert.deepEqual(second, {
    at: Date.parse('2026-03-30T00:30Z'),
    local: 'Monday 30 March 2026, 2:30',
  })
})

test('a preview says what happens to a time that comes twice', () => {
  const from = Date.parse('2026-10-24T12:00Z')
  assert.equal(
    preview(cron('30 2 * * *'), from, 1, zone, 'de')[0]?.note,
    '2:30 Uhr kommt am 25. Oktober zweimal: läuft einmal, beim ersten Mal.',
  )
  const notes = preview(cron('30 */2 * * *'), from + 10 * 3_600_000, 3, zone).map(
    ({ note }) => note,
  )
  assert.deepEqual(notes, [
    undefined,
    '2:30 comes twice on 25 October: runs both times.',
    '2:30 comes twice on 25 October: runs both times.',
  ])
})

test('an ordinary occurrence at the moment of a change has no note', () => {
  const from = Date.parse('2026-03-28T12:00Z')
  assert.equal(preview(cron('0 3 * * *'), from, 1, zone)[0]?.note, undefined)
})

test('a preview ends with the schedule', () => {
  assert.equal(preview({ kind: 'at', at: 1000 }, 0, 5, zone).length, 1)
})
