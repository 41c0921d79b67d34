import {
  Client,
  type ClientOptions,
  Events,
  GatewayIntentBits,
  type Interaction,
  type Message,
  Partials,
} from 'discord.js'
import type { DiscordServer } from './discord.ts'

const { Guilds, GuildMessages, DirectMessages, MessageContent } = GatewayIntentBits
const { GuildMessageReactions, DirectMessageReactions } = GatewayIntentBits

/** A real client for a server, not logged in; `heard` and `events` collect what reaches its user. */
export class Bot implements AsyncDisposable {
  readonly client: Client
  readonly heard: Message[] = []
  readonly interactions: Interaction[] = []
  readonly events: string[] = []

  constructor(server: DiscordServer, options: Partial<ClientOptions> = {}) {
    this.client = new Client({
      intents: [
        Guilds,
        GuildMessages,
        DirectMessages,
        MessageContent,
        GuildMessageReactions,
        DirectMessageReactions,
      ],
      partials: [Partials.Channel, Partials.Message, Partials.Reaction, Partials.User],
      allowedMentions: { parse: [], repliedUser: false },
      failIfNotExists: false,
      enforceNonce: true,
      ...options,
      rest: { api: server.apiRoot, retries: 0, ...options.rest },
    })
    this.client.on(Events.MessageCreate, (message) => void this.heard.push(message))
    this.client.on(Events.InteractionCreate, (one) => void this.interactions.push(one))
    for (const event of Object.values(Events)) {
      this.client.on(String(event), () => void this.events.push(event))
    }
  }

  /** Logs in and waits for the guilds. */
  async login(token: string): Promise<this> {
    const ready = new Promise((resolve) => this.client.once(Events.ClientReady, resolve))
    await this.client.login(token)
    await ready
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.destroy()
  }
}
