/** How long to wait before the next try: doubling from `firstMs` up to `maxMs`, with up to a quarter of jitter. */
export function backoffMs(
  attempt: number,
  { firstMs, maxMs }: { readonly firstMs: number; readonly maxMs: number },
  random: () => number = Math.random,
): number {
  const base = Math.min(maxMs, firstMs * 2 ** Math.min(Math.max(attempt, 1) - 1, 30))
  return Math.round(base * (1 + random() * 0.25))
}

/** Between tries while the store takes nothing: soon, because everything waits for it. */
export const storeBackoff = { firstMs: 250, maxMs: 10_000 }
