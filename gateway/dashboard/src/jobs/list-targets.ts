import type { Conversation } from '../api-conversations.ts'
import type { Job, JobTarget } from '../api-jobs.ts'
import { nameOfChat } from '../place-of.ts'

type Option = { readonly value: string; readonly label: string }

/** Where the result of a job can go, as options of a list. A message has to go somewhere; `now` is always there. */
export function listTargets(
  chats: readonly Conversation[],
  kind: 'agent' | 'message',
  now?: Job['target'],
): Option[] {
  const options = [
    { value: 'owner', label: 'To the owner' },
    ...(kind === 'agent' ? [{ value: 'none', label: 'Nowhere' }] : []),
    ...chats
      .filter((chat) => chat.alive)
      .map((chat) => ({ value: writeTarget(chat), label: `To ${nameOfChat(chat)}` })),
  ]
  if (now === undefined || options.some(({ value }) => value === writeTarget(now))) return options
  const label = typeof now === 'string' ? 'Nowhere' : `To ${nameOfChat({ ...now, title: null })}`
  return [...options, { value: writeTarget(now), label }]
}

/** Reads what an option stands for. */
export function parseTarget(value: string): JobTarget {
  if (value === 'owner' || value === 'none') return value
  const [channel = '', chat = '', thread = ''] = value.split(' ').map(decodeURIComponent)
  return thread === '' ? { channel, chat } : { channel, chat, thread }
}

/** A target as the value of an option. */
export function writeTarget(target: Job['target']): string {
  if (typeof target === 'string') return target
  const { channel, chat, thread } = target
  return [channel, chat, thread ?? ''].map(encodeURIComponent).join(' ')
}
