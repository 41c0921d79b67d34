import { count, flag, list, number, present, type Reader, shape, text } from '../readers.ts'
import { bits, snowflake, time } from './readers.ts'

/** The parts of Discord's objects that mean something to us, under their own names. */

const user = shape(
  { id: snowflake },
  { username: text, global_name: text, bot: flag, system: flag },
)
const member = shape({}, { nick: text, roles: list(snowflake) })

const attachment = shape(
  { id: snowflake },
  {
    filename: text,
    content_type: text,
    size: count,
    url: text,
    duration_secs: number,
    description: text,
  },
)

const mention = shape({ id: snowflake }, { username: text, global_name: text, member })

const content = {
  content: text,
  flags: count,
  mentions: list(mention, 200),
  mention_roles: list(snowflake, 200),
  attachments: list(attachment, 20),
  embeds: list(shape({}, { title: text, description: text, url: text, type: text }), 10),
  sticker_items: list(shape({ name: text }, {}), 5),
  poll: shape(
    {},
    {
      question: shape({}, { text }),
      answers: list(shape({}, { poll_media: shape({}, { text }) }), 20),
    },
  ),
  components: list(present, 50),
}

const referenced = shape({ id: snowflake }, { ...content, author: user, member, webhook_id: text })

/** A message as the gateway and the history have it; also what an update changes. */
export const readMessage = shape(
  { id: snowflake, channel_id: snowflake },
  {
    ...content,
    guild_id: snowflake,
    author: user,
    member,
    type: count,
    timestamp: time,
    edited_timestamp: time,
    webhook_id: text,
    message_reference: shape(
      {},
      { type: count, message_id: snowflake, channel_id: snowflake, guild_id: snowflake },
    ),
    referenced_message: referenced,
    message_snapshots: list(shape({}, { message: shape({}, content) }), 5),
    nonce: text,
    reactions: list(shape({}, { me: flag, emoji: shape({}, { id: snowflake, name: text }) }), 30),
  },
)

export const readDeletion = shape({ id: snowflake, channel_id: snowflake }, { guild_id: snowflake })
export const readBulkDeletion = shape(
  { ids: list(snowflake), channel_id: snowflake },
  { guild_id: snowflake },
)

export const readReaction = shape(
  {
    user_id: snowflake,
    channel_id: snowflake,
    message_id: snowflake,
    emoji: shape({}, { id: snowflake, name: text }),
  },
  {
    guild_id: snowflake,
    member: shape({}, { user, nick: text, roles: list(snowflake) }),
    message_author_id: snowflake,
  },
)

const overwrite = shape({ id: snowflake, allow: bits, deny: bits }, {})

/** A channel or thread. */
export const readChannel = shape(
  { id: snowflake, type: count },
  {
    guild_id: snowflake,
    name: text,
    parent_id: snowflake,
    last_message_id: snowflake,
    permission_overwrites: list(overwrite),
    thread_metadata: shape({}, { archived: flag, locked: flag }),
  },
)

/** A role; `tags.bot_id` names the bot that a managed role belongs to. */
export const readRole = shape(
  { id: snowflake },
  { name: text, permissions: bits, tags: shape({}, { bot_id: snowflake }) },
)

export const readGuild = shape(
  { id: snowflake },
  {
    name: text,
    owner_id: snowflake,
    unavailable: flag,
    premium_tier: count,
    system_channel_id: snowflake,
    channels: list(readChannel),
    threads: list(readChannel, 2000),
    roles: list(readRole),
    members: list(shape({ user }, { roles: list(snowflake) }), 2000),
  },
)

export const readRoleChange = shape({ guild_id: snowflake }, { role: readRole, role_id: snowflake })
export const readMemberChange = shape({ guild_id: snowflake, user }, { roles: list(snowflake) })
export const readThreadSync = shape({ guild_id: snowflake, threads: list(readChannel, 2000) }, {})
export const readMember = shape({}, { nick: text, roles: list(snowflake) })

export const readInteraction = shape(
  { id: snowflake, type: count, token: text },
  {
    application_id: snowflake,
    channel_id: snowflake,
    channel: readChannel,
    guild_id: snowflake,
    member: shape({ user }, { nick: text, roles: list(snowflake) }),
    user,
    locale: text,
    message: shape({ id: snowflake }, {}),
    data: shape(
      {},
      {
        name: text,
        type: count,
        custom_id: text,
        values: list(text, 25),
        options: list(shape({ name: text }, { value: anyValue }), 25),
      },
    ),
  },
)

export const readReady = shape(
  { session_id: text, user },
  {
    resume_gateway_url: text,
    application: shape({ id: snowflake }, {}),
    guilds: list(shape({ id: snowflake }, {}), 5000),
  },
)

export const readGateway = shape(
  { url: text },
  {
    shards: count,
    session_start_limit: shape(
      {},
      { total: count, remaining: count, reset_after: number, max_concurrency: count },
    ),
  },
)

export const readId = shape({ id: snowflake }, {})
export const readMe = shape({ id: snowflake }, { username: text })

/** The value of an option, as words. */
function anyValue(value: unknown): string | undefined {
  if (typeof value === 'string') return value.toWellFormed()
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

type Value<R> = R extends Reader<infer T> ? T : never
export type DiscordMessage = Value<typeof readMessage>
export type DiscordContent = Pick<DiscordMessage, keyof typeof content>
export type DiscordReferenced = Value<typeof referenced>
export type DiscordAttachment = Value<typeof attachment>
export type DiscordUser = Value<typeof user>
export type DiscordMember = Value<typeof member>
export type DiscordMention = Value<typeof mention>
export type DiscordChannelInfo = Value<typeof readChannel>
export type DiscordRole = Value<typeof readRole>
export type DiscordGuild = Value<typeof readGuild>
export type DiscordInteraction = Value<typeof readInteraction>
export type GatewayInfo = Value<typeof readGateway>

/** The kinds of channels that matter here. */
export const channelTypes = { text: 0, dm: 1, groupDm: 3, announcement: 5 } as const
const threadTypes: readonly number[] = [10, 11, 12]

export function isThread({ type }: { readonly type: number }): boolean {
  return threadTypes.includes(type)
}

export const messageFlags = {
  suppressEmbeds: 1 << 2,
  ephemeral: 1 << 6,
  loading: 1 << 7,
  voice: 1 << 13,
  snapshot: 1 << 14,
} as const
