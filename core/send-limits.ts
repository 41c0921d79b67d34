import type { Address } from './model.ts'
import type { SendLimit } from './settings.ts'

const maxChats = 10_000

/** Proactive limits, off unless configured: when the next send of an account and of a chat may leave. */
export class SendLimits {
  readonly #freeAt = new Map<string, number>()

  /** Takes the next free slot if it is now; otherwise says when it will be, and takes nothing. */
  take(to: Address, limits: SendLimit, now: number): number {
    const account = { key: to.account, gapMs: gap(limits.perSecond) }
    const chat = { key: `${to.account}/${to.chat}`, gapMs: gap(limits.perChatPerSecond) }
    const freeAt = Math.max(this.#freeAt.get(account.key) ?? 0, this.#freeAt.get(chat.key) ?? 0)
    if (freeAt > now) return Math.ceil(freeAt)
    for (const { key, gapMs } of [account, chat]) {
      this.#freeAt.delete(key)
      if (gapMs > 0) this.#freeAt.set(key, now + gapMs)
    }
    if (this.#freeAt.size > maxChats) this.#forgetPast(now)
    return now
  }

  #forgetPast(now: number): void {
    for (const [key, freeAt] of this.#freeAt) {
      if (freeAt <= now || this.#freeAt.size > maxChats) this.#freeAt.delete(key)
    }
  }
}

function gap(perSecond: number | undefined): number {
  return perSecond === undefined || perSecond === 0 ? 0 : 1000 / perSecond
}
