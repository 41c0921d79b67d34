/**
 * Reading JSON that nobody has checked: a reader returns what it understands or `undefined`, and never throws.
 * What is optional and wrong is left out; what is required and wrong makes the whole unreadable.
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
/** An id of Discord: 64 bits as a decimal string. */
export const snowflake: Reader<string> = (value) =>
  typeof value === 'string' && /^\d{1,20}$/.test(value) ? value : undefined
/** A number of things: flags, types, bytes. */
export const count: Reader<number> = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
export const number: Reader<number> = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined
export const flag: Reader<boolean> = (value) => (typeof value === 'boolean' ? value : undefined)
/** A set of permissions: up to 64 bits and more, as a decimal string. */
export const bits: Reader<bigint> = (value) =>
  typeof value === 'string' && /^\d{1,30}$/.test(value) ? BigInt(value) : undefined
/** An ISO 8601 time as milliseconds since the epoch. */
export const time: Reader<number> = (value) => {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isFinite(at) && at >= 0 ? at : undefined
}
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
