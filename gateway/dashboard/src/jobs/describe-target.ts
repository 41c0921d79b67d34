import type { Conversation } from '../api-conversations.ts'
import type { Job } from '../api-jobs.ts'
import { nameOfChat } from '../place-of.ts'

/** Where the result of a job goes, in words: `to “Family” on telegram`. */
export function describeTarget(target: Job['target'], chats: readonly Conversation[]): string {
  if (target === 'owner') return 'to the owner'
  if (target === 'none') return 'kept to itself'
  const { channel, chat, thread } = target
  const known = chats.find(
    (one) => one.channel === channel && one.chat === chat && one.thread === thread,
  )
  return `to ${nameOfChat(known ?? { channel, chat, title: null })}`
}
