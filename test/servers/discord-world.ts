import type { APIMessage, APIOverwrite, APIUser } from 'discord.js'
import type { Emit } from './discord-events.ts'
import { DiscordFailure } from './discord-failure.ts'
import {
  type Channel,
  type ChannelKind,
  type GuildState,
  isEphemeral,
  type Message,
  noFlags,
  type StoredFile,
  type Thread,
} from './discord-model.ts'
import { Snowflakes } from './discord-snowflakes.ts'

/** Everything the platform remembers about one bot: people, guilds, channels, messages, files. */
export class World {
  readonly bot: APIUser
  readonly applicationId: string
  readonly now: () => number
  readonly users = new Map<string, APIUser>()
  readonly guilds = new Map<string, GuildState>()
  readonly channels = new Map<string, Channel>()
  readonly files = new Map<string, StoredFile>()
  /** All messages of the bot, in the order in which they were sent. */
  readonly sent: Message[] = []
  /** People who take no messages, and those who share no guild with the bot, by id. */
  readonly closed = new Set<string>()
  readonly strangers = new Set<string>()
  /** Where everything is served, once the server listens. */
  url = ''
  /** Hands an event to the gateway; set by it. */
  emit: Emit = () => undefined
  readonly #ids: Snowflakes
  /** Direct chats by the person's id. */
  readonly #direct = new Map<string, Channel>()

  constructor(bot: APIUser, applicationId: string, now: () => number) {
    this.bot = bot
    this.applicationId = applicationId
    this.now = now
    this.#ids = new Snowflakes(now)
    this.users.set(bot.id, bot)
  }

  nextId(): string {
    return this.#ids.next()
  }

  /** The platform's way to write the time. */
  timestamp(): string {
    return new Date(this.now()).toISOString().replace('Z', '000+00:00')
  }

  addUser(name: string, fields: Partial<APIUser> = {}): APIUser {
    const user: APIUser = {
      id: fields.id ?? this.nextId(),
      username: name.toLowerCase(),
      global_name: name,
      discriminator: '0',
      avatar: null,
      public_flags: noFlags,
      flags: noFlags,
      primary_guild: null,
      ...fields,
    }
    this.users.set(user.id, user)
    return user
  }

  /** The direct chat of the bot with a person, made when it is new. */
  directChannel(user: APIUser): Channel {
    const known = this.#direct.get(user.id)
    if (known) return known
    const channel = this.addChannel({ type: 1, name: '', recipient: user })
    this.#direct.set(user.id, channel)
    return channel
  }

  addChannel(fields: {
    readonly id?: string
    readonly type: ChannelKind
    readonly name: string
    readonly guild?: GuildState
    readonly parentId?: string
    readonly recipient?: APIUser
    readonly thread?: Thread
    readonly overwrites?: APIOverwrite[]
  }): Channel {
    const channel: Channel = {
      id: fields.id ?? this.nextId(),
      type: fields.type,
      name: fields.name,
      guild: fields.guild,
      parentId: fields.parentId,
      recipient: fields.recipient,
      thread: fields.thread,
      overwrites: fields.overwrites ?? [],
      messages: new Map(),
    }
    this.channels.set(channel.id, channel)
    channel.guild?.channels.set(channel.id, channel)
    return channel
  }

  /** The channel with this id; throws 10003. */
  getChannel(id: string): Channel {
    const channel = this.channels.get(id)
    if (!channel) throw new DiscordFailure(10003)
    return channel
  }

  /** The message with this id that everybody in the channel sees; throws 10008. */
  getMessage(channel: Channel, id: string): Message {
    const message = channel.messages.get(id)
    if (!message || isEphemeral(message)) throw new DiscordFailure(10008)
    return message
  }

  /** Keeps a message under a new id, or under `fields.id`. */
  addMessage(
    channel: Channel,
    author: APIUser,
    fields: Partial<APIMessage>,
    files: StoredFile[] = [],
  ): Message {
    const id = fields.id ?? this.nextId()
    const payload: APIMessage = {
      id,
      channel_id: channel.id,
      author,
      content: '',
      timestamp: this.timestamp(),
      edited_timestamp: null,
      tts: false,
      mention_everyone: false,
      mentions: [],
      mention_roles: [],
      attachments: [],
      embeds: [],
      components: [],
      pinned: false,
      type: 0,
      flags: noFlags,
      ...fields,
    }
    const message: Message = {
      id,
      channel,
      payload,
      files,
      reactions: new Map(),
      edits: 0,
      isDeleted: false,
    }
    channel.messages.set(id, message)
    for (const file of files) this.files.set(file.id, file)
    if (author.id === this.bot.id) this.sent.push(message)
    return message
  }

  /** Forgets a message; who holds it sees `isDeleted`. */
  removeMessage(message: Message): void {
    message.isDeleted = true
    message.channel.messages.delete(message.id)
  }
}
