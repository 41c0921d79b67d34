import type { Conversation } from '../api-conversations.ts'
import type { JobTarget } from '../api-jobs.ts'
import { nameOfChat } from '../place-of.ts'

type Option = { readonly value: string; readonly label: string }

/** Where the result of a job can go, as options of a list. A message has to go somewhere. */
export function listTargets(chats: readonly Conversation[], kind: 'agent' | 'message'): Option[] {
  return [
    { value: 'owner', label: 'To the owner' },
    ...(kind === 'agent' ? [{ value: 'none', label: 'Nowhere' }] : []),
    ...chats
      .filter((chat) => chat.alive)
      .map((chat) => ({ value: writeTarget(chat), label: `To ${nameOfChat(chat)}` })),
  ]
}

/** Reads what an option stands for. */
export function parseTarget(value: string): JobTarget {
  if (value === 'owner' || value === 'none') return value
  const [channel = '', chat = '', thread = ''] = value.split(' ').map(decodeURIComponent)
  return thread === '' ? { channel, chat } : { channel, chat, thread }
}

function writeTarget({ channel, chat, thread }: Conversation): string {
  return [channel, chat, thread ?? ''].map(encodeURIComponent).join(' ')
}
