const maxRows = 2000

/**
 * Rows that are read with every message and change rarely, kept in memory: this process is the only one that writes
 * them. Whoever changes one forgets it, and a rollback forgets all (`Writer`). Bounded: the 2000 newest are kept, and
 * of the 2000 before them those that were read since.
 */
export class RowCache<Row> {
  #newer = new Map<string | number, Row>()
  #older = new Map<string | number, Row>()

  get(key: string | number): Row | undefined {
    const row = this.#newer.get(key)
    return row === undefined ? this.keep(key, this.#older.get(key)) : row
  }

  /** Keeps a row that was just read or written, and gives it back; what is not there is not kept. */
  keep<Found extends Row | undefined>(key: string | number, row: Found): Found {
    if (row === undefined) return row
    if (this.#newer.size >= maxRows) {
      this.#older = this.#newer
      this.#newer = new Map()
    }
    this.#newer.set(key, row)
    return row
  }

  forget(key: string | number): void {
    this.#newer.delete(key)
    this.#older.delete(key)
  }

  clear(): void {
    this.#newer.clear()
    this.#older.clear()
  }
}
