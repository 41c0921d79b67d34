const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const weekday = new Intl.DateTimeFormat(undefined, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
})
const fullDate = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' })
const shortDate = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' })

const dayMs = 86_400_000

/** Hour and minute, as the reader's region writes them. */
export function formatTime(at: Date): string {
  return time.format(at)
}

/** Date and time in full, for titles and screen readers. */
export function formatMoment(at: Date): string {
  return full.format(at)
}

/** `Today`, `Yesterday`, a weekday within this year, else the full date. */
export function formatDay(at: Date, now: Date): string {
  const days = daysBetween(at, now)
  if (days === 0) return 'Today'
  if (days === 1) return 'Yesterday'
  return (at.getFullYear() === now.getFullYear() ? weekday : fullDate).format(at)
}

/** The time for today, else a short date: for lists. */
export function formatWhen(at: Date, now: Date): string {
  return daysBetween(at, now) === 0 ? time.format(at) : shortDate.format(at)
}

export function isSameDay(one: Date, other: Date): boolean {
  return one.toDateString() === other.toDateString()
}

/** Bytes for people, in the unit that leaves a small number: `512 B`, `12 KB`, `3.4 MB`. */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  if (bytes < 1024 ** 2) return `${Math.round(bytes / 1024)} KB`
  const megabytes = bytes / 1024 ** 2
  return `${megabytes < 10 ? Math.round(megabytes * 10) / 10 : Math.round(megabytes)} MB`
}

/** How long ago, in the largest whole unit: `just now`, `5 min`, `3 h`, `2 days`. */
export function formatAge(ms: number): string {
  if (ms < 60_000) return 'just now'
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`
  if (ms < dayMs) return `${Math.floor(ms / 3_600_000)} h`
  const days = Math.floor(ms / dayMs)
  return days === 1 ? '1 day' : `${days} days`
}

function daysBetween(at: Date, now: Date): number {
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate())
  return Math.round((midnight(now).getTime() - midnight(at).getTime()) / dayMs)
}
