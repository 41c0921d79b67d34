import type { Address, ChatKind, Sender, Space } from '../../core/model.ts'
import type { Channel, Directory } from './directory.ts'
import { nameOf } from './markup.ts'
import { type DiscordMember, type DiscordUser, isThread } from './payload.ts'

/** Who we are and what we know: everything the pure functions of this folder need besides the payload. */
export type InboundContext = {
  readonly channel: string
  readonly account: string
  readonly directory: Directory
  /** A mention in a server's channel opens a thread of its own. */
  readonly autoThread: boolean
  readonly now: number
}

/** Where something was said, in core's words. */
export type Place = {
  readonly address: Address
  readonly chatKind: ChatKind
  readonly chatTitle?: string
  readonly space?: Space
}

/** Where a channel id stands: in a server a channel or a thread of one, otherwise a direct chat. Pure. */
export function placeOf(
  channelId: string,
  guildId: string | undefined,
  { channel: name, account, directory }: InboundContext,
): Place {
  const common = { channel: name, account }
  if (guildId === undefined) return { address: { ...common, chat: channelId }, chatKind: 'dm' }
  const channel = directory.channel(channelId)
  const guild = directory.guild(guildId)
  const space = { id: guildId, ...(guild && { title: guild.name }) }
  if (channel && isThread(channel) && channel.parentId !== undefined) {
    const address = { ...common, chat: channel.parentId, thread: channelId }
    return { address, chatKind: 'thread', chatTitle: titleOf(channel, directory), space }
  }
  const title = channel && { chatTitle: titleOf(channel, directory) }
  return { address: { ...common, chat: channelId }, chatKind: 'group', ...title, space }
}

/** The thread that a message in a channel opens has the id of the message. Pure. */
export function threadPlace(place: Place, messageId: string): Place {
  return { ...place, address: { ...place.address, thread: messageId }, chatKind: 'thread' }
}

/** Somebody as core knows people; a webhook is a bot whoever stands behind it. Pure. */
export function senderOf(
  user: DiscordUser,
  member: DiscordMember | undefined,
  detail: { readonly isWebhook?: boolean; readonly language?: string } = {},
): Sender {
  return {
    id: user.id,
    name: nameOf(user, member?.nick),
    ...(user.bot || detail.isWebhook ? { isBot: true } : {}),
    ...(member?.roles ? { roles: member.roles } : {}),
    ...(detail.language === undefined ? {} : { language: detail.language }),
  }
}

function titleOf(channel: Channel, directory: Directory): string {
  const parent = isThread(channel) ? directory.channel(channel.parentId) : undefined
  return parent ? `#${parent.name}: ${channel.name}` : `#${channel.name}`
}
