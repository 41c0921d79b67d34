import type {
  APIGuildMember,
  APIGuildTextChannel,
  APIMessage,
  APIReaction,
  APIThreadChannel,
  ThreadChannelType,
} from 'discord.js'
import { attachmentPayload } from './discord-attachments.ts'
import type { Dispatches, GuildPayload } from './discord-events.ts'
import {
  type Channel,
  type GuildState,
  isEphemeral,
  type Member,
  type Message,
  noFlags,
} from './discord-model.ts'
import { may } from './discord-permissions.ts'
import type { World } from './discord-world.ts'

export function memberPayload(member: Member): APIGuildMember {
  return { user: member.user, ...memberFields(member) }
}

/** A member without the user, as it stands inside messages. */
function memberFields({ roles, nick, joinedAt }: Member) {
  const standing = { deaf: false, mute: false, pending: false, flags: 0 }
  const looks = { avatar: null, banner: null, premium_since: null }
  return {
    nick,
    roles,
    joined_at: joinedAt,
    communication_disabled_until: null,
    ...standing,
    ...looks,
  }
}

type GuildChannelPayload = Dispatches['CHANNEL_CREATE'] & { guild_id: string }

/** A guild's channel; not for threads and direct chats. */
export function channelPayload(channel: Channel): GuildChannelPayload {
  const { id, type, name, guild, parentId, overwrites } = channel
  const common = {
    id,
    name,
    guild_id: guild?.id ?? '',
    position: 0,
    flags: noFlags,
    parent_id: parentId ?? null,
    permission_overwrites: overwrites,
    nsfw: false,
    topic: null,
    rate_limit_per_user: 0,
    last_message_id: lastMessageId(channel),
  }
  if (type !== 15) {
    const text: APIGuildTextChannel<0 | 5> = { ...common, type: type === 5 ? 5 : 0 }
    return text.type === 5 ? { ...common, type: 5 } : { ...common, type: 0 }
  }
  return {
    ...common,
    type,
    available_tags: [],
    default_reaction_emoji: null,
    default_sort_order: null,
    default_forum_layout: 0,
  }
}

type ThreadPayload = APIThreadChannel & { guild_id: string; parent_id: string }

export function threadPayload(world: World, channel: Channel): ThreadPayload {
  const { id, name, guild, parentId, thread, messages } = channel
  if (!guild || !thread) throw new Error(`Channel ${id} is no thread.`)
  const type: ThreadChannelType = channel.type === 12 ? 12 : channel.type === 10 ? 10 : 11
  const isMember = thread.members.has(world.bot.id)
  const counts = { message_count: messages.size, total_message_sent: messages.size }
  const joined = { id, user_id: world.bot.id, join_timestamp: thread.createdAt, flags: 1 }
  return {
    id,
    type,
    name,
    guild_id: guild.id,
    parent_id: parentId ?? '',
    owner_id: thread.ownerId,
    flags: noFlags,
    rate_limit_per_user: 0,
    last_message_id: lastMessageId(channel),
    ...counts,
    member_count: Math.min(thread.members.size, 50),
    thread_metadata: {
      archived: thread.archived,
      locked: thread.locked,
      auto_archive_duration: thread.autoArchiveMinutes,
      archive_timestamp: thread.archivedAt,
      create_timestamp: thread.createdAt,
      ...(type === 12 ? { invitable: true } : {}),
    },
    ...(isMember ? { member: joined } : {}),
  }
}

export function directPayload(channel: Channel) {
  const { id, recipient } = channel
  const recipients = recipient ? [recipient] : []
  return { id, type: 1, flags: 0, last_message_id: lastMessageId(channel), recipients }
}

/** Any channel as `GET /channels/…` shows it. */
export function anyChannelPayload(world: World, channel: Channel): object {
  if (channel.thread) return threadPayload(world, channel)
  return channel.guild ? channelPayload(channel) : directPayload(channel)
}

/** The guild as the bot sees it: channels and active threads it may view, and of the members only itself. */
export function guildPayload(world: World, guild: GuildState): GuildPayload {
  const seen = [...guild.channels.values()].filter((one) => may(one, world.bot.id, 'VIEW_CHANNEL'))
  const me = guild.members.get(world.bot.id)
  return {
    id: guild.id,
    name: guild.name,
    icon: null,
    splash: null,
    discovery_splash: null,
    banner: null,
    description: null,
    owner_id: guild.ownerId,
    afk_channel_id: null,
    afk_timeout: 300,
    verification_level: 1,
    default_message_notifications: 1,
    explicit_content_filter: 0,
    roles: [...guild.roles.values()],
    emojis: [],
    stickers: [],
    features: [],
    mfa_level: 0,
    application_id: null,
    system_channel_id: null,
    system_channel_flags: noFlags,
    rules_channel_id: null,
    vanity_url_code: null,
    premium_tier: 0,
    preferred_locale: 'en-US',
    public_updates_channel_id: null,
    safety_alerts_channel_id: null,
    nsfw_level: 0,
    premium_progress_bar_enabled: false,
    hub_type: null,
    incidents_data: null,
    joined_at: me?.joinedAt ?? world.timestamp(),
    large: false,
    unavailable: false,
    member_count: guild.members.size,
    voice_states: [],
    members: me ? [memberPayload(me)] : [],
    channels: seen.filter(({ thread }) => !thread).map((one) => channelPayload(one)),
    threads: seen
      .filter(({ thread }) => thread && !thread.archived)
      .map((one) => threadPayload(world, one)),
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  }
}

/** The message as it is now: files freshly signed, reactions counted, what it answers and its thread looked up. */
export function messagePayload(world: World, message: Message): APIMessage {
  const { payload, channel } = message
  const bare = plainPayload(world, message)
  const reference = payload.message_reference
  const isForward = reference?.type === 1
  const answered =
    reference?.message_id && !isForward
      ? world.channels.get(reference.channel_id)?.messages.get(reference.message_id)
      : undefined
  const reactions = reactionsOf(world, message)
  const thread = channel.thread ? undefined : channel.guild?.channels.get(message.id)
  return {
    ...bare,
    ...(reactions.length > 0 ? { reactions } : {}),
    ...(reference && !isForward && payload.type !== 18
      ? { referenced_message: answered ? plainPayload(world, answered) : null }
      : {}),
    ...(thread ? { thread: threadPayload(world, thread) } : {}),
  }
}

/** As sent by the gateway: with the guild, the member, and always the channel's type. */
export function messageEvent(world: World, message: Message): Dispatches['MESSAGE_CREATE'] {
  const { channel, payload } = message
  // A forum holds threads only, so no message has its type.
  const type = channel.type === 15 ? 0 : channel.type
  const event = { ...messagePayload(world, message), channel_type: type }
  // What one person alone sees comes as if it were said in a direct chat.
  if (!channel.guild || isEphemeral(message)) return event
  const { id, members } = channel.guild
  const member = members.get(payload.author.id)
  const mentions = event.mentions.map((user) => {
    const mentioned = members.get(user.id)
    return mentioned ? { ...user, member: memberFields(mentioned) } : user
  })
  return { ...event, mentions, guild_id: id, ...(member ? { member: memberFields(member) } : {}) }
}

function plainPayload(world: World, { payload, files, channel }: Message): APIMessage {
  return { ...payload, attachments: files.map((file) => attachmentPayload(world, channel, file)) }
}

function reactionsOf(world: World, { reactions }: Message): APIReaction[] {
  return [...reactions].map(([emoji, users]) => ({
    emoji: emojiPayload(emoji),
    count: users.size,
    count_details: { burst: 0, normal: users.size },
    me: users.has(world.bot.id),
    me_burst: false,
    burst_colors: [],
  }))
}

/** `👍` or `name:id`, as the platform writes it out. */
export function emojiPayload(emoji: string): { id: string | null; name: string } {
  const [name = emoji, id = null] = emoji.includes(':') ? emoji.split(':') : [emoji]
  return { id, name }
}

function lastMessageId(channel: Channel): string | null {
  // A map keeps the order in which messages came.
  return [...channel.messages.keys()].at(-1) ?? null
}
