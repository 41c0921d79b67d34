import { fromWall } from '../scheduler/schedule/calendar.ts'
import { formatDate, formatTime } from '../scheduler/schedule/describe-schedule.ts'
import { scheduleWords } from '../scheduler/schedule/schedule-words.ts'
import { zoneOf } from '../scheduler/schedule/zone-of.ts'

/** `Sunday 22 November 2026, 14:05`, in a language. */
export function localTime(at: number, timezone: string, language?: string): string {
  const fields = fromWall(zoneOf(timezone).toWall(at))
  return `${formatDate(fields, scheduleWords(language))}, ${formatTime(fields)}`
}

/** `2026-11-22`. */
export function localDay(at: number, timezone: string): string {
  const { year, month, day } = fromWall(zoneOf(timezone).toWall(at))
  const pad = (value: number) => String(value).padStart(2, '0')
  return `${year}-${pad(month)}-${pad(day)}`
}
