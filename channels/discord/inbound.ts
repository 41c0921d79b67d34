import type { InboundEvent, InboundMessage, Quote } from '../../core/model.ts'
import { maxTextLength } from './capabilities.ts'
import { describeContent, readContent } from './content.ts'
import { isMentioned, nameOf, type Reading, readableText, withoutOwnName } from './markup.ts'
import {
  channelTypes,
  type DiscordMessage,
  type DiscordReferenced,
  messageFlags,
  readBulkDeletion,
  readDeletion,
  readReaction,
} from './payload.ts'
import { permissions } from './permissions.ts'
import { type InboundContext, type Place, placeOf, senderOf, threadPlace } from './place.ts'
import { timeOf } from './snowflake.ts'

/** What people write: a message, and an answer to one. Everything else is Discord's own (joined, pinned, boosted). */
const spokenTypes: readonly number[] = [0, 19]
const referenceTypes = { forward: 1 } as const

/** A new message, of the gateway or of the history. Pure; nothing for our own and for Discord's. */
export function readMessageEvents(
  message: DiscordMessage,
  context: InboundContext,
): readonly InboundEvent[] {
  const read = toMessage(message, 0, context)
  return read ? [{ type: 'message', message: read }] : []
}

/** An update of a message. Only people's edits carry a time; previews and pins change messages too. Pure. */
export function readEditEvents(
  message: DiscordMessage,
  context: InboundContext,
): readonly InboundEvent[] {
  const version = message.edited_timestamp
  if (version === undefined) return []
  const read = toMessage(message, version, context)
  return read ? [{ type: 'edit', message: read }] : []
}

/** Messages that are gone, one or many. Pure; `undefined` for what makes no sense. */
export function readDeletionEvents(
  data: unknown,
  context: InboundContext,
): readonly InboundEvent[] | undefined {
  const bulk = readBulkDeletion(data)
  const one = readDeletion(data)
  const where = bulk ?? one
  if (!where) return undefined
  const ids = bulk?.ids ?? (one ? [one.id] : [])
  if (ids.length === 0) return []
  const place = placeOf(where.channel_id, where.guild_id, context)
  const gone = ({ address }: Place, messageIds: readonly string[]): InboundEvent => ({
    type: 'deletion',
    address,
    messageIds,
    at: context.now,
  })
  // A message that opened a thread stands in that thread for us.
  const openers = context.autoThread && place.chatKind === 'group' ? ids : []
  return [gone(place, ids), ...openers.map((id) => gone(threadPlace(place, id), [id]))]
}

/** Somebody's reaction; `id` tells it from another one of the same kind. Pure; `undefined` for what makes no sense. */
export function readReactionEvents(
  data: unknown,
  id: string,
  context: InboundContext,
): readonly InboundEvent[] | undefined {
  const reaction = readReaction(data)
  if (!reaction) return undefined
  const { user_id, member, emoji, channel_id, guild_id } = reaction
  if (user_id === context.directory.botId || emoji.name === undefined) return []
  const { address, chatKind, space } = placeOf(channel_id, guild_id, context)
  return [
    {
      type: 'reaction',
      id,
      address,
      chatKind,
      ...(space && { space }),
      sender: senderOf(member?.user ?? { id: user_id }, member),
      messageId: reaction.message_id,
      ...(reaction.message_author_id === context.directory.botId && {
        ownSentAt: timeOf(reaction.message_id),
      }),
      emoji: [emoji.id === undefined ? emoji.name : `:${emoji.name}:`],
      at: context.now,
    },
  ]
}

function toMessage(
  message: DiscordMessage,
  version: number,
  context: InboundContext,
): InboundMessage | undefined {
  const { author, guild_id, member, webhook_id } = message
  const flags = message.flags ?? 0
  if (!author || author.id === context.directory.botId || author.system) return undefined
  if (!spokenTypes.includes(message.type ?? 0)) return undefined
  // What only we can see is an answer to somebody's command, not a message.
  if (flags & (messageFlags.ephemeral | messageFlags.loading)) return undefined
  const reading = { directory: context.directory, guildId: guild_id }
  const { text, notes, attachments } = readWords(message, reading)
  const addressed = addressedBy(message, reading)
  const place = findPlace(message, addressed, context)
  if (text === '' && notes.length === 0 && attachments.length === 0) return undefined
  const quote = readQuote(message.referenced_message, reading)
  const answered = isForward(message) ? undefined : message.message_reference?.message_id
  const rawLength = message.content?.length ?? 0
  return {
    id: message.id,
    version,
    ...place,
    sender: senderOf(author, member, { isWebhook: webhook_id !== undefined }),
    text,
    ...(addressed === undefined ? {} : { addressed }),
    ...(quote === undefined ? {} : { quote }),
    ...(answered === undefined ? {} : { repliesTo: answered }),
    ...(isForward(message) ? { forward: { origin: originOf(message, context) } } : {}),
    notes,
    attachments,
    ...(rawLength >= maxTextLength * 0.9 ? { isNearLimit: true } : {}),
    sentAt: message.timestamp ?? timeOf(message.id),
  }
}

type Words = Pick<InboundMessage, 'text' | 'notes' | 'attachments'>

/** The message's own words and files, and those of what it forwards. */
function readWords(message: DiscordMessage, reading: Reading): Words {
  const own = readContent(message, message)
  const parts = (message.message_snapshots ?? []).flatMap((one) => one.message ?? [])
  const forwarded = parts.map((part) => readContent(part, message))
  const texts = [
    withoutOwnName(message, reading),
    ...parts.map((part) => readableText(part, reading)),
  ]
  const notes = [own, ...forwarded].flatMap((one) => one.notes)
  const attachments = [own, ...forwarded].flatMap((one) => one.attachments)
  const text = texts.filter((one) => one !== '').join('\n\n')
  // Nothing but the bot's name is a call, and must not look like nothing.
  const isBareCall = text === '' && notes.length === 0 && attachments.length === 0
  return { text: isBareCall ? readableText(message, reading) : text, notes, attachments }
}

function addressedBy(message: DiscordMessage, reading: Reading): InboundMessage['addressed'] {
  if (reading.guildId === undefined) return undefined
  if (isMentioned(message, reading)) return 'mention'
  const isReply = message.referenced_message?.author?.id === reading.directory.botId
  return isReply && !isForward(message) ? 'reply' : undefined
}

function findPlace(
  message: DiscordMessage,
  addressed: InboundMessage['addressed'],
  context: InboundContext,
): Place {
  const { directory, autoThread } = context
  const place = placeOf(message.channel_id, message.guild_id, context)
  if (!autoThread || place.chatKind !== 'group') return place
  const channel = directory.channel(message.channel_id)
  const { text, announcement } = channelTypes
  if (channel?.type !== text && channel?.type !== announcement) return place
  const needed = permissions.createThreads | permissions.sendInThreads
  const mayOpen = ((directory.rightsAt(channel) ?? 0n) & needed) === needed
  // An edit that takes the mention away still belongs where its message went.
  const hasThread = directory.channel(message.id) !== undefined
  const opens = addressed === 'mention' && mayOpen
  return opens || hasThread ? threadPlace(place, message.id) : place
}

function readQuote(referenced: DiscordReferenced | undefined, reading: Reading): Quote | undefined {
  if (!referenced) return undefined
  const { author, member } = referenced
  const text = readableText(referenced, reading) || describeContent(referenced)
  const isOwn = author?.id === reading.directory.botId
  const name = author ? nameOf(author, member?.nick) : 'unknown'
  return { author: name, text, ...(isOwn ? { isOwn } : {}) }
}

function isForward({ message_reference, flags }: DiscordMessage): boolean {
  return (
    message_reference?.type === referenceTypes.forward ||
    ((flags ?? 0) & messageFlags.snapshot) !== 0
  )
}

/** Discord tells bots where a forwarded message stood, never who wrote it. */
function originOf({ message_reference }: DiscordMessage, { directory }: InboundContext): string {
  const channel = directory.channel(message_reference?.channel_id)
  if (!channel) return 'another chat'
  const guild = directory.guild(channel.guildId)
  return guild ? `#${channel.name} in ${guild.name}` : `#${channel.name}`
}
