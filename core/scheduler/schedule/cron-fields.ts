/**
 * A cron expression, understood: what each field takes, ascending. Sunday is 0.
 * `isDayByEither`: day of month and day of week are both restricted, so a day needs to match only one of them.
 * `followsRealTime`: the hours are every hour or steps, so clocks that are set back repeat occurrences and clocks
 * that are set forward leave them out; otherwise each local time happens once, whatever clocks do.
 */
export type CronFields = {
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly days: readonly number[]
  readonly months: readonly number[]
  readonly weekdays: readonly number[]
  readonly isDayByEither: boolean
  readonly followsRealTime: boolean
}

type Field = {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly names: readonly string[]
  /** The number that the first name stands for. */
  readonly firstName: number
}

const monthNames = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const weekdayNames = 'sun mon tue wed thu fri sat'.split(' ')

const minute: Field = { name: 'minute', min: 0, max: 59, names: [], firstName: 0 }
const hour: Field = { name: 'hour', min: 0, max: 23, names: [], firstName: 0 }
const day: Field = { name: 'day of month', min: 1, max: 31, names: [], firstName: 0 }
const month: Field = { name: 'month', min: 1, max: 12, names: monthNames, firstName: 1 }
const weekday: Field = { name: 'day of week', min: 0, max: 7, names: weekdayNames, firstName: 0 }

const nicknames: ReadonlyMap<string, string> = new Map([
  ['@hourly', '0 * * * *'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@weekly', '0 0 * * 0'],
  ['@monthly', '0 0 1 * *'],
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
])

const maxLength = 200

/**
 * Reads a cron expression of five fields, or a nickname such as `@daily`. Throws an `Error` whose message says what
 * is wrong with which field and what it takes. Whether it ever happens is another question: see `nextMatch`.
 */
export function parseCron(expression: string): CronFields {
  if (expression.length > maxLength) {
    throw new Error(`it is longer than ${maxLength} characters`)
  }
  const fields = expandNickname(expression.trim().toLowerCase()).split(/\s+/)
  if (fields.length !== 5) {
    throw new Error(
      `it has ${fields.length === 1 && fields[0] === '' ? 0 : fields.length} fields and needs 5: minute, hour, day of month, month, day of week` +
        (fields.length === 6 ? '; seconds and years cannot be given' : ''),
    )
  }
  const [minutes = '', hours = '', days = '', months = '', weekdays = ''] = fields
  const hourValues = parseField(hours, hour)
  return {
    minutes: parseField(minutes, minute),
    hours: hourValues,
    days: parseField(days, day),
    months: parseField(months, month),
    weekdays: sundays(parseField(weekdays, weekday)),
    isDayByEither: !days.startsWith('*') && !weekdays.startsWith('*'),
    followsRealTime: /[*/]/.test(hours) || hourValues.length === 24,
  }
}

function expandNickname(expression: string): string {
  if (!expression.startsWith('@')) return expression
  const meant = nicknames.get(expression)
  if (meant === undefined) {
    throw new Error(`"${expression}" is unknown; known are ${[...nicknames.keys()].join(', ')}`)
  }
  return meant
}

function parseField(text: string, field: Field): number[] {
  const values = new Set<number>()
  for (const item of text.split(',')) {
    for (const value of parseItem(item, field)) values.add(value)
  }
  return [...values].sort((one, other) => one - other)
}

/** `*`, `5`, `mon`, `1-5`, and with a step `*` + `/2`, `1-5/2`, `5/15` (from 5 on). */
function parseItem(item: string, field: Field): number[] {
  const [range = '', step, ...more] = item.split('/')
  if (more.length > 0) throw refuse(item, field, 'has more than one step')
  const by = step === undefined ? 1 : parseStep(step, item, field)
  const [from, to] = parseRange(range, step !== undefined, item, field)
  const count = Math.floor((to - from) / by) + 1
  return Array.from({ length: count }, (_, index) => from + index * by)
}

function parseStep(step: string, item: string, field: Field): number {
  if (!/^\d{1,3}$/.test(step) || Number(step) === 0) {
    throw refuse(item, field, 'has a step that is no number from 1')
  }
  if (Number(step) > field.max) throw refuse(item, field, `has a step above ${field.max}`)
  return Number(step)
}

function parseRange(text: string, isOpen: boolean, item: string, field: Field): [number, number] {
  const last = field === weekday ? 6 : field.max
  if (text === '*') return [field.min, last]
  const [low = '', high, ...more] = text.split('-')
  if (more.length > 0) throw refuse(item, field, 'is no range')
  const from = parseValue(low, item, field)
  if (high === undefined) return [from, isOpen ? Math.max(from, last) : from]
  const to = parseValue(high, item, field)
  // Monday to Sunday is usual, and Sunday is both the first and the last day.
  const end = field === weekday && to === 0 && from > 0 ? 7 : to
  if (end < from) throw refuse(item, field, 'ends before it begins')
  return [from, end]
}

function parseValue(text: string, item: string, field: Field): number {
  const named = field.names.indexOf(text)
  if (named >= 0) return named + field.firstName
  if (!/^\d{1,2}$/.test(text)) throw refuse(item, field, 'is not understood')
  const value = Number(text)
  if (value < field.min || value > field.max) throw refuse(item, field, 'is out of range')
  return value
}

function refuse(item: string, field: Field, problem: string): Error {
  const names = field.names.length > 0 ? ` or ${field.names[0]} to ${field.names.at(-1)}` : ''
  return new Error(
    `"${item}" as ${field.name} ${problem}; it takes ${field.min} to ${field.max}${names}, with , - * and /`,
  )
}

/** Both 0 and 7 are Sunday. */
function sundays(values: readonly number[]): number[] {
  return [...new Set(values.map((value) => value % 7))].sort((one, other) => one - other)
}
