import type { ParsedResult } from 'chrono-node'
import { dateOf } from '../../clock.ts'
import { dayMs, hourMs, minuteMs, toWall } from '../schedule/calendar.ts'
import { firstInstant } from '../schedule/first-instant.ts'
import type { Zone } from '../schedule/zone.ts'
import { zoneOf } from '../schedule/zone-of.ts'
import { monthPattern, weekdayPattern } from './words.ts'

/** A single date and time that was found; `from` and `to` are where in the text. */
export type FoundInstant = { readonly at: number; readonly from: number; readonly to: number }

/** Longer than any date with a time. Reading dates costs more than linearly, so only so much is read. */
const maxRead = 120

/** What stands before a date may be a half of it that was not understood: `31 Feb at 10`, `tomorrow um 8`. */
const halfDate = new RegExp(
  `(?:[\\d.:/-]|(?<!\\p{L})(?:${monthPattern}|${weekdayPattern}|at|on|um|am|today|tomorrow|heute|morgen))\\s*$`,
  'iu',
)

/** Words beside a date which mean that there is more to it than was understood. */
const alternative = /^\s*(?:or|oder|and|und|to|until|till|bis|-|–)\s*(?:at\s|um\s)?\d/i

/**
 * Finds a single date with a time of day at the beginning or the end of a text: `tomorrow at 5pm`, `am Freitag um 9`.
 * Undefined where none, several or half a one stands there, and for one that is past.
 */
export async function findOneOff(
  text: string,
  context: { readonly now: number; readonly timezone: string; readonly isGerman: boolean },
): Promise<FoundInstant | undefined> {
  const { parse } = context.isGerman
    ? await import('chrono-node/de')
    : await import('chrono-node/en')
  const zone = zoneOf(context.timezone)
  const reference = {
    instant: dateOf(context.now),
    timezone: zone.offsetAt(context.now) / minuteMs,
  }
  const read = (part: string) => parse(part, reference, { forwardDate: true })

  const head = text.slice(0, maxRead)
  const leading = read(head).find(({ index }) => index === 0)
  if (leading) {
    if (alternative.test(text.slice(leading.text.length))) return undefined
    const at = instantOf(leading, zone, context.now)
    if (at !== undefined) return { at, from: 0, to: leading.text.length }
  }
  const start = Math.max(0, text.length - maxRead)
  const trailing = read(text.slice(start)).at(-1)
  if (!trailing) return undefined
  const from = start + trailing.index
  const isCut = from === 0 || /[\p{L}\p{N}]$/u.test(text.slice(0, from))
  const isHalf = halfDate.test(text.slice(0, from))
  if (isCut || isHalf || from + trailing.text.length !== text.length) return undefined
  const at = instantOf(trailing, zone, context.now)
  return at === undefined ? undefined : { at, from, to: text.length }
}

function instantOf({ start, end, text }: ParsedResult, zone: Zone, now: number) {
  if (end || !start.isCertain('hour')) return undefined
  const at = start.isCertain('timezoneOffset')
    ? start.date().getTime()
    : firstInstant(zone, wallOf(start))
  if (start.isCertain('day') || start.isCertain('month')) return at > now ? at : undefined
  if (start.isCertain('weekday')) return at > now ? at : at + 7 * dayMs
  // `at 8`, after noon: this evening or tomorrow morning.
  const isAmbiguous = isEitherHalf(text) && at - 12 * hourMs > now
  return at > now && !isAmbiguous ? at : undefined
}

/** A time of a clock with twelve hours that does not say which half of the day it means. */
function isEitherHalf(text: string): boolean {
  const [, hour = '0'] = /(\d{1,2})/.exec(text) ?? []
  return !/\b(?:[ap]\.?m|uhr)\b/i.test(text) && !hour.startsWith('0') && Number(hour) <= 11
}

function wallOf(start: ParsedResult['start']): number {
  const part = (name: 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second') =>
    start.get(name) ?? 0
  const minutes = toWall(part('year'), part('month'), part('day'), part('hour'), part('minute'))
  return minutes + part('second') * 1000
}
