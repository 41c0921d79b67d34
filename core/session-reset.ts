/** When sessions start afresh by themselves; 0 and absent are never. */
export type SessionReset = {
  readonly idleMs: number
  /** A time of day such as `04:00`, in `timezone`. */
  readonly dailyAt?: string
  readonly timezone: string
}

const dayMs = 86_400_000

/** A session that was last used before this instant starts afresh with its next message; undefined for none. */
export function freshBefore(reset: SessionReset, now: number): number | undefined {
  const { idleMs, dailyAt, timezone } = reset
  const instants = [
    ...(idleMs > 0 ? [now - idleMs] : []),
    ...(dailyAt === undefined ? [] : [lastAt(dailyAt, timezone, now)]),
  ]
  return instants.length === 0 ? undefined : Math.max(...instants)
}

/**
 * The last time the clocks of a zone showed a time of day, until now. What a change of the clocks skips is as much
 * later as they were put on; what it repeats counts the first time.
 */
function lastAt(timeOfDay: string, timezone: string, now: number): number {
  const [hours = 0, minutes = 0] = timeOfDay.split(':').map(Number)
  const offsetAt = offsets(timezone)
  const local = now + offsetAt(now)
  const midnight = local - (((local % dayMs) + dayMs) % dayMs)
  const today = midnight + (hours * 60 + minutes) * 60_000
  for (const shown of [today, today - dayMs]) {
    const at = instantOf(shown, offsetAt)
    if (at <= now) return at
  }
  return instantOf(today - 2 * dayMs, offsetAt)
}

/** The instant at which the clocks show `local`, which is written as if it were UTC. */
function instantOf(local: number, offsetAt: (at: number) => number): number {
  const before = local - offsetAt(local - dayMs)
  const after = local - offsetAt(local + dayMs)
  const shown = [before, after].filter((at) => at + offsetAt(at) === local)
  return shown.length === 0 ? before : Math.min(...shown)
}

/** How far the clocks of a zone are ahead of UTC at an instant, in milliseconds. */
function offsets(timezone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    timeZoneName: 'longOffset',
  })
  return (at) => {
    const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? ''
    const [, sign, hours, minutes, seconds] =
      /^GMT([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(name) ?? []
    const ahead = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60 + Number(seconds ?? 0)
    return (sign === '-' ? -ahead : ahead) * 1000
  }
}
