/** The middle value, or the mean of the two in the middle. Throws on nothing. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('There is no median of nothing.')
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The nearest-rank percentile of values sorted upwards: at least `percent` of them are no larger. NaN of nothing. */
export function percentile(sorted: readonly number[], percent: number): number {
  const rank = Math.ceil((percent / 100) * sorted.length)
  return sorted[Math.max(rank, 1) - 1] ?? Number.NaN
}

/** What is told of times in milliseconds. */
export function spread(values: readonly number[]): {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
} {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (percent: number) => Math.round(percentile(sorted, percent))
  return { p50Ms: at(50), p99Ms: at(99), maxMs: at(100) }
}
