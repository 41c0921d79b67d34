import type { Conversation } from './api-conversations.ts'

/** Where something happens, in words that continue a sentence; `href` leads there if it is a chat of this page. */
export function placeOf(
  { channel, chat }: { readonly channel: string | null; readonly chat: string | null },
  chats: readonly Conversation[],
): { readonly words: string; readonly href: string | null } {
  if (channel === null || chat === null) return { words: 'outside of any chat', href: null }
  const known = chats.find((one) => one.channel === channel && one.chat === chat)
  const words = `in ${nameOfChat(known ?? { channel, chat, title: null })}`
  // Only chats of the page have an address on it.
  return { words, href: channel === 'web' ? `#/chats/${encodeURIComponent(chat)}` : null }
}

/** A chat by its title where it has one: `“Family” on telegram`. */
export function nameOfChat({
  channel,
  chat,
  title,
}: Pick<Conversation, 'channel' | 'chat' | 'title'>): string {
  return title === null || title === '' ? `chat ${chat} on ${channel}` : `“${title}” on ${channel}`
}
