import { dayMs, hourMs, minuteMs } from '../schedule/calendar.ts'
import { type Taken, takeMatch } from './take.ts'
import { numberOf, numberPattern } from './words.ts'

const units: readonly [pattern: string, ms: number][] = [
  ['seconds?|secs?|sekunden?|sek', 1000],
  ['minutes?|mins?|minuten?', minuteMs],
  ['hours?|hrs?|h|stunden?|std', hourMs],
  ['days?|tag(?:en?)?', dayMs],
  ['weeks?|wochen?', 7 * dayMs],
]
const unitPattern = `(?:${units.map(([pattern]) => pattern).join('|')})`
const half = '(?:half an|half a|(?:einer )?halben|halbe)'
const oneAndHalf = '(?:anderthalb|eineinhalb|one and a half)'

/** `20 minutes`, `half an hour`, `anderthalb Stunden`, `1 hour and 30 minutes`, in milliseconds. */
export function takeLength(text: string): Taken<number> | undefined {
  const first = takePart(text)
  if (!first) return undefined
  const joined = takeMatch(first.rest, 'and|und')
  const second = takePart(joined?.rest ?? first.rest)
  if (!second || second.value >= first.value) return first
  return { value: first.value + second.value, rest: second.rest }
}

function takePart(text: string): Taken<number> | undefined {
  const count = `(${half}|${oneAndHalf}|\\d{1,3}[.,]5|${numberPattern})`
  const found = takeMatch(text, `${count}\\s*(${unitPattern})`)
  if (!found) return undefined
  const [, amount = '', unit = ''] = found.value
  const ms = units.find(([pattern]) => new RegExp(`^(?:${pattern})$`, 'i').test(unit))?.[1] ?? 0
  return { value: Math.round(countOf(amount) * ms), rest: found.rest }
}

function countOf(amount: string): number {
  if (new RegExp(`^${half}$`, 'i').test(amount)) return 0.5
  if (new RegExp(`^${oneAndHalf}$`, 'i').test(amount)) return 1.5
  return /[.,]/.test(amount) ? Number(amount.replace(',', '.')) : numberOf(amount)
}

/** `every 2 hours`, `every half hour`, `alle 30 Minuten`, `jede Stunde`, in milliseconds; not `every day`. */
export function takeInterval(text: string): Taken<number> | undefined {
  const halfHour = takeMatch(text, 'every half (?:an )?hour|(?:jede|alle) halbe stunde')
  if (halfHour) return { value: hourMs / 2, rest: halfHour.rest }
  const hourly = takeMatch(text, 'every hour|hourly|jede stunde|stündlich')
  if (hourly) return { value: hourMs, rest: hourly.rest }
  const every = takeMatch(text, 'every|each|alle')
  return every && takeLength(every.rest)
}
