import { daysInMonth, hourMs, minuteMs, toWall } from './calendar.ts'
import { firstInstant } from './first-instant.ts'
import { zoneOf } from './zone-of.ts'

const form =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i

/**
 * The instant of an ISO 8601 time. One without an offset is local to `timezone`: one that is skipped there means the
 * first valid moment after the gap, one that is repeated the first of the two. Throws an `Error` that says what is
 * wrong with it.
 */
export function parseInstant(text: string, timezone: string): number {
  const match = form.exec(text.trim())
  if (!match) throw new Error('it is no date and time; write it as 2026-12-24T18:00')
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0))
  if (month < 1 || month > 12) throw new Error(`there is no month ${month}`)
  if (day < 1 || day > daysInMonth(year, month)) {
    throw new Error(`${year}-${pad(month)} has ${daysInMonth(year, month)} days`)
  }
  if (hour > 23 || minute > 59 || second > 59) {
    throw new Error('there is no such time of day; it goes from 00:00 to 23:59:59')
  }
  const fraction = Math.floor(Number(`0.${match[7] ?? '0'}`) * 1000)
  const seconds = second * 1000 + fraction
  const wall = toWall(year, month, day, hour, minute)
  const offset = match[8]
  return (
    (offset === undefined ? firstInstant(zoneOf(timezone), wall) : wall - parseOffset(offset)) +
    seconds
  )
}

function parseOffset(text: string): number {
  if (text.toUpperCase() === 'Z') return 0
  const hours = Number(text.slice(1, 3))
  const minutes = Number(text.slice(-2))
  if (hours > 15 || minutes > 59) throw new Error(`there is no place with the offset ${text}`)
  return (text.startsWith('-') ? -1 : 1) * (hours * hourMs + minutes * minuteMs)
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
