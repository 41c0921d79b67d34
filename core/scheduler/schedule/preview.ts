import { fromWall } from './calendar.ts'
import { type CronFields, parseCron } from './cron-fields.ts'
import { formatDate, formatTime } from './describe-schedule.ts'
import { nextMatch } from './next-match.ts'
import { nextOccurrence } from './next-occurrence.ts'
import type { Schedule } from './schedule.ts'
import { scheduleWords } from './schedule-words.ts'
import { floorMinute, type Zone } from './zone.ts'
import { zoneOf } from './zone-of.ts'

/** `local` is the reader's date and time; `note` says what a change of clocks does to it. */
export type PreviewedOccurrence = {
  readonly at: number
  readonly local: string
  readonly note?: string
}

/** More than anybody reads. */
const maxCount = 1000

/** The next occurrences after `after`, at most `count`, in the reader's `timezone` and language. */
export function preview(
  schedule: Schedule,
  after: number,
  count: number,
  timezone: string,
  language?: string,
): readonly PreviewedOccurrence[] {
  const words = scheduleWords(language)
  const found: PreviewedOccurrence[] = []
  let last = after
  while (found.length < Math.min(count, maxCount)) {
    const at = nextOccurrence(schedule, last)
    if (at === undefined) break
    const fields = fromWall(zoneOf(timezone).toWall(at))
    const local = `${formatDate(fields, words)}, ${formatTime(fields)}`
    const note = noteOn(schedule, at, language)
    found.push(note === undefined ? { at, local } : { at, local, note })
    last = at
  }
  return found
}

function noteOn(schedule: Schedule, at: number, language: string | undefined): string | undefined {
  if (schedule.kind !== 'cron') return undefined
  const words = scheduleWords(language)
  const zone = zoneOf(schedule.timezone)
  const cron = parseCron(schedule.expression)
  const wall = zone.toWall(at)
  const fields = fromWall(wall)
  const dayOf = ({ day, month }: { day: number; month: number }) =>
    words.dayAndMonth(day, words.months[month - 1] ?? '')
  const wanted = cron.followsRealTime ? undefined : skippedMatch(cron, zone, at)
  if (wanted !== undefined) {
    const skipped = fromWall(wanted)
    return words.skipped(formatTime(skipped), dayOf(skipped), formatTime(fields))
  }
  if (zone.resolve(floorMinute(wall)).kind !== 'twice') return undefined
  const say = cron.followsRealTime ? words.repeatedTwice : words.repeatedOnce
  return say(formatTime(fields), dayOf(fields))
}

/** The wall time that was meant, when `at` is the first moment after a gap that it fell into. */
function skippedMatch(cron: CronFields, zone: Zone, at: number): number | undefined {
  const gapStart = at + zone.offsetAt(at - 1)
  const gapEnd = zone.toWall(at)
  if (gapEnd <= gapStart) return undefined
  const match = nextMatch(cron, gapStart)
  return match !== undefined && match < gapEnd ? match : undefined
}
