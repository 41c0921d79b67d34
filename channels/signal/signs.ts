import type { Address } from '../../core/model.ts'
import type { SignalApi } from './api.ts'
import { parseMessageId, toRecipient } from './ids.ts'
import type { Memory } from './memory.ts'

type Parts = {
  readonly api: SignalApi
  readonly number: string
  readonly memory: Memory
  /** Our uuid, or number. Throws while the channel is not connected. */
  readonly ownId: () => string
  readonly timeoutMs: number
}

/** However many messages a turn has, the last ones tell that it is being read. */
const maxReceipts = 50
/** Taking a reaction back needs one to be named, but any will do. */
const anyReaction = '👀'

/** What shows around messages: typing, reactions, read receipts. Throws as `SignalApi` does. */
export class Signs {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Shows "typing…" for some fifteen seconds. */
  async typing({ chat }: Address, signal: AbortSignal): Promise<void> {
    if (chat === this.#parts.ownId()) return
    await this.#call('PUT', 'typing-indicator', { recipient: toRecipient(chat) }, signal)
  }

  async react(
    { chat }: Address,
    messageId: string,
    emoji: string | null,
    signal: AbortSignal,
  ): Promise<void> {
    const target = parseMessageId(messageId)
    if (!target) return
    const { memory } = this.#parts
    const reaction = emoji ?? memory.reactionOf(messageId) ?? anyReaction
    const { author: target_author, timestamp } = target
    const body = { recipient: toRecipient(chat), reaction, target_author, timestamp }
    await this.#call(emoji === null ? 'DELETE' : 'POST', 'reactions', body, signal)
    if (emoji !== null) memory.reacted(messageId, emoji)
  }

  /** Sends read receipts to the authors, one for each message. */
  async seen(messageIds: readonly string[], signal: AbortSignal): Promise<void> {
    const own = this.#parts.ownId()
    for (const id of messageIds.slice(-maxReceipts)) {
      const message = parseMessageId(id)
      if (!message || message.author === own) continue
      const { author: recipient, timestamp } = message
      await this.#call('POST', 'receipts', { recipient, receipt_type: 'read', timestamp }, signal)
    }
  }

  async #call(
    method: 'POST' | 'PUT' | 'DELETE',
    sign: string,
    body: object,
    signal: AbortSignal,
  ): Promise<void> {
    const { api, number, timeoutMs } = this.#parts
    const path = `/v1/${sign}/${encodeURIComponent(number)}`
    await api.call(method, path, body, { signal, timeoutMs })
  }
}
