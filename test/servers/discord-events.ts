import type {
  APIMessage,
  GatewayChannelCreateDispatchData,
  GatewayChannelDeleteDispatchData,
  GatewayGuildCreateDispatchData,
  GatewayGuildDeleteDispatchData,
  GatewayGuildRoleCreateDispatchData,
  GatewayInteractionCreateDispatchData,
  GatewayMessageCreateDispatchData,
  GatewayMessageDeleteBulkDispatchData,
  GatewayMessageDeleteDispatchData,
  GatewayMessageReactionAddDispatchData,
  GatewayMessageReactionRemoveDispatchData,
  GatewayMessageUpdateDispatchData,
  GatewayReadyDispatchData,
  GatewayThreadCreateDispatchData,
  GatewayThreadDeleteDispatchData,
  GatewayThreadUpdateDispatchData,
  GatewayTypingStartDispatchData,
} from 'discord.js'
import type { Channel } from './discord-model.ts'

/** `preferred_locale` is an enum of strings in the types, and one of them on the wire. */
export type GuildPayload = Omit<GatewayGuildCreateDispatchData, 'preferred_locale'> & {
  readonly preferred_locale: `${GatewayGuildCreateDispatchData['preferred_locale']}`
}

/** The events this server sends, and what each carries. */
export type Dispatches = {
  READY: GatewayReadyDispatchData
  RESUMED: object
  GUILD_CREATE: GuildPayload
  GUILD_DELETE: GatewayGuildDeleteDispatchData
  GUILD_ROLE_CREATE: GatewayGuildRoleCreateDispatchData
  GUILD_ROLE_UPDATE: GatewayGuildRoleCreateDispatchData
  CHANNEL_CREATE: GatewayChannelCreateDispatchData
  CHANNEL_UPDATE: GatewayChannelCreateDispatchData
  CHANNEL_DELETE: GatewayChannelDeleteDispatchData
  THREAD_CREATE: GatewayThreadCreateDispatchData
  THREAD_UPDATE: GatewayThreadUpdateDispatchData
  THREAD_DELETE: GatewayThreadDeleteDispatchData
  MESSAGE_CREATE: GatewayMessageCreateDispatchData
  MESSAGE_UPDATE: GatewayMessageUpdateDispatchData
  MESSAGE_DELETE: GatewayMessageDeleteDispatchData
  MESSAGE_DELETE_BULK: GatewayMessageDeleteBulkDispatchData
  MESSAGE_REACTION_ADD: GatewayMessageReactionAddDispatchData
  MESSAGE_REACTION_REMOVE: GatewayMessageReactionRemoveDispatchData
  TYPING_START: GatewayTypingStartDispatchData
  INTERACTION_CREATE: GatewayInteractionCreateDispatchData
}

export type EventName = keyof Dispatches

/** Whom an event concerns: a guild, or a channel that the bot must be able to see, or the bot itself. */
export type Scope = {
  readonly guildId?: string
  readonly channel?: Channel
  /** Seen by one person alone, as if it were said in a direct chat. */
  readonly isPrivate?: boolean
}

export type Emit = <K extends EventName>(event: K, data: Dispatches[K], scope: Scope) => void

const intents = {
  guilds: 1 << 0,
  guildMessages: 1 << 9,
  guildReactions: 1 << 10,
  guildTyping: 1 << 11,
  directMessages: 1 << 12,
  directReactions: 1 << 13,
  directTyping: 1 << 14,
  content: 1 << 15,
} as const

/** Members, presences and message content: only where the developer has switched them on. */
export const memberIntents = (1 << 1) | (1 << 8)
export const contentIntent: number = intents.content
/** All bits there are: a session with others is refused. */
export const knownIntents = 0x3ff_ffff

/** The intent an event needs, 0 for none. */
export function intentFor(event: EventName, { channel, isPrivate }: Scope): number {
  const isDirect = isPrivate || (channel !== undefined && channel.guild === undefined)
  if (event.startsWith('MESSAGE_REACTION')) {
    return isDirect ? intents.directReactions : intents.guildReactions
  }
  if (event.startsWith('MESSAGE')) return isDirect ? intents.directMessages : intents.guildMessages
  if (event === 'TYPING_START') return isDirect ? intents.directTyping : intents.guildTyping
  if (/^(GUILD|CHANNEL|THREAD)/.test(event)) return intents.guilds
  return 0
}

/** Whether a bot without the content intent still sees what this message says: its own, and what mentions it. */
export function isMeantFor(botId: string, message: object): boolean {
  const { author, mentions = [] }: Partial<Pick<APIMessage, 'author' | 'mentions'>> = message
  return author?.id === botId || mentions.some(({ id }) => id === botId)
}

/** A message without what only the content intent shows. */
export function withoutContent(message: object): object {
  const entries = Object.entries(message).filter(
    ([key]) => key !== 'poll' && key !== 'message_snapshots',
  )
  const bare = { content: '', embeds: [], attachments: [], components: [] }
  return { ...Object.fromEntries(entries), ...bare }
}
