import type { Reader } from '../readers.ts'
import { isSnowflake } from './snowflake.ts'

/** An id of Discord: 64 bits as a decimal string. */
export const snowflake: Reader<string> = (value) =>
  typeof value === 'string' && isSnowflake(value) ? value : undefined

/** A set of permissions: up to 64 bits and more, as a decimal string. */
export const bits: Reader<bigint> = (value) =>
  typeof value === 'string' && /^\d{1,30}$/.test(value) ? BigInt(value) : undefined

/** An ISO 8601 time as milliseconds since the epoch. */
export const time: Reader<number> = (value) => {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isFinite(at) && at >= 0 ? at : undefined
}
