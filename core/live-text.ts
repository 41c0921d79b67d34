/** How often a page is told, at most. */
const showEveryMs = 200
/** How often a piece of the answer becomes an event row, at most. */
const keepEveryMs = 2000
const maxKept = 200
/** Whoever writes more is shown by the finished answer; until then the beginning will do. */
const maxLength = 100_000

/** The answer while it is written: what to show of it and which pieces to keep, all of it bounded. */
export class LiveText {
  #text = ''
  #kept = 0
  #pieces = 0
  #shownAt = 0
  #keptAt = 0

  /** All of it so far. */
  get text(): string {
    return this.#text
  }

  /** Adds a piece; says what is due now. */
  add(delta: string, now: number): { readonly show?: string; readonly keep?: string } {
    const room = maxLength - this.#text.length
    if (room <= 0) return {}
    this.#text += delta.slice(0, room)
    return {
      ...(now - this.#shownAt >= showEveryMs && { show: this.#show(now) }),
      ...(now - this.#keptAt >= keepEveryMs && this.#pieces < maxKept && { keep: this.#keep(now) }),
    }
  }

  #show(now: number): string {
    this.#shownAt = now
    return this.#text
  }

  #keep(now: number): string {
    this.#keptAt = now
    this.#pieces += 1
    const piece = this.#text.slice(this.#kept)
    this.#kept = this.#text.length
    return piece
  }
}
