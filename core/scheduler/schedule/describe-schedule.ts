import { dayMs, fromWall, hourMs, minuteMs, type WallFields } from './calendar.ts'
import { type CronFields, parseCron } from './cron-fields.ts'
import type { Schedule } from './schedule.ts'
import { list, type ScheduleWords, scheduleWords } from './schedule-words.ts'
import { zoneOf } from './zone-of.ts'

/** Several times a day are named one by one up to here. */
const maxTimes = 6

/**
 * A schedule as a part of a plain sentence: `every weekday at 8:00`. `language` is a hint such as `de`; `timezone` is
 * the reader's, and a schedule that goes by another one says so. What no sentence fits is shown as its expression.
 */
export function describeSchedule(
  schedule: Schedule,
  language: string | undefined,
  timezone: string,
): string {
  const words = scheduleWords(language)
  switch (schedule.kind) {
    case 'at': {
      const fields = fromWall(zoneOf(timezone).toWall(schedule.at))
      return words.once(formatDate(fields, words), formatTime(fields))
    }
    case 'every':
      return describeInterval(schedule.everyMs, words)
    case 'cron': {
      const fields = parseCron(schedule.expression)
      const text = describeCron(fields, words) ?? words.byExpression(schedule.expression)
      return schedule.timezone === timezone ? text : `${text} (${schedule.timezone})`
    }
  }
}

/** `Thursday 24 December 2026`. */
export function formatDate(fields: WallFields, words: ScheduleWords): string {
  const weekday = words.weekdays[fields.weekday] ?? ''
  return words.date(weekday, fields.day, words.months[fields.month - 1] ?? '', fields.year)
}

/** `8:00`. */
export function formatTime({ hour, minute }: { hour: number; minute: number }): string {
  return `${hour}:${String(minute).padStart(2, '0')}`
}

function describeInterval(everyMs: number, words: ScheduleWords): string {
  const units = [
    ['week', 7 * dayMs],
    ['day', dayMs],
    ['hour', hourMs],
    ['minute', minuteMs],
  ] as const
  const unit = units.find(([, ms]) => everyMs % ms === 0)
  return unit ? words.every(everyMs / unit[1], unit[0]) : words.every(everyMs / 1000, 'second')
}

function describeCron(fields: CronFields, words: ScheduleWords): string | undefined {
  const days = describeDays(fields, words)
  if (days === undefined) return undefined
  const { hours, minutes } = fields
  if (hours.length * minutes.length <= maxTimes) {
    const times = hours.flatMap((hour) => minutes.map((minute) => formatTime({ hour, minute })))
    return days + words.at(list(times, words.and))
  }
  return days === words.daily ? describeSteps(fields, words) : undefined
}

/** Through the whole day: every so many minutes or hours. */
function describeSteps({ hours, minutes }: CronFields, words: ScheduleWords): string | undefined {
  const [minute = 0] = minutes
  if (hours.length === 24) {
    const step = stepOf(minutes, 60)
    if (step !== undefined && minute === 0 && step < 60) return words.every(step, 'minute')
    if (minutes.length > 1) return undefined
    return minute === 0 ? words.every(1, 'hour') : words.atMinute(minute)
  }
  const step = stepOf(hours, 24)
  const isOnTheHour = minutes.length === 1 && minute === 0 && hours[0] === 0
  return step !== undefined && isOnTheHour ? words.every(step, 'hour') : undefined
}

/** The distance of values that stay even through the end of their range. */
function stepOf(values: readonly number[], range: number): number | undefined {
  const step = range / values.length
  const [first = 0] = values
  return values.every((value, index) => value === first + index * step) ? step : undefined
}

function describeDays(fields: CronFields, words: ScheduleWords): string | undefined {
  const isAnyDay = fields.days.length === 31
  const isAnyMonth = fields.months.length === 12
  const isAnyWeekday = fields.weekdays.length === 7
  if (isAnyDay && isAnyMonth) {
    return isAnyWeekday ? words.daily : describeWeekdays(fields.weekdays, words)
  }
  if (!isAnyWeekday || isAnyDay || fields.days.length > maxTimes) return undefined
  if (isAnyMonth) return words.onDays(fields.days)
  if (fields.months.length * fields.days.length > maxTimes) return undefined
  return words.onDates(
    fields.days,
    fields.months.map((month) => words.months[month - 1] ?? ''),
  )
}

function describeWeekdays(weekdays: readonly number[], words: ScheduleWords): string {
  const days = weekdays.join()
  if (days === '1,2,3,4,5') return words.workdays
  if (days === '0,6') return words.weekend
  // The week of a sentence begins on Monday.
  const ordered = [...weekdays].sort((one, other) => ((one + 6) % 7) - ((other + 6) % 7))
  return words.onWeekdays(ordered.map((day) => words.weekdays[day] ?? ''))
}
