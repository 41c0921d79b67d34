import { RequestError } from '../../core/errors.ts'

export type IdKind = 'm' | 'r' | 's' | 'd' | 'q' | 'p' | 'a'

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

/** The row a list continues behind. Throws `RequestError` 400 for a cursor that is not ours. */
export function parseCursor(cursor: string | undefined, first: number): number {
  if (cursor === undefined) return first
  const row = Number(cursor)
  if (!Number.isSafeInteger(row) || row < 0) {
    throw new RequestError(400, 'invalid-cursor', 'The cursor is not one this gateway gave out.')
  }
  return row
}
