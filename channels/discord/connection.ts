import { WebSocket } from 'ws'
import type { Clock } from '../../core/clock.ts'
import { type Frame, opcodes, readFrame } from './frame.ts'
import { readReady } from './payload.ts'
import type { Timing } from './timing.ts'

/** Something that happened, as the gateway told it. */
export type Dispatch = {
  readonly name: string
  readonly data: unknown
  readonly sequence: number
  /** With the sequence it names the event, also when a resume repeats it. */
  readonly sessionId: string
  readonly shard: number
}

export type ConnectionOptions = {
  readonly id: number
  readonly count: number
  readonly token: string
  readonly intents: number
  readonly clock: Clock
  readonly timing: Timing
  /** Resolves when the shard may identify. */
  readonly mayIdentify: (signal: AbortSignal) => Promise<void>
  /** False: there is no room, and the event must come again. */
  readonly take: (dispatch: Dispatch) => boolean
  readonly onUp: () => void
  readonly onAlive: () => void
}

/** What a resume needs. The sequence moves only with what was taken. */
export type GatewaySession = {
  readonly id: string
  readonly resumeUrl: string | undefined
  sequence: number
}

/** How a connection ended; `code` is 0 when nobody closed it. */
export type End = { readonly code: number; readonly sentence: string; readonly canResume: boolean }

/** Closes after which the session is over. */
const lostCloses = new Set([1000, 4003, 4007, 4009])
/** So far an event's number may be ahead of the last one. */
const maxJump = 1_000
/** How long a closing handshake may take. */
const closeMs = 1_000

/** One socket from its opening to its end. */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #socket: WebSocket
  readonly #over = new AbortController()
  readonly #ended = Promise.withResolvers<End>()
  #isAcknowledged = true
  #isGreeted = false
  session: GatewaySession | undefined
  isUp = false

  constructor(url: string, options: ConnectionOptions, session: GatewaySession | undefined) {
    this.#options = options
    this.session = session
    const address = new URL(url)
    address.searchParams.set('v', '10')
    address.searchParams.set('encoding', 'json')
    this.#socket = new WebSocket(address, {
      handshakeTimeout: options.timing.helloMs,
      perMessageDeflate: false,
    })
  }

  /** Resolves when the connection is over; an abort of `signal` ends it, and its session, for good. */
  async run(signal: AbortSignal): Promise<End> {
    const { timing } = this.#options
    const stop = () => this.#end({ code: 1000, sentence: 'stopped', canResume: false })
    signal.addEventListener('abort', stop, { once: true })
    this.#socket.on('message', (data, isBinary) => {
      if (!this.#over.signal.aborted && !isBinary) this.#read(readFrame(String(data)))
    })
    this.#socket.on('error', (error) => {
      const reason = 'code' in error && typeof error.code === 'string' ? error.code : error.message
      this.#lose(`Discord cannot be reached (${reason}).`)
    })
    this.#socket.on('close', (code) => {
      const canResume = !lostCloses.has(code)
      this.#end({ code, sentence: `Discord closed the connection (${code}).`, canResume })
    })
    void this.#unless(() => this.#isGreeted, timing.helloMs, 'Discord does not greet.')
    const end = await this.#ended.promise
    signal.removeEventListener('abort', stop)
    await this.#close(signal.aborted)
    return end
  }

  /** The end, when it is not the socket that says so. */
  #lose(sentence: string, canResume = true): void {
    this.#end({ code: 0, sentence, canResume })
  }

  #end(end: End): void {
    this.#over.abort()
    this.#ended.resolve(end)
  }

  /** A closing handshake ends the session for good; without it the session waits to be resumed. */
  async #close(isForGood: boolean): Promise<void> {
    if (isForGood && this.#socket.readyState === WebSocket.OPEN) {
      const closed = new AbortController()
      this.#socket.on('close', () => closed.abort())
      this.#socket.close(1000)
      await this.#options.clock.sleep(closeMs, closed.signal)
    }
    this.#socket.terminate()
  }

  #read(frame: Frame | undefined): void {
    // What makes no sense is passed over: it has no sequence that could move.
    if (!frame) return
    switch (frame.op) {
      case opcodes.dispatch:
        this.#dispatch(frame)
        break
      case opcodes.heartbeat:
        this.#beat()
        break
      case opcodes.reconnect:
        this.#lose('Discord asks to connect again.')
        break
      case opcodes.invalidSession:
        this.#lose('Discord has ended the session.', frame.d === true)
        break
      case opcodes.hello:
        if (!this.#isGreeted && frame.interval !== undefined) this.#greet(frame.interval)
        break
      case opcodes.heartbeatAck:
        this.#isAcknowledged = true
        this.#options.onAlive()
        break
    }
  }

  #dispatch({ t: name = '', s: sequence = 0, d: data }: Frame): void {
    const { take, onUp, onAlive, id: shard } = this.#options
    const ready = name === 'READY' ? readReady(data) : undefined
    const session = ready
      ? { id: ready.session_id, resumeUrl: ready.resume_gateway_url, sequence }
      : this.session
    if (!session) return
    const isTaken = take({ name, data, sequence, sessionId: session.id, shard })
    if (!isTaken) {
      this.#lose('Messages come faster than they can be stored; Discord is asked to repeat them.')
      return
    }
    // Numbers are dense; one from nowhere would end the session with the next heartbeat.
    const isNear = sequence - session.sequence <= maxJump
    if (isNear) session.sequence = Math.max(session.sequence, sequence)
    this.session = session
    if (!ready && name !== 'RESUMED') return
    this.isUp = true
    onAlive()
    onUp()
  }

  #greet(intervalMs: number): void {
    this.#isGreeted = true
    void this.#keepBeating(intervalMs)
    void this.#introduce()
  }

  async #introduce(): Promise<void> {
    const { token, id, count, intents, mayIdentify, timing } = this.#options
    const { signal } = this.#over
    const { session } = this
    if (session) {
      const { id: session_id, sequence: seq } = session
      this.#send({ op: opcodes.resume, d: { token, session_id, seq } })
    } else {
      await mayIdentify(signal)
      if (signal.aborted) return
      const properties = { os: 'linux', browser: 'jackdaw', device: 'jackdaw' }
      this.#send({
        op: opcodes.identify,
        d: { token, intents, properties, shard: [id, count], large_threshold: 50 },
      })
    }
    await this.#unless(() => this.isUp, timing.readyMs, 'Discord does not let the bot in.')
  }

  /** Without an acknowledgement the connection is half open: it takes everything and gives nothing. */
  async #keepBeating(intervalMs: number): Promise<void> {
    const { clock, timing } = this.#options
    const { signal } = this.#over
    const limitMs = Math.min(timing.ackMs, intervalMs)
    // The first beat is at a random time, so that bots that came back together do not beat together.
    await clock.sleep(Math.random() * intervalMs, signal)
    while (!signal.aborted) {
      this.#isAcknowledged = false
      this.#beat()
      await clock.sleep(limitMs, signal)
      if (!this.#isAcknowledged) this.#lose('Discord does not answer heartbeats.')
      await clock.sleep(intervalMs - limitMs, signal)
    }
  }

  #beat(): void {
    this.#send({ op: opcodes.heartbeat, d: this.session?.sequence ?? null })
  }

  async #unless(isDone: () => boolean, ms: number, sentence: string): Promise<void> {
    await this.#options.clock.sleep(ms, this.#over.signal)
    if (!this.#over.signal.aborted && !isDone()) this.#lose(sentence)
  }

  #send(frame: object): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame))
  }
}
