import { DiscordChannel, type DiscordOptions } from '../../channels/discord/adapter.ts'
import { systemClock } from '../../core/clock.ts'
import type { ChatKind, Chunk, ReplyRoute } from '../../core/model.ts'
import type { KnownPlace, OutboundDelivery } from '../../core/ports.ts'
import { type DiscordServer, type DiscordServerOptions, startDiscord } from '../servers/discord.ts'
import type { Guild } from '../servers/discord-guild.ts'
import type { Channel } from '../servers/discord-model.ts'
import type { Person } from '../servers/discord-people.ts'
import { RecordingHost } from './channel-host.ts'

/** Short enough for tests that wait for a failure, long enough for a busy machine. */
export const quickTiming = {
  answerMs: 5_000,
  minBackoffMs: 10,
  maxBackoffMs: 50,
  newSessionMs: 10,
  identifyMs: 0,
}

export const signal = new AbortController().signal

/** A channel, the server behind it and the host before it, all stopped together. */
export class DiscordRig implements AsyncDisposable {
  readonly server: DiscordServer
  readonly guild: Guild
  readonly general: Channel
  readonly ann: Person
  readonly host = new RecordingHost()
  channel: DiscordChannel
  readonly #options: Partial<DiscordOptions>

  constructor(server: DiscordServer, options: Partial<DiscordOptions>) {
    this.server = server
    this.guild = server.addGuild({ name: 'Workshop' })
    this.general = this.guild.addChannel('general')
    this.ann = server.addPerson('Ann', this.guild)
    this.#options = options
    this.channel = this.#newChannel()
  }

  /** Connects and waits until the servers are known. */
  async start(): Promise<void> {
    await this.channel.start(this.host, signal)
    await this.host.waitFor(() => this.host.state === 'up')
  }

  /** As after a crash: nothing of the old channel is left but what the host has. */
  async restart(): Promise<void> {
    await this.channel.stop()
    this.host.reports.length = 0
    this.channel = this.#newChannel()
    await this.start()
  }

  /** What the store would say of where the bot was heard. */
  learnPlaces(): void {
    const places = new Map<string, KnownPlace>()
    for (const { address, chatKind, id, sentAt } of this.host.messages) {
      const key = `${address.chat}/${address.thread}`
      places.set(key, { address, chatKind, lastMessageId: id, at: sentAt })
    }
    this.host.known = [...places.values()].reverse()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.channel.stop()
    await this.server[Symbol.asyncDispose]()
  }

  #newChannel(): DiscordChannel {
    const { server } = this
    return new DiscordChannel({
      name: 'discord',
      token: server.token,
      apiRoot: server.apiRoot,
      clock: systemClock,
      autoThread: false,
      ...this.#options,
      timing: { ...quickTiming, ...this.#options.timing },
    })
  }
}

/** Starts a server with one guild, its channel "general" and Ann in it, and a channel on it. */
export async function startRig(
  options: Partial<DiscordOptions> & { server?: DiscordServerOptions } = {},
): Promise<DiscordRig> {
  const { server: serverOptions, ...channelOptions } = options
  const rig = new DiscordRig(await startDiscord(serverOptions), channelOptions)
  try {
    await rig.start()
    return rig
  } catch (error) {
    await rig[Symbol.asyncDispose]()
    throw error
  }
}

/** A delivery to a channel of the server. */
export function deliveryTo(
  channel: Channel,
  chunk: Chunk,
  more: Partial<ReplyRoute> & { readonly key?: string; readonly filePath?: string } = {},
): OutboundDelivery {
  const { key = 'key-1', filePath, ...route } = more
  const chatKind: ChatKind = channel.guild ? 'group' : 'dm'
  const to: ReplyRoute = {
    channel: 'discord',
    account: 'discord:1',
    chat: channel.id,
    chatKind,
    ...route,
  }
  return { id: 'd1', key, to, chunk, ...(filePath === undefined ? {} : { filePath }) } as const
}
