/** Ids of Discord carry the time they were made at. https://discord.com/developers/docs/reference#snowflakes */

const discordEpoch = 1_420_070_400_000n

/** When an id was made, in milliseconds since the epoch. */
export function timeOf(id: string): number {
  return Number((BigInt(id) >> 22n) + discordEpoch)
}

/** The smallest id that can have been made at `at`. */
export function snowflakeAt(at: number): string {
  const since = BigInt(Math.max(0, Math.floor(at))) - discordEpoch
  return String((since < 0n ? 0n : since) << 22n)
}

/** Negative when `a` is older than `b`. Ids are up to 64 bits, so they are not compared as numbers. */
export function compareIds(a: string, b: string): number {
  return a.length === b.length ? (a < b ? -1 : a > b ? 1 : 0) : a.length - b.length
}

/** Whether a text has the shape of an id; core's ids of other origins are not asked for. */
export function isSnowflake(id: string): boolean {
  return /^\d{1,20}$/.test(id)
}
