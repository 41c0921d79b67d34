const maxRows = 2000

/**
 * Rows that are read with every message and change rarely, kept in memory: this process is the only one that writes
 * them. Whoever changes one forgets it, and a rollback forgets all (`Writer`). Bounded to 2000 rows.
 */
export class RowCache<Row> {
  readonly #rows = new Map<string | number, Row>()

  get(key: string | number): Row | undefined {
    return this.#rows.get(key)
  }

  /** Keeps a row that was just read or written, and gives it back; what is not there is not kept. */
  keep<Found extends Row | undefined>(key: string | number, row: Found): Found {
    if (row === undefined) return row
    if (this.#rows.size >= maxRows) this.#rows.clear()
    this.#rows.set(key, row)
    return row
  }

  forget(key: string | number): void {
    this.#rows.delete(key)
  }

  clear(): void {
    this.#rows.clear()
  }
}
