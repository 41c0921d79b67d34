import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePhrase } from './parse-phrase.ts'

/** A Sunday, 13:00 in Berlin. */
const now = Date.parse('2026-11-22T12:00:00Z')
const timezone = 'Europe/Berlin'

/** `at` as local time, `every` in minutes, `cron` as its expression; then what to be reminded of. */
const phrases: readonly [text: string, schedule: string, rest?: string][] = [
  ['in 20 minutes', 'at 2026-11-22 13:20'],
  ['remind me in 20 minutes to stretch', 'at 2026-11-22 13:20', 'stretch'],
  ['Remind me to stretch in 20 minutes.', 'at 2026-11-22 13:20', 'stretch'],
  ['in 20 minutes remind me to stretch', 'at 2026-11-22 13:20', 'stretch'],
  ['/remind tomorrow 17:00 call Anna', 'at 2026-11-23 17:00', 'call Anna'],
  ['call Anna about 5 apples tomorrow at 5pm', 'at 2026-11-23 17:00', 'call Anna about 5 apples'],
  ['in half an hour', 'at 2026-11-22 13:30'],
  ['in an hour and 15 minutes: tea', 'at 2026-11-22 14:15', 'tea'],
  ['in two hours', 'at 2026-11-22 15:00'],
  ['in 3 days', 'at 2026-11-25 13:00'],
  ['in 3 days at 9', 'at 2026-11-25 09:00'],
  ['tomorrow at 5pm', 'at 2026-11-23 17:00'],
  ['tonight at 8', 'at 2026-11-22 20:00'],
  ['at 17:30', 'at 2026-11-22 17:30'],
  ['at 5pm', 'at 2026-11-22 17:00'],
  ['at 08:30', 'at 2026-11-23 08:30'],
  ['next friday at 9', 'at 2026-11-27 09:00'],
  ['24 dec 18:00 open the door', 'at 2026-12-24 18:00', 'open the door'],
  ['2026-12-24 18:00', 'at 2026-12-24 18:00'],
  ['on 28 march at 2:30', 'at 2027-03-28 03:00'],
  ['every 2 hours', 'every 120'],
  ['every hour drink water', 'every 60', 'drink water'],
  ['drink water every 30 minutes', 'every 30', 'drink water'],
  ['every weekday at 8', 'cron 0 8 * * 1-5'],
  ['every monday 9:30', 'cron 30 9 * * 1'],
  ['every monday 9', 'cron 0 9 * * 1'],
  ['every Monday and Thursday at 9:30 stand up', 'cron 30 9 * * 1,4', 'stand up'],
  ['at 8 every day', 'cron 0 8 * * *'],
  ['remind me to stretch every day at 7', 'cron 0 7 * * *', 'stretch'],
  ['every evening at 8', 'cron 0 20 * * *'],
  ['daily at 7:15pm', 'cron 15 19 * * *'],
  ['every day at noon', 'cron 0 12 * * *'],
  ['on the 1st of every month at 9', 'cron 0 9 1 * *'],
  ['pay rent on the 1st of every month at 9', 'cron 0 9 1 * *', 'pay rent'],
  ['every year on 24 December at 18:00', 'cron 0 18 24 12 *'],
  ['morgen um 8', 'at 2026-11-23 08:00'],
  ['morgen früh um 8', 'at 2026-11-23 08:00'],
  ['Erinnere mich morgen um 8 daran, Anna anzurufen', 'at 2026-11-23 08:00', 'Anna anzurufen'],
  ['übermorgen 9 Uhr', 'at 2026-11-24 09:00'],
  ['heute Abend um 8', 'at 2026-11-22 20:00'],
  ['in einer halben Stunde', 'at 2026-11-22 13:30'],
  ['in anderthalb Stunden Tee', 'at 2026-11-22 14:30', 'Tee'],
  ['in 2 Stunden', 'at 2026-11-22 15:00'],
  ['in 3 Tagen um 9', 'at 2026-11-25 09:00'],
  ['um 17:30', 'at 2026-11-22 17:30'],
  ['um 8 Uhr', 'at 2026-11-23 08:00'],
  ['am Freitag um 9', 'at 2026-11-27 09:00'],
  ['am 24.12. um 18 Uhr', 'at 2026-12-24 18:00'],
  ['am 24.12.2027 um 18 Uhr Bescherung', 'at 2027-12-24 18:00', 'Bescherung'],
  ['Bescherung am 24.12. um 18 Uhr', 'at 2026-12-24 18:00', 'Bescherung'],
  ['am 5. Dezember um 9 Uhr', 'at 2026-12-05 09:00'],
  ['am 1.2. um 9 Uhr', 'at 2027-02-01 09:00'],
  ['jeden Werktag um 8', 'cron 0 8 * * 1-5'],
  ['werktags um 8 Uhr', 'cron 0 8 * * 1-5'],
  ['jeden Montag um 9', 'cron 0 9 * * 1'],
  ['jeden Montag und Mittwoch um halb 9', 'cron 30 8 * * 1,3'],
  ['montags um 9', 'cron 0 9 * * 1'],
  ['alle 2 Stunden', 'every 120'],
  ['alle 2 Stunden Wasser trinken', 'every 120', 'Wasser trinken'],
  ['jede Stunde', 'every 60'],
  ['jeden Tag um 7:30', 'cron 30 7 * * *'],
  ['jeden Abend um 8', 'cron 0 20 * * *'],
  ['am 1. jedes Monats um 9 Uhr', 'cron 0 9 1 * *'],
  ['jedes Jahr am 24.12. um 18 Uhr', 'cron 0 18 24 12 *'],
]

for (const [text, schedule, rest = ''] of phrases) {
  test(`understood: ${text}`, async () => {
    const language = /[äöü]|\b(?:um|am|jede|alle|uhr|tagen|morgen)\b/i.test(text) ? 'de' : 'en'
    const found = await parsePhrase(text, { now, timezone, language })
    assert.deepEqual(found && { schedule: show(found.schedule), rest: found.rest }, {
      schedule,
      rest,
    })
  })
}

function show(schedule: NonNullable<Awaited<ReturnType<typeof parsePhrase>>>['schedule']): string {
  if (schedule.kind === 'cron') {
    assert.equal(schedule.timezone, timezone)
    return `cron ${schedule.expression}`
  }
  if (schedule.kind === 'every') return `every ${schedule.everyMs / 60_000}`
  const local = new Date(schedule.at).toLocaleString('sv-SE', { timeZone: timezone })
  return `at ${local.slice(0, 16)}`
}

const notUnderstood = [
  '',
  'hello',
  'tomorrow',
  'call Anna tomorrow',
  'at 8',
  'heute um 8',
  'yesterday at 5',
  '5 minutes ago',
  'now',
  'in 0 minutes',
  'every 30 seconds',
  'every day',
  'every monday',
  'every 2 days at 8',
  'every other week on monday at 9',
  'at 25:00',
  'at 13pm',
  'friday 5pm-6pm',
  'tomorrow 17:00 or 18:00 call Anna',
  '31 feb at 10',
  'am 31.2. um 10 Uhr',
  'am 24.12.',
  'the meeting at 9 was long',
  'may I go?',
]

for (const text of notUnderstood) {
  test(`left alone: ${text || 'nothing'}`, async () => {
    for (const language of ['en', 'de']) {
      assert.equal(await parsePhrase(text, { now, timezone, language }), undefined)
    }
  })
}
