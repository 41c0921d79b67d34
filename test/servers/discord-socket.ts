import type { WebSocket } from 'ws'
import { contentIntent, type EventName, knownIntents, memberIntents } from './discord-events.ts'
import type { Platform } from './discord-platform.ts'
import type { Session } from './discord-session.ts'

const maxFrames = 120
const framesWithinMs = 60_000
/** For machines under load. */
const graceMs = 1000
/** After these a session cannot be resumed. */
const finalCodes = new Set([4004, 4007, 4009, 4010, 4011, 4012, 4013, 4014])

export type GatewayOptions = {
  readonly heartbeatMs: number
  /** What the developer has switched on; the others close an identify with 4014. */
  readonly isMessageContentAllowed: boolean
  readonly isMembersAllowed: boolean
  /** Identifies per day. */
  readonly sessionStarts: number
  /** How many identifies may come at once. */
  readonly maxConcurrency: number
}

/** What a connection needs of the gateway. */
type Hub = {
  readonly options: GatewayOptions
  readonly platform: Platform
  readonly sessions: Map<string, Session>
  readonly isAcking: boolean
  readonly minShards: number
  readonly startsLeft: number
  readonly notify: () => void
  identifies: number
  resumes: number
  open(intents: number, shard: readonly [number, number], socket: WebSocket): Session
  send(session: Session, event: EventName, data: object): void
  forgetSessions(): void
}

/** One socket of the bot, from hello to close. A breach of the protocol closes it with the platform's code. */
export class Connection {
  readonly #gateway: Hub
  readonly #socket: WebSocket
  #session: Session | undefined
  /** A beat may be on its way when a resume is turned down; it still counts the session that was asked for. */
  #isTurnedDown = false
  #isOver = false
  #silence: NodeJS.Timeout | undefined
  /** When frames came, to count those of the last minute. */
  #frames: number[] = []

  constructor(gateway: Hub, socket: WebSocket, url: string) {
    this.#gateway = gateway
    this.#socket = socket
    socket.on('error', () => this.end())
    socket.on('message', (data) => this.#receive(String(data)))
    socket.on('close', (code) => this.#leave(code))
    const query = new URL(url, 'ws://gateway').searchParams
    if (query.get('v') !== '10' || query.get('encoding') !== 'json') {
      this.#refuse(4012, `connected with ${query}`)
    } else {
      this.#send(10, { heartbeat_interval: gateway.options.heartbeatMs })
      this.#expectHeartbeat()
    }
  }

  /** Nothing gets through any more, in either direction, and neither side is told; the session can be resumed. */
  freeze(): void {
    clearTimeout(this.#silence)
    this.#socket.pause()
    this.#detach()
  }

  /** Closes with `code`; without one the connection just breaks. */
  end(code?: number): void {
    this.#isOver = true
    clearTimeout(this.#silence)
    if (code === undefined) this.#socket.terminate()
    else this.#socket.close(code)
    this.#detach()
  }

  #receive(text: string): void {
    if (this.#isOver) return
    if (this.#isFlooding()) return void this.#refuse(4008, `over ${maxFrames} frames in a minute`)
    const frame = parseFrame(text)
    if (!frame) return void this.#refuse(4002, `sent ${text.slice(0, 80)}`)
    const { op } = frame
    const d = Object(frame.d ?? {})
    if (op === 1) {
      this.#expectHeartbeat()
      const last = this.#session?.seq ?? 0
      if (typeof frame.d === 'number' && frame.d > last && !this.#isTurnedDown) {
        return void this.#refuse(4007, `a heartbeat with ${frame.d} after ${last} events`)
      }
      if (this.#gateway.isAcking) this.#send(11, null)
    } else if (op === 2) this.#identify(d)
    else if (op === 6) this.#resume(d)
    else if (!this.#session) this.#refuse(4003, `sent op ${op} before it identified`)
    else if (![3, 4, 8, 31].includes(op)) this.#refuse(4001, `sent op ${op}`)
    this.#gateway.notify()
  }

  #identify(d: Readonly<Record<string, unknown>>): void {
    const { options, platform, minShards, startsLeft } = this.#gateway
    const { token, intents } = d
    if (this.#session) return void this.#refuse(4005, 'identified twice')
    if (startsLeft === 0) {
      platform.credentials.token = ''
      return void this.#refuse(
        4004,
        `identified over ${options.sessionStarts} times: the token is void`,
      )
    }
    this.#gateway.identifies += 1
    if (token !== platform.credentials.token) return void this.#close(4004)
    if (typeof intents !== 'number' || (intents & ~knownIntents) !== 0) {
      return void this.#refuse(4013, `intents ${intents}`)
    }
    if (
      (intents & contentIntent && !options.isMessageContentAllowed) ||
      (intents & memberIntents && !options.isMembersAllowed)
    ) {
      return void this.#close(4014)
    }
    if (typeof d['properties'] !== 'object')
      return void this.#refuse(4002, 'identify has no properties')
    const shard = parseShard(d['shard'])
    if (!shard) return void this.#refuse(4010, `shard ${JSON.stringify(d['shard'])}`)
    if (shard[1] < minShards) return void this.#close(4011)
    this.#isTurnedDown = false
    this.#session = this.#gateway.open(intents, shard, this.#socket)
  }

  #resume(d: Readonly<Record<string, unknown>>): void {
    const { platform, sessions } = this.#gateway
    if (this.#session) return void this.#refuse(4005, 'resumed twice')
    if (d['token'] !== platform.credentials.token) return void this.#close(4004)
    const session = sessions.get(String(d['session_id']))
    if (session && Number(d['seq']) > session.seq) return void this.#refuse(4007, `seq ${d['seq']}`)
    const missed = session?.isResumable ? session.since(Number(d['seq'])) : undefined
    if (!session || !missed) {
      this.#isTurnedDown = true
      return void this.#send(9, false)
    }
    session.socket?.terminate()
    session.socket = this.#socket
    this.#session = session
    this.#gateway.resumes += 1
    for (const frame of missed) this.#socket.send(frame)
    this.#gateway.send(session, 'RESUMED', {})
  }

  /** A client that stays silent for half as long again as it was told is cut off. */
  #expectHeartbeat(): void {
    clearTimeout(this.#silence)
    const limitMs = this.#gateway.options.heartbeatMs * 1.5 + graceMs
    this.#silence = setTimeout(() => {
      this.#gateway.platform.breaches.push(`gateway: no heartbeat within ${limitMs} ms`)
      this.end()
    }, limitMs)
  }

  #isFlooding(): boolean {
    const now = this.#gateway.platform.world.now()
    this.#frames = [...this.#frames.filter((at) => at > now - framesWithinMs), now]
    return this.#frames.length > maxFrames
  }

  #leave(code: number): void {
    clearTimeout(this.#silence)
    // A client that says goodbye with 1000 or 1001 ends its session.
    if (this.#session?.socket === this.#socket && (code === 1000 || code === 1001)) {
      this.#gateway.sessions.delete(this.#session.id)
    }
    this.#detach()
  }

  #detach(): void {
    if (this.#session?.socket === this.#socket) this.#session.socket = undefined
  }

  #refuse(code: number, what: string): void {
    this.#gateway.platform.breaches.push(`gateway: ${what} (${code})`)
    this.#close(code)
  }

  #close(code: number): void {
    if (this.#session && finalCodes.has(code)) this.#gateway.sessions.delete(this.#session.id)
    this.end(code)
  }

  #send(op: number, d: unknown): void {
    this.#socket.send(JSON.stringify({ op, d, s: null, t: null }))
  }
}

type Frame = { readonly op: number; readonly d: unknown }

function parseFrame(text: string): Frame | undefined {
  try {
    const { op, d } = Object(JSON.parse(text))
    return typeof op === 'number' ? { op, d } : undefined
  } catch {
    return undefined
  }
}

/** `[index, count]`; a client that names none is the only one. */
function parseShard(value: unknown): readonly [number, number] | undefined {
  if (value === undefined) return [0, 1]
  if (!Array.isArray(value) || value.length !== 2) return undefined
  const [index, count] = value
  const isPair = Number.isInteger(index) && Number.isInteger(count)
  return isPair && index >= 0 && index < count ? [index, count] : undefined
}
