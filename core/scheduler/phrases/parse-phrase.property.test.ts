import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nextOccurrence } from '../schedule/next-occurrence.ts'
import { parsePhrase } from './parse-phrase.ts'

const pieces = [
  'in at on every um am alle jeden jede in einer halben next the of to tomorrow morgen heute',
  'monday Montag weekday Werktag day Tag month Monats week Stunde hours minutes 1st 24.12. 31.2.',
  '17:00 5pm 8 30 0 99 25:61 18 Uhr noon and und or remind me erinnere mich daran, -1 1,5 2027',
  'dec Dezember 12/24 2026-02-30 EST ago vor last letzten call Anna . , : /remind ü 🙂',
].flatMap((line) => line.split(' '))

const text = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { maxLength: 9 }).map((words) => words.join(' ')),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
)
const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Cairo', 'UTC']

test('whatever is written, nothing is thrown and nothing past comes out', async () => {
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2034, 0, 1) }),
      fc.constantFrom(...zones),
      fc.constantFrom('en', 'de', undefined),
      async (written, now, timezone, language) => {
        const found = await parsePhrase(written, { now, timezone, language })
        if (!found) return
        if (found.schedule.kind === 'at') assert.ok(found.schedule.at > now)
        const next = nextOccurrence(found.schedule, now)
        assert.ok(next !== undefined && next > now)
      },
    ),
    { numRuns: 400, seed: 22 },
  )
})

test('a long text costs no more than its ends', async () => {
  const long = `${'tomorrow at 5 or at 6, '.repeat(170)}in 20 minutes`
  const found = await parsePhrase(long.slice(-3_900), { now: 0, timezone: 'UTC' })
  assert.deepEqual(found?.schedule, { kind: 'at', at: 1_200_000 })
  assert.equal(await parsePhrase('x'.repeat(5_000), { now: 0, timezone: 'UTC' }), undefined)
})
