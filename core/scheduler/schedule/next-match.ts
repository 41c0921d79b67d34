import { daysInMonth, fromWall, toWall } from './calendar.ts'
import type { CronFields } from './cron-fields.ts'

/** The longest wait between two matches: 29 February on a given weekday, across the year 2100. */
const maxYears = 40

/**
 * The first wall time at or after `wall` (a whole minute) that the fields take, or undefined if there is none ever.
 * Goes from field to field, so a February of 30 days costs a glance at each February.
 */
export function nextMatch(fields: CronFields, wall: number): number | undefined {
  const start = fromWall(wall)
  const lastYear = start.year + maxYears
  const atStart = { hour: start.hour, minute: start.minute }
  for (let year = start.year; year <= lastYear; year += 1) {
    for (const month of fields.months) {
      if (year === start.year && month < start.month) continue
      const isStartMonth = year === start.year && month === start.month
      const firstDay = isStartMonth ? start.day : 1
      for (let day = firstDay; day <= daysInMonth(year, month); day += 1) {
        if (!takesDay(fields, year, month, day)) continue
        const isStartDay = isStartMonth && day === start.day
        const time = isStartDay ? nextTime(fields, atStart) : firstTime(fields)
        if (time) return toWall(year, month, day, time.hour, time.minute)
      }
    }
  }
  return undefined
}

type Time = { readonly hour: number; readonly minute: number }

function takesDay(fields: CronFields, year: number, month: number, day: number): boolean {
  const isDay = fields.days.includes(day)
  if (isDay === fields.isDayByEither) return isDay
  return fields.weekdays.includes(fromWall(toWall(year, month, day)).weekday)
}

function firstTime(fields: CronFields): Time {
  return { hour: fields.hours[0] ?? 0, minute: fields.minutes[0] ?? 0 }
}

function nextTime(fields: CronFields, from: Time): Time | undefined {
  for (const hour of fields.hours) {
    if (hour < from.hour) continue
    if (hour > from.hour) return { hour, minute: fields.minutes[0] ?? 0 }
    const minute = fields.minutes.find((value) => value >= from.minute)
    if (minute !== undefined) return { hour, minute }
  }
  return undefined
}
