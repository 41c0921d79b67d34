import { DiscordChannel } from '../../../channels/discord/adapter.ts'
import { systemClock } from '../../../core/clock.ts'
import type { ChannelAdapter } from '../../../core/ports.ts'
import { readDiscord } from '../../fakes/discord-reader.ts'
import { type DiscordServer, startDiscord } from '../../servers/discord.ts'
import type { Fault } from '../../servers/discord-faults.ts'
import type { Channel, Message } from '../../servers/discord-model.ts'
import type { Person } from '../../servers/discord-people.ts'
import type { ChannelUnderTest } from '../channel.ts'
import type { Place, Platform, ReceiveFault, Said, Saying, SendFault, Shown } from './platform.ts'

const timing = {
  answerMs: 1500,
  ackMs: 500,
  guildsMs: 1000,
  newSessionMs: 10,
  identifyMs: 10,
  minBackoffMs: 10,
  maxBackoffMs: 50,
}

const faults: Readonly<Record<SendFault, Fault>> = {
  busy: { kind: 'limit', retryAfter: 1 },
  broken: { kind: 'page', status: 502 },
  cut: { kind: 'cut' },
  lost: { kind: 'lost' },
  silent: { kind: 'hang', acts: true },
  blocked: { kind: 'error', status: 403, code: 50_007 },
}

export const discordUnderTest: ChannelUnderTest = {
  name: 'Discord',
  cannot: {},
  async start() {
    return new DiscordPlatform(await startDiscord({ heartbeatMs: 300 }))
  },
}

/** Ana, Bob and a foreign bot in a server with one channel and a thread in it. */
export class DiscordPlatform implements Platform {
  readonly #server: DiscordServer
  readonly #autoThread: boolean
  readonly #ana: Person
  readonly #bob: Person
  readonly #robot: Person
  readonly #general: Channel
  readonly #thread: Channel
  readonly #said = new Map<string, { readonly message: Message; readonly by: Person }>()

  constructor(server: DiscordServer, { autoThread = false } = {}) {
    this.#server = server
    this.#autoThread = autoThread
    const guild = server.addGuild({ name: 'Workshop' })
    this.#ana = server.addPerson('Ana', guild)
    this.#bob = server.addPerson('Bob', guild)
    this.#robot = server.addUser({ username: 'robot', bot: true }, guild)
    this.#general = guild.addChannel('general')
    this.#thread = this.#ana.opensThread(this.#general, 'plans')
  }

  connect(): ChannelAdapter {
    const { token, apiRoot } = this.#server
    return new DiscordChannel({
      name: 'discord',
      token,
      apiRoot,
      autoThread: this.#autoThread,
      clock: systemClock,
      timing,
    })
  }

  get ana(): Person {
    return this.#ana
  }

  async says(place: Place, text: string, { by = 'ana', to, file }: Saying = {}): Promise<Said> {
    const person = { ana: this.#ana, bob: this.#bob, bot: this.#robot }[by]
    const channel = this.#channelOf(place)
    const replyTo = this.#server.sent.findLast((one) => one.channel === channel)
    const called = { mention: `${this.#server.mention} ${text}`, everyone: `@everyone ${text}` }
    const words = to === 'mention' || to === 'everyone' ? called[to] : text
    const { name, mime, content, claims } = file ?? {}
    const attachment = { name, mime, content, size: claims }
    const given = Object.entries(attachment).filter(([, value]) => value !== undefined)
    const message = person.says(channel, words, {
      ...(to === 'reply' && replyTo && { replyTo }),
      ...(to === 'everyone' && { fields: { mention_everyone: true } }),
      ...(file && { attachments: [Object.fromEntries(given)] }),
    })
    this.#said.set(message.id, { message, by: person })
    return { place, id: message.id }
  }

  async edits({ id }: Said, text: string): Promise<void> {
    const { message, by } = this.#find(id)
    by.edits(message, text)
  }

  async deletes({ id }: Said): Promise<void> {
    const { message, by } = this.#find(id)
    by.deletes(message)
  }

  async repeats(): Promise<void> {
    // The platform's own way to say a thing twice: the next dispatch comes two times.
    this.#server.gateway.duplicateNext()
  }

  async presses(_place: Place, shown: Shown, label: string): Promise<void> {
    const message = this.#server.sent.find(({ id }) => id === shown.id)
    if (message) this.#ana.presses(message, label)
  }

  async reacts(_place: Place, shown: Shown, emoji: string): Promise<void> {
    const message = this.#server.sent.find(({ id }) => id === shown.id)
    if (message) this.#ana.reacts(message, emoji)
  }

  shown(place: Place): readonly Shown[] {
    const channel = this.#channelOf(place)
    return this.#server.sent
      .filter((one) => one.channel === channel && !one.isDeleted)
      .map(({ id, payload, files }) => ({
        id,
        text: readDiscord(payload.content, 'desktop')
          .map(({ text }) => text)
          .join(''),
        files: files.map(({ name, content }) => ({ name, content })),
        buttons: labelsOf(payload.components),
      }))
  }

  typed(): number {
    return this.#server.platform.typing.length
  }

  spoilsSend(fault: SendFault): void {
    this.#server.fail('create_message', faults[fault])
  }

  async spoilsReceiving(fault: ReceiveFault): Promise<void> {
    const { gateway } = this.#server
    switch (fault) {
      case 'cut':
        gateway.forgetSessions()
        return gateway.disconnect()
      case 'half-open':
        return gateway.freeze()
      case 'garbage':
        gateway.sendRaw('<html>')
        return gateway.sendRaw('{"op":0,"t":"MESSAGE_CREATE","s":999999,"d":null}')
    }
  }

  breaches(): readonly string[] {
    return this.#server.breaches
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
  }

  #channelOf(place: Place): Channel {
    return { direct: this.#ana.dm, group: this.#general, thread: this.#thread }[place]
  }

  #find(id: string) {
    const said = this.#said.get(id)
    if (said) return said
    throw new Error(`Nobody said ${id}.`)
  }
}

/** Components nest: rows hold buttons. */
function labelsOf(components: unknown): readonly string[] {
  if (!Array.isArray(components)) return []
  return components.flatMap((one: { label?: string; components?: unknown }) =>
    one.label === undefined ? labelsOf(one.components) : [one.label],
  )
}
