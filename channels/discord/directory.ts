/**
 * What the gateway has told us about servers, channels and threads, as little of it as messages need: where a thread
 * belongs, what a channel is called, and what the bot may do there. Direct chats are not in it.
 */
import type { DiscordChannelInfo, DiscordGuild, DiscordRole } from './payload.ts'
import { isThread } from './payload.ts'
import {
  channelPermissions,
  type Overwrite,
  permissions,
  serverPermissions,
} from './permissions.ts'

export type Channel = {
  readonly id: string
  readonly guildId: string | undefined
  readonly type: number
  readonly name: string
  readonly parentId: string | undefined
  /** As of when the channel was described. */
  readonly lastMessageId: string | undefined
  readonly isArchived: boolean
  /** Only the rules that can concern the bot. */
  readonly overwrites: readonly Overwrite[]
}

type Role = {
  readonly name: string
  readonly permissions: bigint
  readonly botId: string | undefined
}

export type Guild = {
  readonly id: string
  name: string
  ownerId: string | undefined
  boostTier: number
  systemChannelId: string | undefined
  readonly roles: Map<string, Role>
  /** Roles of the bot. */
  ownRoleIds: readonly string[]
  readonly channelIds: Set<string>
}

/** A channel in which the bot can write from now on, or cannot any more. */
export type Change = { readonly channel: Channel; readonly canWrite: boolean }

export class Directory {
  readonly botId: string
  readonly #guilds = new Map<string, Guild>()
  readonly #channels = new Map<string, Channel>()

  constructor(botId: string) {
    this.botId = botId
  }

  guild(id: string | undefined): Guild | undefined {
    return id === undefined ? undefined : this.#guilds.get(id)
  }

  get guilds(): readonly Guild[] {
    return [...this.#guilds.values()]
  }

  channel(id: string | undefined): Channel | undefined {
    return id === undefined ? undefined : this.#channels.get(id)
  }

  channelsOf(guildId: string): readonly Channel[] {
    const ids = [...(this.#guilds.get(guildId)?.channelIds ?? [])]
    return ids.flatMap((id) => this.#channels.get(id) ?? [])
  }

  /** Whether a role is the one that Discord made for the bot. */
  isOwnRole(guildId: string | undefined, roleId: string): boolean {
    return this.guild(guildId)?.roles.get(roleId)?.botId === this.botId
  }

  /** Takes a server's description as a whole, in place of what was known of it. */
  putGuild(info: DiscordGuild): Guild {
    const before = this.#guilds.get(info.id)
    const self = info.members?.find(({ user }) => user.id === this.botId)
    const guild: Guild = {
      id: info.id,
      name: info.name ?? before?.name ?? info.id,
      ownerId: info.owner_id ?? before?.ownerId,
      boostTier: info.premium_tier ?? before?.boostTier ?? 0,
      systemChannelId: info.system_channel_id,
      roles: info.roles ? new Map(info.roles.map(toRole)) : (before?.roles ?? new Map()),
      ownRoleIds: self?.roles ?? before?.ownRoleIds ?? [],
      channelIds: info.channels ? new Set() : (before?.channelIds ?? new Set()),
    }
    if (info.channels) for (const id of before?.channelIds ?? []) this.#channels.delete(id)
    this.#guilds.set(guild.id, guild)
    for (const channel of [...(info.channels ?? []), ...(info.threads ?? [])])
      this.putChannel(channel, guild.id)
    return guild
  }

  removeGuild(id: string): readonly Channel[] {
    const channels = this.channelsOf(id)
    for (const channel of channels) this.#channels.delete(channel.id)
    this.#guilds.delete(id)
    return channels
  }

  putChannel(info: DiscordChannelInfo, guildId = info.guild_id): Channel {
    const guild = this.guild(guildId)
    const before = this.#channels.get(info.id)
    const concerns = (id: string) =>
      id === guildId || id === this.botId || guild?.roles.get(id) !== undefined
    const channel: Channel = {
      id: info.id,
      guildId,
      type: info.type,
      name: info.name ?? before?.name ?? info.id,
      parentId: info.parent_id,
      lastMessageId: info.last_message_id ?? before?.lastMessageId,
      isArchived: info.thread_metadata?.archived === true,
      overwrites: (info.permission_overwrites ?? []).filter(({ id }) => concerns(id)),
    }
    // Only channels of a server are bounded by it: Discord allows some hundreds, and a thousand open threads.
    if (!guild) return channel
    this.#channels.set(channel.id, channel)
    guild.channelIds.add(channel.id)
    return channel
  }

  removeChannel(id: string): Channel | undefined {
    const channel = this.#channels.get(id)
    this.#channels.delete(id)
    this.guild(channel?.guildId)?.channelIds.delete(id)
    return channel
  }

  putRole(guildId: string, role: DiscordRole): void {
    this.guild(guildId)?.roles.set(...toRole(role))
  }

  removeRole(guildId: string, roleId: string): void {
    this.guild(guildId)?.roles.delete(roleId)
  }

  setOwnRoles(guildId: string, roleIds: readonly string[]): void {
    const guild = this.guild(guildId)
    if (guild) guild.ownRoleIds = roleIds
  }

  /** What the bot may do in a server at large; `undefined` for one that is not known. */
  rightsIn(guildId: string): bigint | undefined {
    const guild = this.guild(guildId)
    return guild && serverPermissions(this.#rights(guild))
  }

  /** What the bot may do in a channel; threads have the rules of their channel. `undefined`: not known. */
  rightsAt(channel: Channel | undefined): bigint | undefined {
    const guild = this.guild(channel?.guildId)
    if (!guild || !channel) return undefined
    const ruled = isThread(channel) ? (this.channel(channel.parentId) ?? channel) : channel
    return channelPermissions(this.#rights(guild), ruled.overwrites)
  }

  /** Whether the bot sees the channel and can write there. */
  canWrite(channel: Channel): boolean {
    const rights = this.rightsAt(channel)
    if (rights === undefined) return false
    const write = isThread(channel) ? permissions.sendInThreads : permissions.sendMessages
    const needed = permissions.viewChannel | write
    return (rights & needed) === needed
  }

  /** Does `change` and says in which channels of the server it made a difference. */
  changes(guildId: string, change: () => void): readonly Change[] {
    const before = new Map(this.channelsOf(guildId).map((one) => [one.id, this.canWrite(one)]))
    change()
    return this.channelsOf(guildId).flatMap((channel) => {
      const canWrite = this.canWrite(channel)
      const could = before.get(channel.id)
      return could === undefined || could === canWrite ? [] : [{ channel, canWrite }]
    })
  }

  #rights(guild: Guild) {
    const { id, ownerId, ownRoleIds, roles } = guild
    return { guildId: id, ownerId, memberId: this.botId, roleIds: ownRoleIds, roles }
  }
}

function toRole({ id, name, permissions: granted, tags }: DiscordRole): [string, Role] {
  return [id, { name: name ?? id, permissions: granted ?? 0n, botId: tags?.bot_id }]
}
