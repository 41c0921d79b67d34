import { minuteMs } from './calendar.ts'
import { type CronFields, parseCron } from './cron-fields.ts'
import { firstInstant } from './first-instant.ts'
import { nextMatch } from './next-match.ts'
import type { Schedule } from './schedule.ts'
import { floorMinute, type Zone } from './zone.ts'
import { zoneOf } from './zone-of.ts'

/** Longer than any gap or repetition of local time, in minutes: a day, when a country changes sides of the date line. */
const maxSteps = 2 * 24 * 60
const maxAt = 8.64e15

/**
 * The first instant strictly after `after` at which the schedule happens; undefined: never again.
 *
 * Cron and clocks that change: when the hours are numbers, lists or ranges, a local time that is skipped happens at
 * the first valid moment after the gap, and one that is repeated happens once, the first time; several that fall into
 * one gap are one occurrence. When the hours are `*`, have a step or are all 24, occurrences follow real time: what
 * is skipped is left out, what is repeated happens twice, and the pauses stay even.
 *
 * Throws for an expression or zone that `parseSchedule` would refuse.
 */
export function nextOccurrence(schedule: Schedule, after: number): number | undefined {
  switch (schedule.kind) {
    case 'at':
      return schedule.at > after ? schedule.at : undefined
    case 'every':
      return nextOfInterval(schedule.everyMs, schedule.anchorAt, after)
    case 'cron': {
      const fields = parseCron(schedule.expression)
      const zone = zoneOf(schedule.timezone)
      return fields.followsRealTime
        ? nextByRealTime(fields, zone, after)
        : nextByLocalTime(fields, zone, after)
    }
  }
}

function nextOfInterval(everyMs: number, anchorAt: number, after: number): number | undefined {
  if (after < anchorAt) return anchorAt
  const next = anchorAt + (Math.floor((after - anchorAt) / everyMs) + 1) * everyMs
  return next <= maxAt ? next : undefined
}

function nextByLocalTime(fields: CronFields, zone: Zone, after: number): number | undefined {
  let from = floorMinute(zone.toWall(after)) + minuteMs
  for (let step = 0; step < maxSteps; step += 1) {
    const wall = nextMatch(fields, from)
    if (wall === undefined) return undefined
    const at = firstInstant(zone, wall)
    if (at > after) return at
    from = wall + minuteMs
  }
  return undefined
}

function nextByRealTime(fields: CronFields, zone: Zone, after: number): number | undefined {
  const wall = zone.toWall(after)
  const ahead = nextInstant(fields, zone, after, floorMinute(wall) + minuteMs)
  const now = zone.resolve(wall)
  if (now.kind !== 'twice' || now.first !== after) return ahead
  // The clock will be set back over the time it shows now, so what comes next may be earlier on the wall.
  const again = nextMatch(fields, now.repeatsFrom)
  const repeated = again === undefined ? undefined : zone.resolve(again)
  if (repeated?.kind !== 'twice') return ahead
  return Math.min(repeated.second, ahead ?? repeated.second)
}

/** The first real instant after `after` of a match at or after `from` on the wall. */
function nextInstant(
  fields: CronFields,
  zone: Zone,
  after: number,
  from: number,
): number | undefined {
  let start = from
  for (let step = 0; step < maxSteps; step += 1) {
    const wall = nextMatch(fields, start)
    if (wall === undefined) return undefined
    const resolved = zone.resolve(wall)
    if (resolved.kind === 'once') return resolved.at
    if (resolved.kind === 'twice') return resolved.first > after ? resolved.first : resolved.second
    start = wall + minuteMs
  }
  return undefined
}
