import { daysInMonth, fromWall, toWall } from '../schedule/calendar.ts'
import { firstInstant } from '../schedule/first-instant.ts'
import type { Schedule } from '../schedule/schedule.ts'
import { zoneOf } from '../schedule/zone-of.ts'
import { type Taken, takeMatch } from './take.ts'
import { takeTime } from './take-time.ts'

/** A leap day comes at the latest eight years from now. */
const maxYears = 8

/**
 * `am 24.12. um 18 Uhr`, with or without a year: the next such date. `impossible`: it is written as a date and is none,
 * so that nobody reads a part of it as something else.
 */
export function takeGermanDate(
  text: string,
  now: number,
  timezone: string,
): Taken<Schedule> | 'impossible' | undefined {
  const date = takeMatch(text, String.raw`(?:am\s+)?(\d{1,2})\.\s?(\d{1,2})\.(?:\s?(\d{4}|\d{2}))?`)
  if (!date) return undefined
  const time = takeTime(date.rest.replace(/^,\s*/, ''))
  if (!time) return 'impossible'
  const [, day, month, year] = date.value
  const zone = zoneOf(timezone)
  const thisYear = fromWall(zone.toWall(now)).year
  const first = year === undefined ? thisYear : Number(year) + (Number(year) < 100 ? 2000 : 0)
  const last = year === undefined ? thisYear + maxYears : first
  for (let candidate = first; candidate <= last; candidate += 1) {
    if (Number(day) < 1 || Number(day) > daysInMonth(candidate, Number(month))) continue
    const { hour, minute } = time.value
    const wall = toWall(candidate, Number(month), Number(day), hour, minute)
    const at = firstInstant(zone, wall)
    if (at > now) return { value: { kind: 'at', at }, rest: time.rest }
  }
  return 'impossible'
}
