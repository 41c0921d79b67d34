const epochMs = 1_420_070_400_000n

/** Makes ids as the platform does: they grow, and carry the time at which they were made. */
export class Snowflakes {
  readonly #now: () => number
  #last = 0n

  constructor(now: () => number) {
    this.#now = now
  }

  next(): string {
    const made = snowflakeAt(this.#now())
    this.#last = made > this.#last ? made : this.#last + 1n
    return String(this.#last)
  }
}

/** The smallest id of a millisecond. Clocks that stand before the platform's first year count from its second. */
function snowflakeAt(ms: number): bigint {
  const since = BigInt(Math.floor(ms)) - epochMs
  return (since > 0n ? since : BigInt(Math.max(0, Math.floor(ms))) + 31_536_000_000n) << 22n
}
