import { dayMs, minuteMs } from '../scheduler/schedule/calendar.ts'
import { nextOccurrence } from '../scheduler/schedule/next-occurrence.ts'
import { zoneOf } from '../scheduler/schedule/zone-of.ts'
import type { ActiveHours } from './heartbeat-settings.ts'

/** Whether an instant lies within the hours; the same start and end is the whole day. */
export function isActive({ start, end, timezone }: ActiveHours, at: number): boolean {
  const wall = zoneOf(timezone).toWall(at)
  const minute = Math.floor((wall - Math.floor(wall / dayMs) * dayMs) / minuteMs)
  const from = minuteOf(start)
  const to = minuteOf(end)
  if (from === to) return true
  return from < to ? minute >= from && minute < to : minute >= from || minute < to
}

/** When the hours begin the next time after `at`. */
export function nextActive({ start, timezone }: ActiveHours, at: number): number {
  const minute = minuteOf(start) % 1440
  const expression = `${minute % 60} ${Math.floor(minute / 60)} * * *`
  return nextOccurrence({ kind: 'cron', expression, timezone }, at) ?? at + dayMs
}

function minuteOf(timeOfDay: string): number {
  const [hours = 0, minutes = 0] = timeOfDay.split(':').map(Number)
  return hours * 60 + minutes
}
