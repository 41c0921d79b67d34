const minuteMs = 60_000
/** No local day is longer: a clock is put back by an hour, and a zone has moved by a day at most. */
const maxDayMs = 50 * 3_600_000

/** The days of one time zone, as its people count them. */
export type LocalDays = {
  /** The day an instant is in, as `2026-11-22`. */
  of(at: number): string
  /** When a day, given as `2026-11-22`, begins; `utc` is when it begins in UTC. */
  startOf(day: string, utc: number): number
  /** When the day of an instant is over: the first minute of another one. */
  endOf(at: number): number
  /** An instant's time of day, as `00:00`. */
  timeOf(at: number): string
}

/** Days by the calendar of `timeZone` (an IANA name), however long a clock change makes them. Throws `RangeError` for an unknown zone. */
export function localDays(timeZone: string): LocalDays {
  const date = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  })
  const time = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    // Some hosts write midnight as 24:00 otherwise.
    hourCycle: 'h23',
  })
  // Asked for every message, and the same for a whole minute: clocks are changed on full minutes.
  let latest = { minute: Number.NaN, day: '' }
  const of = (at: number) => {
    const minute = Math.floor(at / minuteMs)
    if (minute !== latest.minute) latest = { minute, day: dayOf(at) }
    return latest.day
  }
  const dayOf = (at: number) => {
    const parts = new Map(date.formatToParts(at).map(({ type, value }) => [type, value]))
    return `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`
  }
  const endOf = (at: number) => {
    const today = of(at)
    let before = Math.floor(at / minuteMs)
    let after = before + maxDayMs / minuteMs
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2)
      if (of(middle * minuteMs) === today) before = middle
      else after = middle
    }
    return after * minuteMs
  }
  return {
    of,
    endOf,
    timeOf: (at) => time.format(at),
    startOf(day, utc) {
      // No zone is further ahead than 14 hours, so this is before the day; three steps reach it from there.
      let at = utc - 15 * 3_600_000
      while (of(at) < day) at = endOf(at)
      return at
    },
  }
}
