import { type Taken, takeMatch } from './take.ts'

export type TimeOfDay = { readonly hour: number; readonly minute: number }

const named: readonly [pattern: string, time: TimeOfDay][] = [
  ['(?:at )?noon|(?:um )?mittags?|(?:um )?12 uhr mittags', { hour: 12, minute: 0 }],
  ['(?:at |um )?(?:midnight|mitternacht)', { hour: 0, minute: 0 }],
]

const clock = String.raw`(?:(at|um|gegen)\s+)?(\d{1,2})(?:[:.](\d{2}))?\s*(?:(am|pm|a\.m\.|p\.m\.)|(uhr)(?:\s*(\d{1,2})(?!\d))?)?`
const half = String.raw`um\s+halb\s+(\d{1,2})(?:\s*uhr)?`

/**
 * A time of day at the beginning of a text: `at 8`, `17:30`, `5pm`, `um 8 Uhr 30`, `um halb neun` in digits. A bare
 * number is none, it may be how many of something.
 */
export function takeTime(text: string): Taken<TimeOfDay> | undefined {
  for (const [pattern, value] of named) {
    const found = takeMatch(text, pattern)
    if (found) return { value, rest: found.rest }
  }
  const halfPast = takeMatch(text, half)
  if (halfPast) {
    const hour = Number(halfPast.value[1])
    return checked(hour === 0 ? 23 : hour - 1, 30, halfPast.rest)
  }
  const found = takeMatch(text, clock)
  if (!found) return undefined
  const [, at, hours, minutes, half12, oClock, minutesAfter] = found.value
  if (at === undefined && minutes === undefined && half12 === undefined && oClock === undefined) {
    return undefined
  }
  const hour = to24(Number(hours), half12)
  return checked(hour, Number(minutes ?? minutesAfter ?? 0), found.rest)
}

function to24(hour: number, half12: string | undefined): number {
  if (half12 === undefined) return hour
  if (hour < 1 || hour > 12) return Number.NaN
  return (hour % 12) + (half12.toLowerCase().startsWith('p') ? 12 : 0)
}

function checked(hour: number, minute: number, rest: string): Taken<TimeOfDay> | undefined {
  return hour <= 23 && minute <= 59 ? { value: { hour, minute }, rest } : undefined
}
