import { minuteMs } from '../schedule/calendar.ts'
import type { Schedule } from '../schedule/schedule.ts'
import { type Taken, takeMatch } from './take.ts'
import { type Days, takeDays } from './take-days.ts'
import { takeInterval } from './take-interval.ts'
import { type TimeOfDay, takeTime } from './take-time.ts'

/** A recurring schedule at the beginning of a text; days need a time of day, before or after them. */
export function takeRecurrence(
  text: string,
  now: number,
  timezone: string,
): Taken<Schedule> | undefined {
  const daily = takeDaysAndTime(text)
  if (daily) {
    const { days, time } = daily.value
    const hour = days.isLate && time.hour < 12 ? time.hour + 12 : time.hour
    const expression = `${time.minute} ${hour} ${days.fields}`
    return { value: { kind: 'cron', expression, timezone }, rest: daily.rest }
  }
  const interval = takeInterval(text)
  // `every 2 days at 8` is neither 48 hours nor a day of the month: it is left to the agent.
  if (!interval || interval.value < minuteMs || takeTime(interval.rest)) return undefined
  if (takeMatch(interval.rest, 'on|am|at|um|until|bis|from|von|ab')) return undefined
  return {
    value: { kind: 'every', everyMs: interval.value, anchorAt: now },
    rest: interval.rest,
  }
}

function takeDaysAndTime(text: string): Taken<{ days: Days; time: TimeOfDay }> | undefined {
  const days = takeDays(text)
  const after = days && takeTime(days.rest.replace(/^,\s*/, ''))
  if (days && after) {
    return { value: { days: days.value, time: after.value }, rest: after.rest }
  }
  // A bare number is a time where days have just been named: `every monday 9`, and nothing follows it.
  const bare = days && takeMatch(days.rest, String.raw`(\d{1,2})\s*$`)
  if (days && bare && Number(bare.value[1]) <= 23) {
    const time = { hour: Number(bare.value[1]), minute: 0 }
    return { value: { days: days.value, time }, rest: bare.rest }
  }
  const time = takeTime(text)
  const before = time && takeDays(time.rest)
  return before && { value: { days: before.value, time: time.value }, rest: before.rest }
}
