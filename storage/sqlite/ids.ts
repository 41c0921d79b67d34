type IdKind = 'm' | 'r' | 's' | 'd' | 'q' | 'p' | 'a' | 'c' | 'g' | 'j' | 'o'

/** `formatId('r', 12)` is `r12`. */
export function formatId(kind: IdKind, row: number): string {
  return `${kind}${row}`
}

/** The row of an id of that kind; -1, which no row has, for anything else. */
export function parseId(kind: IdKind, id: string): number {
  if (id[0] !== kind) return -1
  const row = Number(id.slice(1))
  return Number.isSafeInteger(row) && row > 0 && String(row) === id.slice(1) ? row : -1
}
