import { dayMs, hourMs, minuteMs } from './calendar.ts'

const units: ReadonlyMap<string, number> = new Map([
  ['s', 1000],
  ['m', minuteMs],
  ['h', hourMs],
  ['d', dayMs],
  ['w', 7 * dayMs],
])

/** The milliseconds of `90s`, `30m`, `1h30m`, `2d` or `1w`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const compact = text.trim().toLowerCase().replace(/\s+/g, '')
  if (!/^(\d{1,9}[smhdw]){1,5}$/.test(compact)) return undefined
  return [...compact.matchAll(/(\d+)([smhdw])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units.get(unit ?? '') ?? 0),
    0,
  )
}
