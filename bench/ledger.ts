/** What became of the messages of one phase; times in milliseconds. */
export type Outcome = {
  readonly injected: number
  readonly answered: number
  /** From the first injection to the last answer. */
  readonly elapsedMs: number
  /** From injection to the arrival of the answer's request, sorted upwards, answered messages only. */
  readonly latenciesMs: readonly number[]
}

/** Everything that must be zero in a fair run, over all phases. */
export type Faults = {
  readonly lost: number
  /** Answers to a message that had been answered before. */
  readonly doubled: number
  /** Answers that came after the answer to a later message of the same chat. */
  readonly outOfOrder: number
  /** Answers sent to another chat than the one that asked. */
  readonly misplaced: number
  /** Messages answered together with others in one text. */
  readonly merged: number
  /** Texts that answer nothing that was asked. */
  readonly unknown: number
}

type Entry = {
  readonly chat: number
  readonly update: string
  readonly injectedAt: number
  answeredAt: number
}

const firstChat = 1_000_000
const word = 'message '

/**
 * Every message that was handed over, and its answer. Messages are short texts that end in their own number, so an
 * answer is found without searching; message `n` is update `n + 1`.
 */
export class Ledger {
  readonly #entries: Entry[] = []
  readonly #newestAnswered = new Map<number, number>()
  readonly #faults = { doubled: 0, outOfOrder: 0, misplaced: 0, merged: 0, unknown: 0 }
  /** When the last text that answers nothing was recorded, in milliseconds since the epoch. */
  lastUnknownAt = 0
  #open = 0
  #lastAnswerAt = 0

  /** How many messages there are, answered or not. */
  get size(): number {
    return this.#entries.length
  }

  /** Adds the next message, from the person whose turn it is; chat and sender are one. */
  add(chats: number, messageId: number): void {
    const index = this.#entries.length
    const chat = firstChat + (index % chats)
    const message = {
      message_id: messageId,
      from: { id: chat, is_bot: false, first_name: 'Ada', language_code: 'en' },
      chat: { id: chat, type: 'private', first_name: 'Ada' },
      date: Math.floor(Date.now() / 1000),
      text: word + index,
    }
    const update = JSON.stringify({ update_id: index + 1, message })
    this.#entries.push({ chat, update, injectedAt: performance.now(), answeredAt: 0 })
    this.#open += 1
  }

  /** At most `limit` updates from message `from` on, as JSON. */
  updates(from: number, limit: number): string {
    const updates = this.#entries.slice(from, from + limit).map((entry) => entry.update)
    return `[${updates.join(',')}]`
  }

  /** Takes down an answer; each of its lines counts for itself. */
  record(chat: number, text: string): void {
    const lines = text.split('\n')
    if (lines.length > 1) this.#faults.merged += lines.length
    for (const line of lines) this.#recordLine(chat, line)
  }

  /** Nothing is open, or nothing was answered for `stallMs` since `since`. */
  isSettled(since: number, stallMs: number): boolean {
    return this.#open === 0 || performance.now() - Math.max(this.#lastAnswerAt, since) >= stallMs
  }

  /** What has become of the messages from number `from` on. */
  outcome(from: number): Outcome {
    const phase = this.#entries.slice(from)
    const answered = phase.filter((entry) => entry.answeredAt > 0)
    const lastAnswerAt = answered.reduce((latest, entry) => Math.max(latest, entry.answeredAt), 0)
    return {
      injected: phase.length,
      answered: answered.length,
      elapsedMs: Math.max(0, lastAnswerAt - (phase[0]?.injectedAt ?? 0)),
      latenciesMs: answered
        .map((entry) => entry.answeredAt - entry.injectedAt)
        .sort((a, b) => a - b),
    }
  }

  faults(): Faults {
    return { lost: this.#open, ...this.#faults }
  }

  #recordLine(chat: number, line: string): void {
    const index = Number(line.slice(word.length))
    const entry = line === word + index ? this.#entries[index] : undefined
    if (!entry) {
      this.#faults.unknown += 1
      this.lastUnknownAt = Date.now()
    } else if (entry.chat !== chat) {
      this.#faults.misplaced += 1
    } else if (entry.answeredAt > 0) {
      this.#faults.doubled += 1
    } else {
      entry.answeredAt = performance.now()
      this.#lastAnswerAt = entry.answeredAt
      this.#open -= 1
      const newest = this.#newestAnswered.get(chat) ?? -1
      if (index < newest) this.#faults.outOfOrder += 1
      else this.#newestAnswered.set(chat, index)
    }
  }
}
