const maxIds = 2000

/** Message ids this process got from its own sends, the last 2000 at least: core may not have stored the newest yet. */
export class RecentIds {
  #newer = new Set<string>()
  /** Forgotten as a whole: finding the oldest of a set costs more with every one that was taken out. */
  #older = new Set<string>()

  add(chat: string, id: number): void {
    this.#newer.add(`${chat}/${id}`)
    if (this.#newer.size < maxIds) return
    this.#older = this.#newer
    this.#newer = new Set()
  }

  has(chat: string, id: number): boolean {
    const key = `${chat}/${id}`
    return this.#newer.has(key) || this.#older.has(key)
  }
}
