import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Cron } from 'croner'
import { DateTime } from 'luxon'
import { nextOccurrence } from './next-occurrence.ts'
import { zoneOf } from './zone-of.ts'

/**
 * Compares with croner (occurrences) and luxon (zone arithmetic), over all zones of the platform and 2024 to 2034.
 * `node core/scheduler/schedule/next-occurrence.property.test.ts --full` takes minutes; without it, a sample.
 */
const isFull = process.argv.includes('--full')
const zones = Intl.supportedValuesOf('timeZone')
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const from = Date.UTC(2024, 0, 1)
const to = Date.UTC(2035, 0, 1)

/** Mulberry32: the same numbers on every run. */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below)
  }
}
type Random = ReturnType<typeof seeded>

/** Where the offset changes, by luxon alone: to the hour, and then to the minute. */
function changesOf(zone: string): number[] {
  const offset = (at: number) => DateTime.fromMillis(at, { zone }).offset
  const changes: number[] = []
  for (let at = from; at < to; at += 5 * dayMs) {
    let low = at
    let high = at + 5 * dayMs
    if (offset(low) === offset(high)) continue
    while (high - low > 60_000) {
      const middle = low + Math.floor((high - low) / 120_000) * 60_000
      if (offset(middle) === offset(at)) low = middle
      else high = middle
    }
    changes.push(high)
  }
  return changes
}

function randomField(random: Random, min: number, max: number, low: number): string {
  const value = () => min + random(random(3) === 0 ? max - min + 1 : low)
  const ordered = () => [value(), value()].sort((one, other) => one - other).join('-')
  switch (random(8)) {
    case 0:
    case 1:
      return '*'
    case 2:
      return `*/${1 + random(max)}`
    case 3:
      return `${value()},${value()},${value()}`
    case 4:
      return ordered()
    case 5:
      return `${ordered()}/${1 + random(5)}`
    default:
      return String(value())
  }
}

type Fields = readonly [minute: string, hour: string, day: string, month: string, weekday: string]

function randomFields(random: Random): Fields {
  const isDaily = random(3) > 0
  return [
    randomField(random, 0, 59, 60),
    random(30) === 0 ? '0-23' : randomField(random, 0, 23, 5),
    isDaily ? '*' : randomField(random, 1, 31, 31),
    random(4) > 0 ? '*' : randomField(random, 1, 12, 12),
    isDaily && random(3) > 0 ? '*' : randomField(random, 0, 6, 7),
  ]
}

/**
 * What we document and croner does otherwise, each with the expression that makes croner follow our rule.
 * `stepped-day`: a day field that begins with a star and has a step is unrestricted (classic cron): both must match.
 * `open-minute`: the hours alone decide whether local or real time counts, not the minutes.
 * `all-hours`: `0-23` is every hour, as `*` is.
 */
const differences = {
  'stepped-day': ([, , day, , weekday]: Fields) => /^\*\//.test(day) || /^\*\//.test(weekday),
  'open-minute': ([minute, hour]: Fields) => /[*/]/.test(minute) && !/[*/]/.test(hour),
  'all-hours': ([, hour]: Fields) => hour === '0-23',
} as const
type Difference = keyof typeof differences

function translated(fields: Fields): { expression: string; domAndDow: boolean } {
  const [minute, hour, ...days] = fields
  const every = hour === '0-23' ? '*' : hour
  const minutes = differences['open-minute'](fields) && every !== '*' ? listed(minute) : minute
  return {
    expression: [minutes, every, ...days].join(' '),
    domAndDow: differences['stepped-day'](fields),
  }
}

/** Minutes one by one, as croner itself expands them. */
function listed(minute: string): string {
  const cron = new Cron(`${minute} 0 1 1 *`, { timezone: 'UTC' })
  return cron
    .nextRuns(60, new Date(Date.UTC(2023, 11, 31, 23, 59)))
    .filter((date) => date.getTime() < Date.UTC(2024, 0, 1, 1))
    .map((date) => date.getUTCMinutes())
    .join(',')
}

const cronerOf = (expression: string, timezone: string, domAndDow: boolean) =>
  new Cron(expression, { timezone, domAndDow, mode: '5-part', fixedTimeRule: 'no-wildcard' })

test('occurrences are those of an independent library, except where documented', (t) => {
  const random = seeded(20_240_101)
  const sample = isFull ? zones : zones.filter(() => random(14) === 0)
  const perZone = isFull ? 120 : 25
  const counts = new Map<Difference, number>()
  const wrong: string[] = []
  let compared = 0
  for (const timezone of sample) {
    const changes = changesOf(timezone)
    for (let index = 0; index < perZone; index += 1) {
      const fields = randomFields(random)
      const schedule = { kind: 'cron', expression: fields.join(' '), timezone } as const
      const raw = cronerOf(schedule.expression, timezone, false)
      const { expression, domAndDow } = translated(fields)
      const oracle = cronerOf(expression, timezone, domAndDow)
      const change = changes[random(changes.length)]
      let after =
        change !== undefined && random(4) > 0
          ? change + (random(2 * 48 * 60) - 48 * 60) * 60_000
          : from + random((to - from) / 1000) * 1000
      for (let step = 0; step < 4; step += 1) {
        const ours = nextOccurrence(schedule, after)
        const theirs = oracle.nextRun(new Date(after))?.getTime()
        compared += 1
        if (ours !== theirs) wrong.push(tell(schedule, after, ours, theirs))
        if (ours !== raw.nextRun(new Date(after))?.getTime()) count(counts, fields)
        if (ours === undefined) break
        after = ours
      }
    }
  }
  t.diagnostic(`${compared} compared in ${sample.length} zones`)
  t.diagnostic(`documented: ${JSON.stringify(Object.fromEntries(counts))}`)
  assert.deepEqual(wrong.slice(0, 20), [])
})

/** A difference that no documented class explains would have been wrong before. */
function count(counts: Map<Difference, number>, fields: Fields): void {
  const names = (Object.keys(differences) as Difference[]).filter((name) =>
    differences[name](fields),
  )
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
}

function tell(
  { expression, timezone }: { expression: string; timezone: string },
  after: number,
  ours: number | undefined,
  theirs: number | undefined,
): string {
  const show = (at: number | undefined) =>
    at === undefined ? 'never' : DateTime.fromMillis(at, { zone: timezone }).toISO()
  return `${expression} in ${timezone} after ${show(after)}: ${show(ours)}, not ${show(theirs)}`
}

test('offsets are those of an independent library, to the minute of each change', () => {
  const random = seeded(7)
  const sample = isFull ? zones : zones.filter(() => random(14) === 0)
  for (const timezone of sample) {
    const zone = zoneOf(timezone)
    const around = changesOf(timezone).flatMap((at) => [at - 60_000, at])
    const anywhere = Array.from({ length: 50 }, () => from + random((to - from) / 1000) * 1000)
    for (const at of [...around, ...anywhere]) {
      const { offset } = DateTime.fromMillis(at, { zone: timezone })
      assert.equal(
        zone.offsetAt(at),
        offset * 60_000,
        `${timezone} at ${new Date(at).toISOString()}`,
      )
    }
  }
})
