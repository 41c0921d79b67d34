import { dayMs, minuteMs, toWall } from './calendar.ts'

/**
 * What a wall time is in a zone: `once` an instant; `twice`, when clocks are set back, its two instants and the wall
 * time from which on times repeat; `never`, when clocks are set forward, the first valid instant after the gap.
 */
export type Resolved =
  | { readonly kind: 'once'; readonly at: number }
  | {
      readonly kind: 'twice'
      readonly first: number
      readonly second: number
      readonly repeatsFrom: number
    }
  | { readonly kind: 'never'; readonly after: number }

/** A zone keeps its rule for at least this long: the shortest so far is the pause for Ramadan, four weeks. */
const spanMs = 7 * dayMs
/** Half a century of one zone, or far more as far as it is asked for. */
const maxSpans = 3_000

type Span = { readonly offset: number; readonly changesAt: number; readonly offsetAfter: number }

/**
 * The local time of one IANA zone, from the rules of the platform. Asking the platform is slow, so what it said is
 * kept: two questions a week of calendar time. Throws `RangeError` for a zone that the platform does not know.
 */
export class Zone {
  readonly name: string
  readonly #format: Intl.DateTimeFormat
  readonly #spans = new Map<number, Span>()

  constructor(name: string) {
    this.name = name
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      hourCycle: 'h23',
    })
  }

  /** How far local time is ahead of UTC at an instant, in milliseconds. */
  offsetAt(at: number): number {
    const index = Math.floor(at / spanMs)
    const span = this.#spans.get(index) ?? this.#read(index)
    return at < span.changesAt ? span.offset : span.offsetAfter
  }

  toWall(at: number): number {
    return at + this.offsetAt(at)
  }

  resolve(wall: number): Resolved {
    const before = this.offsetAt(wall - dayMs)
    const after = this.offsetAt(wall + dayMs)
    if (before === after) return { kind: 'once', at: wall - before }
    const first = wall - before
    const second = wall - after
    const isFirst = this.offsetAt(first) === before
    const isSecond = this.offsetAt(second) === after
    if (isFirst && isSecond) {
      return { kind: 'twice', first, second, repeatsFrom: this.#change(first, second) + after }
    }
    if (isFirst) return { kind: 'once', at: first }
    if (isSecond) return { kind: 'once', at: second }
    return { kind: 'never', after: this.#change(second, first) }
  }

  #read(index: number): Span {
    const start = index * spanMs
    const end = start + spanMs
    const offset = this.#ask(start)
    const last = this.#ask(end - 1)
    const changesAt = offset === last ? end : this.#changeByAsking(start, end, offset)
    const span = { offset, changesAt, offsetAfter: last }
    if (this.#spans.size >= maxSpans) this.#spans.clear()
    this.#spans.set(index, span)
    return span
  }

  #changeByAsking(start: number, end: number, offset: number): number {
    return firstSecond(start, end, (at) => this.#ask(at) !== offset)
  }

  /** When the offset changes, between an instant before and one after the change. */
  #change(before: number, after: number): number {
    const offset = this.offsetAt(before)
    return firstSecond(before, after, (at) => this.offsetAt(at) !== offset)
  }

  #ask(at: number): number {
    const second = Math.floor(at / 1000) * 1000
    const text = this.#format.format(second)
    const [month, day, year, hour, minute, seconds] = (text.match(/\d+/g) ?? []).map(Number)
    const wall = toWall(year ?? 1970, month ?? 1, day ?? 1, hour, minute) + (seconds ?? 0) * 1000
    return wall - second
  }
}

/** The first whole second in (`low`, `high`] for which `isAfter` holds; it holds at `high`. */
function firstSecond(low: number, high: number, isAfter: (at: number) => boolean): number {
  let before = Math.floor(low / 1000)
  let after = Math.ceil(high / 1000)
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (isAfter(middle * 1000)) after = middle
    else before = middle
  }
  return after * 1000
}

/** Cuts a wall time or an instant off at its minute. */
export function floorMinute(time: number): number {
  return Math.floor(time / minuteMs) * minuteMs
}
