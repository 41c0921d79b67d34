/**
 * A strict Discord on loopback: REST, gateway and file server in one. How to use it:
 *
 *   await using server = await startDiscord({ now: () => clock.now() })
 *   const guild = server.addGuild({ name: 'Workshop' })
 *   const general = guild.addChannel('general')
 *   const ann = server.addPerson('Ann', guild)
 *   new Client({ rest: { api: server.apiRoot }, … }).login(server.token)
 *   const message = ann.says(general, `${server.mention} hello`)      // or ann.says(ann.dm, 'hello')
 *   await server.waitFor(() => server.texts(general)[0] === 'hello yourself')
 *   ann.presses(server.sent[0], 'Yes'); ann.runsCommand(general, 'status')
 *   server.fail('create_message', { kind: 'lost' })                   // names as in Discord's OpenAPI document
 *   server.gateway.disconnect(); server.gateway.forgetSessions()     // also freeze, invalidate, isAcking, isRefusing
 *   server.rest.limits.set('create_message', { requests: 5, perMs: 5000 })
 *   assert.deepEqual(server.breaches, [])
 *
 * Whatever the bot does against the protocol is refused as the platform would, and stands in `breaches` as well:
 * bodies that the official schema refuses, keys it does not know, limits, pings that were not forbidden,
 * unknown endpoints, acknowledging twice, flooding the gateway.
 */
import { createServer, type Server } from 'node:http'
import type { APIUser } from 'discord.js'
import type { Fault, Target } from './discord-faults.ts'
import { Gateway } from './discord-gateway.ts'
import { Guild, type GuildOptions } from './discord-guild.ts'
import { type Interaction, Interactions } from './discord-interactions.ts'
import { type Channel, isEphemeral, type Message, noFlags } from './discord-model.ts'
import type { Operation } from './discord-operations.ts'
import { guildPayload } from './discord-payloads.ts'
import { Person } from './discord-people.ts'
import type { Platform } from './discord-platform.ts'
import { type Call, Rest } from './discord-rest.ts'
import { Watch } from './discord-watch.ts'
import { World } from './discord-world.ts'

export type DiscordServerOptions = {
  readonly token?: string
  readonly bot?: Partial<APIUser>
  /** The platform's clock, in milliseconds. */
  readonly now?: () => number
  readonly port?: number
  readonly heartbeatMs?: number
  /** Whether the developer has switched the message content intent on. */
  readonly isMessageContentAllowed?: boolean
  readonly isMembersAllowed?: boolean
  /** Identifies per day; one more voids the token. */
  readonly sessionStarts?: number
  readonly maxConcurrency?: number
  /** How long `enforce_nonce` finds the first message. */
  readonly nonceMs?: number
}

const botId = '100000000000000001'
const applicationId = '100000000000000002'

/** Starts a strict Discord for one bot on loopback. Its state lives as long as it does. */
export async function startDiscord(options: DiscordServerOptions = {}): Promise<DiscordServer> {
  const server = new DiscordServer(options)
  await server.listen(options.port ?? 0)
  return server
}

/** The server as a test holds it: `rest` and `gateway` are its halves, `world` what it remembers. */
export class DiscordServer implements AsyncDisposable {
  readonly world: World
  readonly platform: Platform
  readonly gateway: Gateway
  readonly rest: Rest
  readonly #http: Server
  readonly #watch = new Watch()
  #port = 0

  constructor(options: DiscordServerOptions) {
    const { now = Date.now, token = `${botId}.token.of-a-test` } = options
    const { isMessageContentAllowed = true, isMembersAllowed = false } = options
    this.world = new World(newBot(options.bot), applicationId, now)
    this.platform = {
      world: this.world,
      interactions: new Interactions(now),
      credentials: { token },
      commands: new Map(),
      nonceMs: options.nonceMs ?? 180_000,
      nonces: new Map(),
      typing: [],
      isMessageContentAllowed,
      breaches: [],
    }
    const { notify } = this.#watch
    const { heartbeatMs = 41_250, sessionStarts = 1000, maxConcurrency = 1 } = options
    const allowed = { isMessageContentAllowed, isMembersAllowed }
    const starts = { sessionStarts, maxConcurrency }
    this.gateway = new Gateway(this.platform, { heartbeatMs, ...allowed, ...starts }, notify)
    this.rest = new Rest(this.platform, this.gateway, notify)
    this.#http = createServer((request, response) => void this.rest.serve(request, response))
    this.#http.keepAliveTimeout = 60_000
    this.#http.on('upgrade', (request, socket, head) => this.gateway.upgrade(request, socket, head))
  }

  get token(): string {
    return this.platform.credentials.token
  }

  /** What the bot did against the protocol, in words. */
  get breaches(): string[] {
    return this.platform.breaches
  }

  /** The last REST requests, oldest first, and how many there were of each kind. */
  get calls(): readonly Call[] {
    return this.rest.calls
  }

  get counts(): ReadonlyMap<Operation, number> {
    return this.rest.counts
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** What `apiRoot` of the configuration, or `rest.api` of discord.js, is set to. */
  get apiRoot(): string {
    return `${this.url}/api`
  }

  get bot(): APIUser {
    return this.world.bot
  }

  /** As people write it to call the bot. */
  get mention(): string {
    return `<@${this.bot.id}>`
  }

  /** Messages of the bot in the order in which they were sent, as they are now, deleted ones included. */
  get sent(): readonly Message[] {
    return this.world.sent
  }

  /** What people and commands did that the bot can answer. */
  get interactions(): readonly Interaction[] {
    return this.platform.interactions.all
  }

  /** All messages of a channel that are there now, oldest first, those that only one person sees left out. */
  messages(channel: Channel | string): Message[] {
    const found = typeof channel === 'string' ? this.world.channels.get(channel) : channel
    return [...(found?.messages.values() ?? [])].filter((one) => !isEphemeral(one))
  }

  /** What the bot has said in a channel and not deleted, for one person or for all. */
  texts(channel: Channel): string[] {
    return this.sent
      .filter((one) => one.channel === channel && !one.isDeleted)
      .map(({ payload }) => payload.content)
  }

  /** A guild with the bot in it. */
  addGuild(options: GuildOptions = {}): Guild {
    const guild = new Guild(this.world, options)
    this.world.emit('GUILD_CREATE', guildPayload(this.world, guild), { guildId: guild.id })
    return guild
  }

  /** Somebody new, a member of these guilds. */
  addPerson(name: string, ...guilds: readonly Guild[]): Person {
    return this.addUser({ username: name.toLowerCase(), global_name: name }, ...guilds)
  }

  /** The same with any fields, `bot: true` for instance. */
  addUser(fields: Partial<APIUser>, ...guilds: readonly Guild[]): Person {
    const person = new Person(this.platform, this.world.addUser(fields.username ?? 'user', fields))
    for (const guild of guilds) guild.addMember(person)
    return person
  }

  /** Breaks the next `times` requests to `target`. */
  fail(target: Target, fault: Fault, times = 1): void {
    this.rest.faults.add(target, fault, times)
  }

  /** Calls of one endpoint, oldest first. */
  callsTo(operation: Operation): Call[] {
    return this.calls.filter((one) => one.operation === operation)
  }

  /** Resolves with what `predicate` returns once that is truthy; rejects after `limitMs`. */
  waitFor<T>(predicate: () => T, limitMs = 10_000): Promise<NonNullable<T>> {
    return this.#watch.waitFor(predicate, limitMs)
  }

  /** The developer resets the token: the bot is thrown out and cannot come back. */
  revokeToken(): void {
    this.platform.credentials.token = ''
    this.gateway.disconnect(4004)
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject)
      this.#http.listen(port, '127.0.0.1', resolve)
    })
    const address = this.#http.address()
    this.#port = typeof address === 'object' && address ? address.port : 0
    this.world.url = this.url
  }

  /** Refuses connections until `listen(port)`; the state stays, sessions included. Returns the port. */
  async goDown(): Promise<number> {
    const closed = new Promise((resolve) => this.#http.close(resolve))
    this.gateway.disconnect()
    this.#http.closeAllConnections()
    await closed
    return this.#port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.gateway.close()
    if (this.#http.listening) await this.goDown()
  }
}

function newBot(fields: Partial<APIUser> = {}): APIUser {
  return {
    id: botId,
    username: 'jackdaw',
    global_name: null,
    discriminator: '0',
    avatar: null,
    bot: true,
    public_flags: noFlags,
    flags: noFlags,
    primary_guild: null,
    ...fields,
  }
}
