import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import {
  type Dispatches,
  type EventName,
  intentFor,
  isMeantFor,
  type Scope,
  withoutContent,
} from './discord-events.ts'
import { guildPayload } from './discord-payloads.ts'
import { may } from './discord-permissions.ts'
import type { Platform } from './discord-platform.ts'
import { eventProblem } from './discord-schema.ts'
import { Session } from './discord-session.ts'
import { Connection, type GatewayOptions } from './discord-socket.ts'

/**
 * The gateway: sessions and their sockets. What a test may do to it: `disconnect`, `freeze`, `reconnect`, `invalidate`,
 * `forgetSessions`, `sendRaw`, `duplicateNext`, `swapNext`, and the switches `isRefusing` and `isAcking`.
 */
export class Gateway {
  readonly platform: Platform
  readonly options: GatewayOptions
  readonly notify: () => void
  readonly sessions = new Map<string, Session>()
  /** Off: sockets are cut during the handshake. */
  isRefusing = false
  /** Off: heartbeats go unanswered, as on a half-open connection. */
  isAcking = true
  /** The fewest shards a bot must have; with fewer it is closed with 4011. */
  minShards = 1
  identifies = 0
  resumes = 0
  /** Close codes the bot was sent or sent itself, in order. */
  readonly closes: number[] = []
  readonly #sockets = new WebSocketServer({ noServer: true })
  readonly #connections = new Set<Connection>()
  #sessionIds = 0
  #duplicates = 0
  #isSwapping = false
  #held: { readonly session: Session; readonly frame: string } | undefined

  constructor(platform: Platform, options: GatewayOptions, notify: () => void) {
    this.platform = platform
    this.options = options
    this.notify = notify
    platform.world.emit = (event, data, scope) => this.dispatch(event, data, scope)
  }

  /** Sessions with an open socket. */
  get connected(): Session[] {
    return [...this.sessions.values()].filter(({ socket }) => socket !== undefined)
  }

  get startsLeft(): number {
    return Math.max(0, this.options.sessionStarts - this.identifies)
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.isRefusing) {
      socket.destroy()
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#accept(ws, request))
  }

  /** Sends an event to every session that wants it and may have it; those without a socket get it on resume. */
  dispatch<K extends EventName>(event: K, data: Dispatches[K], scope: Scope): void {
    const { world } = this.platform
    const guildId = scope.channel?.guild?.id ?? scope.guildId
    if (scope.channel && !may(scope.channel, world.bot.id, 'VIEW_CHANNEL')) return
    if (guildId !== undefined && !world.guilds.get(guildId)?.members.has(world.bot.id)) return
    const problem = eventProblem(event, data)
    if (problem) throw new Error(`The server made an impossible ${event}: ${problem}`)
    const intent = intentFor(event, scope)
    for (const session of this.sessions.values()) {
      if (!session.holds(guildId) || !session.wants(intent)) continue
      this.send(session, event, session.seesContent ? data : this.#withoutContent(data, scope))
    }
  }

  /** Sends one event to one session. */
  send(session: Session, event: EventName, data: object): void {
    const frame = session.frame(event, data)
    if (this.#isSwapping) {
      this.#isSwapping = false
      this.#held = { session, frame }
      return
    }
    session.socket?.send(frame)
    if (this.#duplicates > 0) {
      this.#duplicates -= 1
      session.socket?.send(frame)
    }
    this.#held?.session.socket?.send(this.#held.frame)
    this.#held = undefined
  }

  /** Opens a session for an accepted identify: READY, then the guilds. */
  open(intents: number, shard: readonly [number, number], socket: WebSocket): Session {
    this.#sessionIds += 1
    const session = new Session(`session${this.#sessionIds}`, intents, shard)
    session.socket = socket
    this.sessions.set(session.id, session)
    const { world } = this.platform
    const guilds = [...world.guilds.values()].filter(
      ({ id, members }) => members.has(world.bot.id) && session.holds(id),
    )
    this.send(session, 'READY', {
      v: 10,
      user: world.bot,
      guilds: guilds.map(({ id }) => ({ id, unavailable: true })),
      session_id: session.id,
      session_type: 'normal',
      private_channels: [],
      resume_gateway_url: world.url.replace('http', 'ws'),
      shard,
      application: { id: world.applicationId, flags: 0 },
    })
    if (!session.wants(1)) return session
    for (const guild of guilds) {
      if (guild.isAvailable) this.send(session, 'GUILD_CREATE', guildPayload(world, guild))
    }
    return session
  }

  /** Cuts sockets without a close frame, or closes them with `code`; sessions can be resumed. */
  disconnect(code?: number): void {
    for (const connection of this.#connections) connection.end(code)
  }

  /** Today's connections die silently: half-open, as after a change of network. New ones work. */
  freeze(): void {
    for (const connection of this.#connections) connection.freeze()
  }

  /** Asks clients to come back and resume (op 7). */
  reconnect(): void {
    for (const { socket } of this.connected) socket?.send('{"op":7,"d":null,"s":null,"t":null}')
  }

  /** Tells clients that their session is over (op 9), with or without a resume. */
  invalidate(canResume = false): void {
    for (const session of this.connected) {
      if (!canResume) this.sessions.delete(session.id)
      session.socket?.send(JSON.stringify({ op: 9, d: canResume, s: null, t: null }))
    }
  }

  /** Resumes of today's sessions fail, and what they missed is lost. */
  forgetSessions(): void {
    for (const session of this.sessions.values()) session.isResumable = false
  }

  /** `GET /gateway/bot`. */
  startAnswer(): object {
    const { sessionStarts: total, maxConcurrency } = this.options
    const limit = { total, remaining: this.startsLeft, reset_after: 0 }
    return {
      url: this.platform.world.url.replace('http', 'ws'),
      shards: this.minShards,
      session_start_limit: { ...limit, max_concurrency: maxConcurrency },
    }
  }

  /** Asks clients for a heartbeat at once. */
  requestHeartbeat(): void {
    this.sendRaw('{"op":1,"d":null,"s":null,"t":null}')
  }

  /** Anything as a frame, unchecked. */
  sendRaw(text: string): void {
    for (const { socket } of this.connected) socket?.send(text)
  }

  /** The next `times` events come twice, with the same number. */
  duplicateNext(times = 1): void {
    this.#duplicates = times
  }

  /** The next event comes after the one that follows it. */
  swapNext(): void {
    this.#isSwapping = true
  }

  close(): void {
    for (const connection of this.#connections) connection.end()
    this.#sockets.close()
  }

  #accept(ws: WebSocket, request: IncomingMessage): void {
    const connection = new Connection(this, ws, request.url ?? '/')
    this.#connections.add(connection)
    ws.on('close', (code) => {
      this.closes.push(code)
      this.#connections.delete(connection)
      this.notify()
    })
  }

  /** Whatever of an event, and of the message it answers, is not meant for the bot goes without its content. */
  #withoutContent(data: object, { channel }: Scope): object {
    if (!channel?.guild || !('content' in data)) return data
    const answered: unknown = Reflect.get(data, 'referenced_message')
    const inner =
      typeof answered === 'object' && answered !== null
        ? { referenced_message: this.#bare(answered) }
        : {}
    return { ...this.#bare(data), ...inner }
  }

  #bare(message: object): object {
    return isMeantFor(this.platform.world.bot.id, message) ? message : withoutContent(message)
  }
}
