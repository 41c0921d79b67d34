import type { APIMessage, APIUser } from 'discord.js'
import { announce, withdraw } from './discord-announce.ts'
import type { Interaction } from './discord-interactions.ts'
import { type Channel, isThreadKind, type Message, type StoredFile } from './discord-model.ts'
import { may } from './discord-permissions.ts'
import type { Platform } from './discord-platform.ts'
import { pressOf, runOf } from './discord-presses.ts'
import { addReaction, removeReaction } from './discord-reactions.ts'
import { forwardFields } from './discord-references.ts'
import { filled } from './discord-sending.ts'
import { changeThread, joinThread, openThread } from './discord-threads.ts'

export type FileOptions = {
  readonly name?: string
  readonly content?: Buffer
  readonly mime?: string
  /** Bytes the platform claims, to test limits without megabytes. */
  readonly size?: number
  readonly description?: string
  readonly seconds?: number
  readonly waveform?: string
  readonly width?: number
  readonly height?: number
}

export type Saying = {
  readonly replyTo?: Message
  /** Whether the reply calls its author; people do unless they switch it off. */
  readonly pings?: boolean
  readonly forwardOf?: Message
  readonly attachments?: readonly FileOptions[]
  /** Besides those written out as `<@id>`. */
  readonly mentions?: readonly { readonly user: APIUser }[]
  readonly flags?: number
  readonly type?: number
  /** Any other field of the message. */
  readonly fields?: Partial<APIMessage>
}

const voiceFlag = 1 << 13

/** Somebody on the other side. What they do becomes events for the bot; returned messages change with what happens. */
export class Person {
  readonly user: APIUser
  readonly #platform: Platform

  constructor(platform: Platform, user: APIUser) {
    this.#platform = platform
    this.user = user
  }

  get id(): string {
    return this.user.id
  }

  /** As others write it to call this person. */
  get mention(): string {
    return `<@${this.user.id}>`
  }

  /** The direct chat with the bot. */
  get dm(): Channel {
    return this.#platform.world.directChannel(this.user)
  }

  says(channel: Channel, content: string, saying: Saying = {}): Message {
    const { world } = this.#platform
    const { thread } = channel
    if (channel.type === 15) throw new Error('In a forum people open posts: use opensPost.')
    if (
      channel.guild &&
      !may(channel, this.id, thread ? 'SEND_MESSAGES_IN_THREADS' : 'SEND_MESSAGES')
    ) {
      throw new Error(`${this.user.username} may not write in ${channel.name}.`)
    }
    if (thread?.archived) changeThread(world, channel, false)
    thread?.members.add(this.id)
    const files = (saying.attachments ?? []).map((file) => this.#file(file))
    const message = world.addMessage(
      channel,
      this.user,
      this.#fieldsOf(channel, content, saying),
      files,
    )
    // Who is called in a private thread joins it.
    for (const { id } of message.payload.mentions) joinThread(world, channel, id)
    announce(world, 'MESSAGE_CREATE', message)
    return message
  }

  sendsVoice(channel: Channel, file: FileOptions = {}): Message {
    const voice = { name: 'voice-message.ogg', mime: 'audio/ogg', seconds: 3.2, waveform: 'AAAA' }
    return this.says(channel, '', { attachments: [{ ...voice, ...file }], flags: voiceFlag })
  }

  edits(message: Message, content: string): void {
    const edited = { content, edited_timestamp: this.#platform.world.timestamp() }
    this.#change(message, { ...edited, ...this.#mentionsIn(message.channel, content) })
    message.edits += 1
  }

  /** The platform adds a preview of a link: an update that is no edit. */
  unfurls(message: Message, title: string): void {
    this.#change(message, { embeds: filled([{ title }]) })
  }

  deletes(message: Message): void {
    withdraw(this.#platform.world, message)
  }

  /** Removes several messages of a channel at once. */
  purges(messages: readonly Message[]): void {
    withdraw(this.#platform.world, ...messages)
  }

  /** `👍`, or `name:id` of a custom one. */
  reacts(message: Message, emoji: string): void {
    addReaction(this.#platform.world, message, emoji, this.user)
  }

  takesBack(message: Message, emoji: string): void {
    removeReaction(this.#platform.world, message, emoji, this.user)
  }

  types(channel: Channel): void {
    const guild = channel.guild ? { guild_id: channel.guild.id } : {}
    const timestamp = Math.floor(this.#platform.world.now() / 1000)
    const data = { channel_id: channel.id, user_id: this.id, timestamp, ...guild }
    this.#platform.world.emit('TYPING_START', data, { channel })
  }

  /** Opens a thread in a channel, on a message when one is given. */
  opensThread(
    channel: Channel,
    name: string,
    options: { readonly from?: Message; readonly isPrivate?: boolean } = {},
  ): Channel {
    const { from, isPrivate = false } = options
    return openThread(this.#platform.world, channel, this.user, {
      name,
      type: isPrivate ? 12 : 11,
      ...(from ? { from } : {}),
    })
  }

  /** Opens a post in a forum: a thread whose first message has the thread's id. */
  opensPost(
    forum: Channel,
    name: string,
    content: string,
    saying: Saying = {},
  ): { post: Channel; message: Message } {
    const post = openThread(this.#platform.world, forum, this.user, { name })
    const fields = { ...saying.fields, id: post.id }
    return { post, message: this.says(post, content, { ...saying, fields }) }
  }

  archives(thread: Channel, options: { readonly locks?: boolean } = {}): void {
    changeThread(this.#platform.world, thread, true, options.locks ?? false)
  }

  /** Presses the button with this custom id or label; for a menu, `values` are what was chosen. */
  presses(message: Message, button: string, values?: readonly string[]): Interaction {
    return pressOf(this.#platform, this.user, message, button, values)
  }

  /** Runs a command that the bot has registered. */
  runsCommand(
    channel: Channel,
    name: string,
    options: Readonly<Record<string, string | number | boolean>> = {},
  ): Interaction {
    return runOf(this.#platform, this.user, channel, name, options)
  }

  /** Takes no messages from the bot any more (50007), or takes them again. */
  closesDms(isClosed = true): void {
    const { closed } = this.#platform.world
    if (isClosed) closed.add(this.id)
    else closed.delete(this.id)
  }

  /** Shares no guild with the bot any more (50278), or does again. */
  leavesAll(hasLeft = true): void {
    const { strangers } = this.#platform.world
    if (hasLeft) strangers.add(this.id)
    else strangers.delete(this.id)
  }

  #change(message: Message, fields: Partial<APIMessage>): void {
    const { world } = this.#platform
    message.payload = { ...message.payload, ...fields }
    announce(world, 'MESSAGE_UPDATE', message)
  }

  #fieldsOf(channel: Channel, content: string, saying: Saying): Partial<APIMessage> {
    const { replyTo, pings = true, forwardOf, mentions = [], flags = 0, type, fields } = saying
    const { world } = this.#platform
    const named = this.#mentionsIn(channel, content)
    const called = [...(named.mentions ?? []), ...mentions.map(({ user }) => user)]
    if (replyTo && pings) called.push(replyTo.payload.author)
    const source = replyTo ?? forwardOf
    const guildId = source?.channel.guild?.id
    const reference = source && {
      message_id: source.id,
      channel_id: source.channel.id,
      type: forwardOf ? 1 : 0,
      ...(guildId === undefined ? {} : { guild_id: guildId }),
    }
    const forward = forwardOf ? forwardFields(world, forwardOf) : {}
    return {
      type: type ?? (replyTo ? 19 : 0),
      content,
      ...forward,
      flags: flags | (forward.flags ?? 0),
      ...named,
      mentions: [...new Map(called.map((user) => [user.id, user])).values()],
      ...(reference ? { message_reference: reference } : {}),
      ...(isThreadKind(channel.type) ? { position: channel.messages.size } : {}),
      ...fields,
    }
  }

  /** What the platform reads from the text. */
  #mentionsIn({ guild }: Channel, content: string): Partial<APIMessage> {
    const { users } = this.#platform.world
    const ids = [...content.matchAll(/<@!?(\d+)>/g)].map(([, id = '']) => id)
    const roles = [...content.matchAll(/<@&(\d+)>/g)].map(([, id = '']) => id)
    return {
      mentions: ids.flatMap((id) => users.get(id) ?? []),
      mention_roles: roles.filter((id) => guild?.roles.has(id)),
      mention_everyone: guild !== undefined && /@(everyone|here)\b/.test(content),
    }
  }

  #file(file: FileOptions): StoredFile {
    const { name = 'notes.txt', content = Buffer.from('content'), size = content.length } = file
    const mime = file.mime ?? (name.endsWith('.txt') ? 'text/plain; charset=utf-8' : undefined)
    const id = this.#platform.world.nextId()
    return { ...file, id, name, content, size, ...(mime === undefined ? {} : { mime }) }
  }
}
