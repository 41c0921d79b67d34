import { read } from './api-call.ts'

/** A chat on any channel. */
export type Conversation = {
  readonly id: string
  readonly channel: string
  readonly chat: string
  readonly thread: string | null
  readonly title: string | null
  readonly kind: 'dm' | 'group' | 'thread'
  readonly alive: boolean
}

/** The chats the gateway has heard of, the newest first; not more than a list on the page can hold. */
export async function fetchConversations(signal: AbortSignal): Promise<readonly Conversation[]> {
  return (await read<{ items: readonly Conversation[] }>('conversations?limit=100', signal)).items
}
