import { RequestError } from '../../core/errors.ts'
import type { Page } from '../../core/store/page.ts'

/** The page of a list, newest first, from its rows and one more that tells whether the list goes on. */
export function pageOf<Row extends { id: number }, Item>(
  rows: Row[],
  limit: number,
  map: (row: Row) => Item,
): Page<Item> {
  const items = rows.slice(0, limit)
  return { items: items.map(map), next: rows.length > limit ? String(items.at(-1)?.id) : null }
}

/** The row a list continues behind, newest first. Throws `RequestError` 400 for a cursor that is not ours. */
export function parseCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER
  const row = Number(cursor)
  if (!Number.isSafeInteger(row) || row < 0) {
    throw new RequestError(400, 'invalid-cursor', 'The cursor is not one this gateway gave out.')
  }
  return row
}
