import type { APIMessage, APIUser } from 'discord.js'
import { attachmentPayload } from './discord-attachments.ts'
import { DiscordFailure, invalidForm } from './discord-failure.ts'
import type { Channel, Message } from './discord-model.ts'
import { may } from './discord-permissions.ts'
import type { Bodies } from './discord-schema.ts'
import type { World } from './discord-world.ts'

type CreateBody = Bodies['create_message']

/** What a reply or a forward adds. */
export function referenceFields(
  world: World,
  channel: Channel,
  body: CreateBody,
): Partial<APIMessage> {
  const { message_reference: reference } = body
  if (!reference?.message_id) return {}
  const {
    message_id: id,
    channel_id: channelId = channel.id,
    fail_if_not_exists: fails = true,
  } = reference
  const source = world.channels.get(channelId)?.messages.get(id)
  const guildId = channel.guild?.id
  const common = {
    message_id: id,
    channel_id: channelId,
    ...(guildId ? { guild_id: guildId } : {}),
  }
  if (reference.type === 1) {
    const isReadable = source && may(source.channel, world.bot.id, 'READ_MESSAGE_HISTORY')
    if (!isReadable) throw new DiscordFailure(160014)
    return { ...forwardFields(world, source), message_reference: { ...common, type: 1 } }
  }
  if (source && channelId === channel.id) {
    return { type: 19, message_reference: { ...common, type: 0 } }
  }
  if (fails) {
    throw invalidForm(['message_reference'], 'REPLIES_UNKNOWN_MESSAGE', 'Unknown message')
  }
  return {}
}

/** The snapshot that a forward carries instead of a content. */
export function forwardFields(world: World, source: Message): Partial<APIMessage> {
  const { payload, files, channel } = source
  const { content, embeds, timestamp, edited_timestamp, flags, mentions, mention_roles, type } =
    payload
  const attachments = files.map((file) => attachmentPayload(world, channel, file))
  const texts = { content, embeds, timestamp, edited_timestamp, mentions, mention_roles, type }
  const message = {
    ...texts,
    attachments,
    components: [],
    ...(flags === undefined ? {} : { flags }),
  }
  return { flags: 1 << 14, message_snapshots: [{ message }] }
}

/** Whom a message of the bot calls, as far as `allowed_mentions` lets it. */
export function mentionFields(
  world: World,
  channel: Channel,
  body: CreateBody,
): Partial<APIMessage> {
  const { content, allowed_mentions: allowed, message_reference: reference } = body
  const parse: readonly string[] = allowed ? (allowed.parse ?? []) : ['users', 'roles', 'everyone']
  const named = [...(content ?? '').matchAll(/<@!?(\d+)>/g)].map(([, id = '']) => id)
  const ids = named.filter((id) => parse.includes('users') || allowed?.users?.includes(id))
  const answered = channel.messages.get(reference?.message_id ?? '')
  if (answered && (allowed ? allowed.replied_user : true)) ids.push(answered.payload.author.id)
  const users = [...new Set(ids)].map((id) => world.users.get(id))
  return {
    mentions: users.filter((user): user is APIUser => user !== undefined),
    mention_everyone: parse.includes('everyone') && /@(everyone|here)\b/.test(content ?? ''),
  }
}
