import type { Address, ChatKind } from '../model.ts'
import type { Owners } from '../owners.ts'
import { decide, isServed } from '../policy.ts'
import type { Settings } from '../settings.ts'
import type { ConversationStore } from '../store/conversations.ts'
import type { InboxStore } from '../store/inbox.ts'
import type { Job } from './job.ts'

type Parts = {
  readonly conversations: Pick<ConversationStore, 'at'>
  readonly inbox: Pick<InboxStore, 'facts'>
  readonly owners: Pick<Owners, 'chat'>
  readonly settings: () => Settings
}

/** A place that may be written to now, or a sentence that says why not. */
export type Target =
  | { readonly address: Address; readonly chatKind: ChatKind }
  | { readonly refused: string }

/** Where results of jobs go: whether they may is asked when a job is made, and again every time. */
export class Targets {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The job's target as it is now; undefined where its result goes nowhere. */
  async of({ target }: Pick<Job, 'target'>): Promise<Target | undefined> {
    if (target.type === 'none') return undefined
    if (target.type === 'chat') return this.chat(target.address)
    const owner = await this.#parts.owners.chat('')
    return owner
      ? { address: owner.chat, chatKind: 'dm' }
      : { refused: 'There is no owner with a direct chat to write to.' }
  }

  async chat(address: Address): Promise<Target> {
    const { conversations, inbox, settings } = this.#parts
    const { channel, chat } = address
    const place = `chat ${chat} on ${channel}`
    const policy = settings().policies.get(channel)
    if (!policy) return { refused: `There is no channel "${channel}".` }
    const known = await conversations.at(address)
    if (!known)
      return { refused: `Nobody has written to me in ${place} yet, so I cannot write there.` }
    if (!known.isAlive)
      return { refused: `I cannot write in ${place}: I was blocked or removed there.` }
    const person = known.person ?? chat
    const space = known.space ? { space: { id: known.space.id } } : {}
    const [facts] = await inbox.facts([{ address, senderId: person, ...space }])
    if (!facts) return { refused: `I do not know ${place}.` }
    const subject = { address, chatKind: known.kind, ...space }
    const isAllowed =
      known.kind === 'dm'
        ? decide({ ...subject, sender: { id: person, name: '' } }, policy, facts).verdict === 'act'
        : facts.isChatClosed !== true && (policy.isTrusted || isServed(subject, policy, facts))
    return isAllowed
      ? { address, chatKind: known.kind }
      : { refused: `I may not write in ${place}: it is not allowed (channels.${channel}.access).` }
  }
}
