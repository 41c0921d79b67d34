/**
 * The calendar without zones. A wall time is what a clock on the wall shows, as the milliseconds since the epoch at
 * which a clock in UTC shows the same.
 */

export const minuteMs = 60_000
export const hourMs = 3_600_000
export const dayMs = 86_400_000

/** `month` and `day` from 1; `weekday` from 0, Sunday. */
export type WallFields = {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly weekday: number
  readonly hour: number
  readonly minute: number
}

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const daysIn400Years = 146_097
/** From 1 March of the year 0 to 1 January 1970. */
const daysToEpoch = 719_468

export function daysInMonth(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return month === 2 && isLeap ? 29 : (monthLengths[month - 1] ?? 0)
}

/** The wall time of a date and time. Years begin in March here, so that the leap day is the last of a year. */
export function toWall(year: number, month: number, day: number, hour = 0, minute = 0): number {
  const marchYear = month > 2 ? year : year - 1
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  const days = era * daysIn400Years + dayOfEra - daysToEpoch
  return days * dayMs + hour * hourMs + minute * minuteMs
}

/** The date and time of a wall time; what is less than a minute is cut off. */
export function fromWall(wall: number): WallFields {
  const days = Math.floor(wall / dayMs)
  const shifted = days + daysToEpoch
  const era = Math.floor(shifted / daysIn400Years)
  const dayOfEra = shifted - era * daysIn400Years
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear =
    dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const timeMs = wall - days * dayMs
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
    weekday: (((days + 4) % 7) + 7) % 7,
    hour: Math.floor(timeMs / hourMs),
    minute: Math.floor(timeMs / minuteMs) % 60,
  }
}
