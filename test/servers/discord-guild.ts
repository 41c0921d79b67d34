import type { APIOverwrite, APIRole, APIUser } from 'discord.js'
import { type Channel, type GuildState, type Member, noFlags } from './discord-model.ts'
import { channelPayload, guildPayload } from './discord-payloads.ts'
import { bitsOf, type Permission } from './discord-permissions.ts'
import type { World } from './discord-world.ts'

export type GuildOptions = {
  readonly id?: string
  readonly name?: string
  readonly owner?: { readonly user: APIUser }
  /** What everybody may do, and what the bot's own role adds. */
  readonly everyone?: readonly Permission[]
  readonly botPermissions?: readonly Permission[]
}

export type ChannelOptions = {
  readonly id?: string
  readonly type?: 0 | 5 | 15
  readonly overwrites?: APIOverwrite[]
}

const usual: readonly Permission[] = [
  'VIEW_CHANNEL',
  'SEND_MESSAGES',
  'SEND_MESSAGES_IN_THREADS',
  'CREATE_PUBLIC_THREADS',
  'READ_MESSAGE_HISTORY',
  'ADD_REACTIONS',
  'ATTACH_FILES',
  'EMBED_LINKS',
  'USE_APPLICATION_COMMANDS',
]

/** A guild: its people, roles and channels. What changes is told to the bot when it is a member. */
export class Guild implements GuildState {
  readonly id: string
  readonly name: string
  readonly ownerId: string
  readonly roles = new Map<string, APIRole>()
  readonly members = new Map<string, Member>()
  readonly channels = new Map<string, Channel>()
  /** The bot's managed role, which people mention by mistake. */
  readonly botRole: APIRole
  isAvailable = true
  readonly #world: World

  constructor(world: World, options: GuildOptions = {}) {
    this.#world = world
    this.id = options.id ?? world.nextId()
    this.name = options.name ?? 'Guild'
    const owner = options.owner?.user ?? world.addUser('Owner')
    this.ownerId = owner.id
    this.#keepRole('@everyone', options.everyone ?? usual, { id: this.id })
    this.addMember({ user: owner })
    const tags = { bot_id: world.bot.id }
    this.botRole = this.#keepRole(world.bot.username, options.botPermissions ?? usual, {
      managed: true,
      tags,
    })
    this.addMember({ user: world.bot }, [this.botRole])
    world.guilds.set(this.id, this)
  }

  addRole(name: string, permissions: readonly Permission[] = []): APIRole {
    const role = this.#keepRole(name, permissions)
    this.#world.emit('GUILD_ROLE_CREATE', { guild_id: this.id, role }, { guildId: this.id })
    return role
  }

  /** Changes what the bot's own role may do. */
  setBotPermissions(...permissions: Permission[]): void {
    this.botRole.permissions = String(bitsOf(permissions))
    const data = { guild_id: this.id, role: this.botRole }
    this.#world.emit('GUILD_ROLE_UPDATE', data, { guildId: this.id })
  }

  addMember(person: { readonly user: APIUser }, roles: readonly APIRole[] = []): Member {
    const { user } = person
    const member = {
      user,
      roles: roles.map(({ id }) => id),
      nick: null,
      joinedAt: this.#world.timestamp(),
    }
    this.members.set(user.id, member)
    return member
  }

  addChannel(name: string, options: ChannelOptions = {}): Channel {
    const { id, type = 0, overwrites = [] } = options
    const channel = this.#world.addChannel({
      ...(id === undefined ? {} : { id }),
      type,
      name,
      overwrites,
      guild: this,
    })
    this.#world.emit('CHANNEL_CREATE', channelPayload(channel), { channel })
    return channel
  }

  /** Takes permissions from the bot in one channel; none left out: gives them back. */
  denyBot(channel: Channel, ...permissions: Permission[]): void {
    const { id } = this.botRole
    const deny = String(bitsOf(permissions))
    const others = channel.overwrites.filter((one) => one.id !== id)
    channel.overwrites = [...others, { id, type: 0, allow: '0', deny }]
    // Told by the guild, since a bot that sees the channel no longer must hear that as well.
    this.#world.emit('CHANNEL_UPDATE', channelPayload(channel), { guildId: this.id })
  }

  removeChannel(channel: Channel): void {
    const scope = { guildId: this.id }
    this.channels.delete(channel.id)
    this.#world.channels.delete(channel.id)
    if (channel.thread) {
      const { id, type, parentId = this.id } = channel
      const data = { id, type: type === 12 ? 12 : 11, guild_id: this.id, parent_id: parentId }
      this.#world.emit('THREAD_DELETE', data, scope)
    } else this.#world.emit('CHANNEL_DELETE', channelPayload(channel), scope)
  }

  /** The bot is thrown out. */
  removeBot(): void {
    const scope = { guildId: this.id }
    this.#world.emit('GUILD_DELETE', { id: this.id }, scope)
    this.members.delete(this.#world.bot.id)
  }

  /** The bot is invited again. */
  addBot(): void {
    this.addMember({ user: this.#world.bot }, [this.botRole])
    this.#world.emit('GUILD_CREATE', guildPayload(this.#world, this), { guildId: this.id })
  }

  /** An outage begins or ends. */
  setAvailable(isAvailable: boolean): void {
    this.isAvailable = isAvailable
    const scope = { guildId: this.id }
    if (isAvailable) this.#world.emit('GUILD_CREATE', guildPayload(this.#world, this), scope)
    else this.#world.emit('GUILD_DELETE', { id: this.id, unavailable: true }, scope)
  }

  #keepRole(name: string, permissions: readonly Permission[], fields: Partial<APIRole> = {}) {
    const role: APIRole = {
      id: fields.id ?? this.#world.nextId(),
      name,
      permissions: String(bitsOf(permissions)),
      position: this.roles.size,
      color: 0,
      colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
      hoist: false,
      managed: false,
      mentionable: false,
      icon: null,
      unicode_emoji: null,
      flags: noFlags,
      ...fields,
    }
    this.roles.set(role.id, role)
    return role
  }
}
