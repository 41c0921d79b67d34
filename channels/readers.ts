/**
 * Reading JSON that nobody has checked: a reader returns what it understands or `undefined`, and never throws.
 * What is optional and wrong is left out; what is required and wrong makes the whole unreadable. Most platforms write
 * `null` where they know nothing, which is the same as a field that is not there.
 */
export type Reader<T> = (value: unknown) => T | undefined

type Readers = Readonly<Record<string, Reader<unknown>>>
type Read<R> = R extends Reader<infer T> ? T : never
/** What `shape(required, optional)` reads. */
export type Shape<R extends Readers, O extends Readers> = {
  readonly [K in keyof R]: Read<R[K]>
} & {
  readonly [K in keyof O]?: Read<O[K]>
}

export const text: Reader<string> = (value) =>
  typeof value === 'string' ? value.toWellFormed() : undefined
/** Text that says something: an empty name is no name. */
export const word: Reader<string> = (value) => {
  const read = text(value)?.trim()
  return read === '' ? undefined : read
}
export const integer: Reader<number> = (value) => (isInteger(value) ? value : undefined)
/** A number of things, a position, a time in milliseconds. */
export const count: Reader<number> = (value) => (isInteger(value) && value >= 0 ? value : undefined)
export const number: Reader<number> = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined
export const flag: Reader<boolean> = (value) => (typeof value === 'boolean' ? value : undefined)
/** Anything that is there, for fields of which only the presence counts. */
export const present: Reader<true> = (value) =>
  value === undefined || value === null ? undefined : true

/** At most `max` items; unreadable ones are left out. */
export function list<T>(item: Reader<T>, max = 1000): Reader<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return undefined
    const items: T[] = []
    for (const one of value.slice(0, max)) {
      const read = item(one)
      if (read !== undefined) items.push(read)
    }
    return items
  }
}

/** An object with the named fields; everything else in it is dropped. */
export function shape<R extends Readers, O extends Readers>(
  required: R,
  optional: O,
): Reader<Shape<R, O>> {
  const needed = Object.entries(required)
  const others = Object.entries(optional)
  // The loops below fill every required key and only known ones, which the compiler cannot see.
  const isRead = (value: Record<string, unknown>): value is Shape<R, O> => value !== undefined
  return (value) => {
    if (typeof value !== 'object' || value === null) return undefined
    const result: Record<string, unknown> = {}
    for (const [key, reader] of needed) {
      const field = reader(Reflect.get(value, key))
      if (field === undefined) return undefined
      result[key] = field
    }
    for (const [key, reader] of others) {
      const field = reader(Reflect.get(value, key))
      if (field !== undefined) result[key] = field
    }
    return isRead(result) ? result : undefined
  }
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value)
}
