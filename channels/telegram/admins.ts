import type { Clock } from '../../core/clock.ts'
import type { InboundEvent, Sender } from '../../core/model.ts'

/** Short enough that somebody who lost the right loses it here soon. */
const keepMs = 300_000
/** A group that cannot be asked is asked again before long. */
const keepFailureMs = 60_000
const maxChats = 500

type Known = { readonly ids: Promise<ReadonlySet<string>>; until: number }

type Parts = {
  /** Ids of the people who run a group; a rejection means that nobody is known to. */
  readonly read: (chat: string) => Promise<readonly number[]>
  readonly clock: Clock
}

/** Who runs which group, as Telegram says, asked at most once in five minutes per group. */
export class ChatAdmins {
  readonly #parts: Parts
  readonly #chats = new Map<string, Known>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The event, with the role `admin` on a sender who runs the group. Never rejects. */
  async mark(event: InboundEvent): Promise<InboundEvent> {
    switch (event.type) {
      case 'message':
      case 'edit': {
        const { message } = event
        if (message.chatKind === 'dm') return event
        const sender = await this.#withRole(message.sender, message.address.chat)
        return { ...event, message: { ...message, sender } }
      }
      case 'press':
      case 'reaction': {
        if (event.chatKind === 'dm') return event
        return { ...event, sender: await this.#withRole(event.sender, event.address.chat) }
      }
      default:
        return event
    }
  }

  async #withRole(sender: Sender, chat: string): Promise<Sender> {
    // Only those who run a group can write in its name.
    const isAdmin = sender.id === chat || (await this.#of(chat)).has(sender.id)
    return isAdmin ? { ...sender, roles: ['admin'] } : sender
  }

  #of(chat: string): Promise<ReadonlySet<string>> {
    const now = this.#parts.clock.now()
    const known = this.#chats.get(chat)
    if (known && now < known.until) return known.ids
    const fresh: Known = { ids: this.#read(chat, () => this.#shorten(fresh)), until: now + keepMs }
    this.#chats.delete(chat)
    this.#chats.set(chat, fresh)
    if (this.#chats.size > maxChats) this.#forgetOldest()
    return fresh.ids
  }

  async #read(chat: string, onFailure: () => void): Promise<ReadonlySet<string>> {
    try {
      return new Set((await this.#parts.read(chat)).map(String))
    } catch {
      onFailure()
      return new Set()
    }
  }

  #shorten(known: Known): void {
    known.until = this.#parts.clock.now() + keepFailureMs
  }

  #forgetOldest(): void {
    const oldest = this.#chats.keys().next()
    if (!oldest.done) this.#chats.delete(oldest.value)
  }
}
