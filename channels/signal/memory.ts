import { BoundedMap } from './bounded-map.ts'
import { formatMessageId, parseMessageId } from './ids.ts'

const maxNames = 2000
const maxMessages = 4000
const maxTexts = 500
/** As long as a quote usually shows. */
const maxTextLength = 300

/**
 * What helps for a while and may be forgotten, all of it bounded: names people go by, which messages are versions of
 * which, what we sent, and what others said.
 */
export class Memory {
  readonly #names = new BoundedMap<string, string>(maxNames)
  readonly #originals = new BoundedMap<string, string>(maxMessages)
  readonly #latest = new BoundedMap<string, number>(maxMessages)
  readonly #sent = new BoundedMap<string, true>(maxMessages)
  readonly #texts = new BoundedMap<string, string>(maxTexts)
  readonly #reactions = new BoundedMap<string, string>(maxTexts)

  nameOf(id: string): string | undefined {
    return this.#names.get(id)
  }

  named(id: string, name: string): void {
    this.#names.set(id, name)
  }

  /** The first version of a message, given any version that is remembered. */
  originalOf(messageId: string): string {
    return this.#originals.get(messageId) ?? messageId
  }

  /** When the newest remembered version of a message was sent: what the next edit must name. */
  latestOf(messageId: string): number | undefined {
    return this.#latest.get(messageId) ?? parseMessageId(messageId)?.timestamp
  }

  /** A message has a new version, sent at `timestamp`. */
  edited(messageId: string, timestamp: number): void {
    const author = parseMessageId(messageId)?.author
    if (author === undefined) return
    this.#originals.set(formatMessageId({ timestamp, author }), messageId)
    this.#latest.set(messageId, timestamp)
  }

  isSent(messageId: string): boolean {
    return this.#sent.has(messageId)
  }

  sent(messageId: string): void {
    this.#sent.set(messageId, true)
  }

  textOf(messageId: string): string | undefined {
    return this.#texts.get(messageId)
  }

  said(messageId: string, text: string): void {
    this.#texts.set(messageId, text.slice(0, maxTextLength).toWellFormed())
  }

  reactionOf(messageId: string): string | undefined {
    return this.#reactions.get(messageId)
  }

  reacted(messageId: string, emoji: string): void {
    this.#reactions.set(messageId, emoji)
  }
}
