import type { Clock } from '../../core/clock.ts'
import type { InboundEvent } from '../../core/model.ts'
import type { Change, Channel, Directory } from './directory.ts'
import {
  channelTypes,
  isThread,
  readChannel,
  readGuild,
  readMemberChange,
  readRoleChange,
  readThreadSync,
} from './payload.ts'
import { describeMissing } from './permissions.ts'
import { placeOf } from './place.ts'

type Self = { readonly name: string; readonly account: string }

/** How many servers a line about missing rights names. */
const maxNamed = 3
/** Voice and stage channels have chats too; categories and shops have none. */
const chattyTypes: readonly number[] = [0, 2, 5, 13, 15, 16]

/** Keeps the directory as the gateway tells it, and says where the bot can write from now on, or cannot any more. */
export class Surroundings {
  readonly directory: Directory
  readonly #self: Self
  /** Servers of a fresh session that have not described themselves yet. */
  readonly #expected = new Set<string>()
  readonly #waiting = new Set<() => void>()

  constructor(directory: Directory, self: Self) {
    this.directory = directory
    this.#self = self
  }

  /** A fresh session of one connection: what it does not name any more was left meanwhile. */
  expect(ids: readonly string[], isMine: (guildId: string) => boolean): void {
    for (const id of [...this.#expected]) if (isMine(id)) this.#expected.delete(id)
    for (const id of ids) this.#expected.add(id)
    for (const { id } of this.directory.guilds)
      if (isMine(id) && !ids.includes(id)) this.directory.removeGuild(id)
    this.#look()
  }

  /** Resolves when all expected servers have described themselves, or after `ms`: one may have an outage. */
  async complete(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#expected.size === 0) return
    const done = new AbortController()
    const wake = () => done.abort()
    this.#waiting.add(wake)
    await clock.sleep(ms, AbortSignal.any([signal, done.signal]))
    this.#waiting.delete(wake)
  }

  /**
   * Learns from an event of the gateway; `undefined` for one that says nothing about servers. `id` names the event.
   */
  apply(name: string, data: unknown, id: string, at: number): readonly InboundEvent[] | undefined {
    const events = this.#learn(name, data)
    return events?.map(({ channel, canWrite }) => this.#membership(channel, canWrite, id, at))
  }

  /** One sentence about every server in which the bot lacks rights, at most three of them; `undefined` without any. */
  describe(autoThread: boolean): string | undefined {
    const lines = this.directory.guilds.flatMap(({ id, name }) => {
      const missing = describeMissing(this.directory.rightsIn(id) ?? 0n, autoThread)
      return missing.length === 0 ? [] : [`In ${name} the bot may ${missing.join(', ')}.`]
    })
    if (lines.length === 0) return undefined
    const more = lines.length - maxNamed
    return [
      ...lines.slice(0, maxNamed),
      ...(more > 0 ? [`And in ${more} more servers.`] : []),
    ].join(' ')
  }

  #learn(name: string, data: unknown): readonly Change[] | undefined {
    switch (name) {
      case 'GUILD_CREATE':
      case 'GUILD_UPDATE':
        return this.#putGuild(data)
      case 'GUILD_DELETE':
        return this.#removeGuild(data)
      case 'CHANNEL_CREATE':
      case 'CHANNEL_UPDATE':
      case 'THREAD_CREATE':
      case 'THREAD_UPDATE': {
        const info = readChannel(data)
        if (!info?.guild_id) return []
        return this.directory.changes(info.guild_id, () => void this.directory.putChannel(info))
      }
      case 'CHANNEL_DELETE':
      case 'THREAD_DELETE': {
        const info = readChannel(data)
        const gone = info && this.directory.removeChannel(info.id)
        return gone ? [{ channel: gone, canWrite: false }] : []
      }
      case 'THREAD_LIST_SYNC': {
        const sync = readThreadSync(data)
        for (const thread of sync?.threads ?? []) this.directory.putChannel(thread, sync?.guild_id)
        return []
      }
      default:
        return this.#learnRights(name, data)
    }
  }

  #learnRights(name: string, data: unknown): readonly Change[] | undefined {
    const { directory } = this
    switch (name) {
      case 'GUILD_ROLE_CREATE':
      case 'GUILD_ROLE_UPDATE':
      case 'GUILD_ROLE_DELETE': {
        const { guild_id, role, role_id } = readRoleChange(data) ?? {}
        if (guild_id === undefined) return []
        return directory.changes(guild_id, () => {
          if (role) directory.putRole(guild_id, role)
          if (role_id !== undefined) directory.removeRole(guild_id, role_id)
        })
      }
      case 'GUILD_MEMBER_UPDATE': {
        const { guild_id, user, roles } = readMemberChange(data) ?? {}
        if (guild_id === undefined || user?.id !== directory.botId || !roles) return []
        return directory.changes(guild_id, () => directory.setOwnRoles(guild_id, roles))
      }
      default:
        return undefined
    }
  }

  /** A server that no session named before is one the bot was just added to. */
  #putGuild(data: unknown): readonly Change[] {
    const info = readGuild(data)
    if (!info || info.unavailable) return []
    const isNew = !this.directory.guild(info.id) && !this.#expected.delete(info.id)
    this.#expected.delete(info.id)
    if (!isNew) {
      const changes = this.directory.changes(info.id, () => void this.directory.putGuild(info))
      this.#look()
      return changes
    }
    this.directory.putGuild(info)
    const channel = this.#firstChannel(info.id)
    return channel ? [{ channel, canWrite: true }] : []
  }

  #removeGuild(data: unknown): readonly Change[] {
    const info = readGuild(data)
    // An outage of Discord; the server will describe itself again.
    if (!info || info.unavailable) return []
    this.#expected.delete(info.id)
    this.#look()
    return this.directory
      .removeGuild(info.id)
      .filter(({ type }) => chattyTypes.includes(type))
      .map((channel) => ({ channel, canWrite: false }))
  }

  /** Where a server greets people, or its first channel in which the bot can write. */
  #firstChannel(guildId: string): Channel | undefined {
    const { directory } = this
    const system = directory.channel(directory.guild(guildId)?.systemChannelId)
    if (system && directory.canWrite(system)) return system
    const texts = directory.channelsOf(guildId).filter(({ type }) => type === channelTypes.text)
    return texts.find((one) => directory.canWrite(one)) ?? texts[0]
  }

  #membership(channel: Channel, isMember: boolean, id: string, at: number): InboundEvent {
    const { name, account } = this.#self
    const { directory } = this
    // A thread that is gone has no entry any more, and its place is still the one below its channel.
    const place = placeOf(channel.id, channel.guildId, {
      channel: name,
      account,
      directory,
      autoThread: false,
      now: at,
    })
    const isLost = isThread(channel) && channel.parentId !== undefined && !place.address.thread
    const address = isLost
      ? { ...place.address, chat: channel.parentId, thread: channel.id }
      : place.address
    return {
      type: 'membership',
      id: `${id}:${channel.id}`,
      ...place,
      address,
      chatKind: isThread(channel) ? 'thread' : 'group',
      isMember,
      at,
    }
  }

  #look(): void {
    if (this.#expected.size > 0) return
    for (const wake of this.#waiting) wake()
  }
}
