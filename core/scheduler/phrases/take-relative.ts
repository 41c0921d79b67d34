import { dayMs } from '../schedule/calendar.ts'
import { firstInstant } from '../schedule/first-instant.ts'
import type { Schedule } from '../schedule/schedule.ts'
import { zoneOf } from '../schedule/zone-of.ts'
import { type Taken, takeMatch } from './take.ts'
import { takeLength } from './take-interval.ts'
import { takeTime } from './take-time.ts'

/** `in 20 minutes`, `in einer halben Stunde`, `in 3 days`: days keep the local time. Not `in 3 days at 9`. */
export function takeRelative(
  text: string,
  now: number,
  timezone: string,
): Taken<Schedule> | undefined {
  const found = takeMatch(text, 'in')
  const length = found && takeLength(found.rest)
  if (!length || length.value <= 0) return undefined
  if (length.value % dayMs !== 0) return atOnce(now + length.value, length.rest)
  if (takeTime(length.rest)) return undefined
  const zone = zoneOf(timezone)
  return atOnce(firstInstant(zone, zone.toWall(now) + length.value), length.rest)
}

function atOnce(at: number, rest: string): Taken<Schedule> {
  return { value: { kind: 'at', at }, rest }
}
