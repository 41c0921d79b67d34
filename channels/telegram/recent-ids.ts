const maxIds = 4000

/** Message ids this process got from its own sends, for a while: core may not have stored the newest yet. */
export class RecentIds {
  readonly #ids = new Set<string>()

  add(chat: string, id: number): void {
    this.#ids.add(`${chat}/${id}`)
    if (this.#ids.size <= maxIds) return
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest)
      return
    }
  }

  has(chat: string, id: number): boolean {
    return this.#ids.has(`${chat}/${id}`)
  }
}
