import { daysInMonth } from '../schedule/calendar.ts'
import { type Take, type Taken, takeMatch } from './take.ts'
import { monthOf, monthPattern, weekdayOf, weekdayPattern } from './words.ts'

/** The last three fields of a cron expression; `isLate`: the words say afternoon or evening. */
export type Days = { readonly fields: string; readonly isLate: boolean }

const leap = 2024
const every = '(?:every|each|jeden|jede|jedes)'
const dayNumber = String.raw`(\d{1,2})(?:st|nd|rd|th|\.)?`

const simple: readonly [pattern: string, days: Days][] = [
  [`${every} (?:day|tag|morning|morgen)|daily|täglich`, { fields: '* * *', isLate: false }],
  [
    `${every} (?:evening|abend|afternoon|nachmittag|night|nacht)`,
    { fields: '* * *', isLate: true },
  ],
  [
    `(?:on )?weekdays|${every} (?:weekday|workday|werktag|wochentag|arbeitstag)|werktags|wochentags|an werktagen`,
    { fields: '* * 1-5', isLate: false },
  ],
  [
    `(?:on )?weekends|${every} (?:weekend|wochenende)|am wochenende`,
    { fields: '* * 6,0', isLate: false },
  ],
]

/** The days on which something recurs, at the beginning of a text, in English or German. */
export function takeDays(text: string): Taken<Days> | undefined {
  for (const [pattern, value] of simple) {
    const found = takeMatch(text, pattern)
    if (found) return { value, rest: found.rest }
  }
  for (const take of [takeWeekdays, takeMonthly, takeYearly]) {
    const found = take(text)
    if (found) return { value: { fields: found.value, isLate: false }, rest: found.rest }
  }
  return undefined
}

/** `every monday`, `jeden Montag und Mittwoch`, `mondays`, `montags`. */
const takeWeekdays: Take<string> = (text) => {
  const one = `(?:${weekdayPattern})`
  const several = `${one}(?:(?:\\s*,\\s*|\\s+(?:and|und)\\s+)(?:(?:jeden|every)\\s+)?${one})*`
  const found =
    takeMatch(text, `${every}\\s+(${several})`) ??
    takeMatch(text, `(?:on\\s+)?((?:${weekdayPattern})s(?:\\s+(?:and|und)\\s+${one}s)*)`)
  if (!found) return undefined
  const names = found.value[1]?.match(new RegExp(weekdayPattern, 'gi')) ?? []
  return { value: `* * ${[...new Set(names.map(weekdayOf))].join()}`, rest: found.rest }
}

/** `on the 1st of every month`, `every month on the 1st`, `am 1. jedes Monats`, `jeden Monat am 1.` */
const takeMonthly: Take<string> = (text) => {
  const found =
    takeMatch(text, `(?:on )?the ${dayNumber} of (?:every|each) month`) ??
    takeMatch(text, `(?:every month|monthly) on the ${dayNumber}`) ??
    takeMatch(text, `am ${dayNumber} (?:jedes|eines jeden|jeden) monats`) ??
    takeMatch(text, `(?:jeden monat|monatlich) am ${dayNumber}`)
  const day = Number(found?.value[1])
  return found && day >= 1 && day <= 31 ? { value: `${day} * *`, rest: found.rest } : undefined
}

/** `every year on 24 December`, `jedes Jahr am 24.12.` */
const takeYearly: Take<string> = (text) => {
  const year = takeMatch(text, '(?:every year|yearly|jedes jahr|jährlich)(?: on| am)?(?: the)?')
  if (!year) return undefined
  const dayFirst = takeMatch(year.rest, `${dayNumber}\\s+(?:of )?(${monthPattern})`)
  const monthFirst = takeMatch(year.rest, `(${monthPattern})\\s+${dayNumber}`)
  const digits = takeMatch(year.rest, String.raw`(\d{1,2})\.(\d{1,2})\.?`)
  const found = dayFirst ?? monthFirst ?? digits
  if (!found) return undefined
  const [, one = '', other = ''] = found.value
  const [day, month] =
    found === monthFirst
      ? [Number(other), monthOf(one)]
      : [Number(one), found === digits ? Number(other) : monthOf(other)]
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(leap, month)
  return isDate ? { value: `${day} ${month} *`, rest: found.rest } : undefined
}
