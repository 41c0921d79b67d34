import { RequestError } from '../../errors.ts'
import { dayMs, minuteMs } from './calendar.ts'
import { parseCron } from './cron-fields.ts'
import { nextOccurrence } from './next-occurrence.ts'
import { parseDuration } from './parse-duration.ts'
import { parseInstant } from './parse-instant.ts'
import { parseZone } from './parse-zone.ts'
import type { Schedule } from './schedule.ts'

/**
 * `now`: what is past, and where an interval begins. `timezone`: where the input names none.
 * `path`: what the input is called in errors, `schedule` unless given.
 */
export type ScheduleContext = {
  readonly now: number
  readonly timezone: string
  readonly path?: string
}

/** Agents and people make jobs: more often than once a minute is a mistake, and a costly one. */
const minEveryMs = minuteMs
const maxEveryMs = 3_660 * dayMs

const kinds = ['at', 'every', 'cron'] as const
const companions: Readonly<Record<(typeof kinds)[number], readonly string[]>> = {
  at: ['timezone'],
  every: ['anchor', 'timezone'],
  cron: ['timezone'],
}

/**
 * Reads a schedule as people and programs write it: `{ at, timezone? }` with an ISO time, local where it has no offset;
 * `{ every, anchor?, timezone? }` as `30m`, from `anchor` (an ISO time; now unless given); `{ cron, timezone? }`.
 * Throws `RequestError` with `bad-schedule`, naming path, value and remedy.
 */
export function parseSchedule(input: unknown, context: ScheduleContext): Schedule {
  const path = context.path ?? 'schedule'
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw refuse(path, input, 'it must be an object with one of at, every and cron')
  }
  const values = new Map(Object.entries(input).filter(([, value]) => value !== undefined))
  const named = kinds.filter((kind) => values.has(kind))
  const [kind] = named
  if (kind === undefined || named.length > 1) {
    throw refuse(path, input, 'it must have exactly one of at, every and cron')
  }
  for (const key of values.keys()) {
    if (key === kind || companions[kind].includes(key)) continue
    const known = [kind, ...companions[kind]].join(', ')
    throw refuse(`${path}.${key}`, values.get(key), `the key is unknown here; known are ${known}`)
  }
  const read = reader(path, values)
  const timezone = values.has('timezone') ? read('timezone', parseZone) : context.timezone
  if (kind === 'at') return { kind, at: read('at', (text) => parseAt(text, timezone, context.now)) }
  if (kind === 'every') {
    const anchorAt = values.has('anchor')
      ? read('anchor', (text) => parseInstant(text, timezone))
      : context.now
    return { kind, everyMs: read('every', parseEvery), anchorAt }
  }
  return read('cron', (text) => parseCronSchedule(text, timezone, context.now))
}

type Read = <T>(key: string, parse: (text: string) => T) => T

/** Reads one text, and says where it stands when something is wrong with it. */
function reader(path: string, values: ReadonlyMap<string, unknown>): Read {
  return (key, parse) => {
    const value = values.get(key)
    if (typeof value !== 'string') throw refuse(`${path}.${key}`, value, 'it must be text')
    try {
      return parse(value)
    } catch (error) {
      if (!(error instanceof Error)) throw error
      throw refuse(`${path}.${key}`, value, error.message)
    }
  }
}

function parseAt(text: string, timezone: string, now: number): number {
  const at = parseInstant(text, timezone)
  if (at <= now) throw new Error('it is past; name a time to come')
  return at
}

function parseEvery(text: string): number {
  const everyMs = parseDuration(text)
  if (everyMs === undefined) throw new Error('it is no duration; write it as 30m, 2h, 1h30m or 1d')
  if (everyMs < minEveryMs) throw new Error('it is too often; the least is 1m')
  if (everyMs > maxEveryMs) throw new Error('it is too seldom; the most is 3660d')
  return everyMs
}

function parseCronSchedule(text: string, timezone: string, now: number): Schedule {
  const expression = text.trim()
  parseCron(expression)
  const schedule: Schedule = { kind: 'cron', expression, timezone }
  if (nextOccurrence(schedule, now) === undefined) {
    throw new Error('it never happens: no month it names has such a day; change the day or month')
  }
  return schedule
}

const maxShown = 100

function refuse(path: string, value: unknown, problem: string): RequestError {
  const shown = value === undefined ? 'nothing' : JSON.stringify(value)
  const short = shown.length > maxShown ? `${shown.slice(0, maxShown)}…` : shown
  return new RequestError(400, 'bad-schedule', `${path}: ${short}: ${problem}.`)
}
