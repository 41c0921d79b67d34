import { WebSocket } from 'ws'
import { FrameQueue } from './frame-queue.ts'
import type { FrameSource, SourceOptions, Take } from './source.ts'

/** How long things may take, in milliseconds. */
export type SocketTiming = {
  readonly connectMs: number
  /** The server pings every 54 s; after so long without a sign of it the connection is given up. */
  readonly silenceMs: number
  readonly minBackoffMs: number
  readonly maxBackoffMs: number
  /** A connection that lived shorter does not make the next pause short again. */
  readonly steadyMs: number
  /** How long the goodbye may take, in which frames under way still arrive. */
  readonly closeMs: number
}

const defaultTiming: SocketTiming = {
  connectMs: 10_000,
  silenceMs: 120_000,
  minBackoffMs: 250,
  maxBackoffMs: 5_000,
  steadyMs: 1_000,
  closeMs: 1_000,
}

/** A message is text; files are fetched. */
const maxFrameBytes = 16 * 1024 * 1024

/** One connection, from the attempt to its end. */
type Visit = { openedAt: number | undefined; heardAt: number }

/**
 * Receives from signal-cli-rest-api's WebSocket, which drops every message for which it finds nobody listening:
 * so the connection is put back at once, half-open ones are noticed by missing pings, and nothing is ever sent (a
 * frame over 512 bytes would end it).
 */
export class SocketSource implements FrameSource {
  readonly #options: SourceOptions
  readonly #timing: SocketTiming
  readonly #target: string
  /** The last state told, so that each is told once. */
  #told = ''

  constructor(options: SourceOptions, timing: Partial<SocketTiming> = {}) {
    this.#options = options
    this.#timing = { ...defaultTiming, ...timing }
    const base = options.url.replace(/^http/, 'ws').replace(/\/+$/, '')
    this.#target = `${base}/v1/receive/${encodeURIComponent(options.account)}`
  }

  async run(take: Take, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options
    const { minBackoffMs, maxBackoffMs, steadyMs } = this.#timing
    const onTrouble = (isTrouble: boolean) =>
      isTrouble
        ? this.#tell('retrying', 'Messages could not be stored; they wait in memory.')
        : this.#tell('up')
    const queue = new FrameQueue({ clock, onTrouble })
    // The queue ends after the connection, whose goodbye may still bring frames.
    const isOver = new AbortController()
    const storing = queue.run(take, isOver.signal)
    let failures = 0
    while (!signal.aborted) {
      const visit: Visit = { openedAt: undefined, heardAt: clock.now() }
      const reason = await this.#listen(queue, visit, signal)
      if (signal.aborted) break
      const { openedAt } = visit
      failures = openedAt !== undefined && clock.now() - openedAt >= steadyMs ? 0 : failures + 1
      this.#tell('retrying', `Receiving from ${this.#options.url} is interrupted: ${reason}.`)
      const pause = minBackoffMs * 2 ** Math.min(Math.max(failures - 1, 0), 16)
      await clock.sleep(Math.min(pause, maxBackoffMs), signal)
    }
    isOver.abort()
    await storing
  }

  /** Connects and listens; resolves with the reason why that is over. */
  async #listen(queue: FrameQueue, visit: Visit, signal: AbortSignal): Promise<string> {
    const { connectMs } = this.#timing
    const isOver = new AbortController()
    const over = Promise.withResolvers<string>()
    const socket = new WebSocket(this.#target, {
      handshakeTimeout: connectMs,
      maxPayload: maxFrameBytes,
      perMessageDeflate: false,
    })
    socket.on('open', () => {
      visit.openedAt = this.#options.clock.now()
      this.#hear(visit)
      this.#tell('up')
    })
    socket.on('ping', () => this.#hear(visit))
    socket.on('message', (data) => {
      this.#hear(visit)
      this.#receive(String(data), socket, queue, isOver.signal)
    })
    socket.on('unexpected-response', (request, { statusCode }) => {
      over.resolve(`it answers with status ${statusCode}`)
      request.destroy()
    })
    socket.on('error', (error) => over.resolve(reasonOf(error)))
    socket.on('close', (code) => over.resolve(`the connection was closed (${code})`))
    const leave = () => void this.#leave(socket, isOver.signal)
    signal.addEventListener('abort', leave, { once: true })
    void this.#watch(socket, visit, isOver.signal).then((reason) => reason && over.resolve(reason))
    try {
      return await over.promise
    } finally {
      signal.removeEventListener('abort', leave)
      isOver.abort()
      socket.terminate()
    }
  }

  /** Says goodbye, and does not wait for long until the other side does too. */
  async #leave(socket: WebSocket, signal: AbortSignal): Promise<void> {
    if (socket.readyState === socket.OPEN) {
      socket.resume()
      socket.close()
      await this.#options.clock.sleep(this.#timing.closeMs, signal)
    }
    socket.terminate()
  }

  /** Gives up on a connection that says nothing any more; one that we hold back ourselves may be silent. */
  async #watch(socket: WebSocket, visit: Visit, signal: AbortSignal): Promise<string | undefined> {
    const { clock } = this.#options
    const { silenceMs } = this.#timing
    while (!signal.aborted) {
      if (socket.isPaused) this.#hear(visit)
      const left = visit.heardAt + silenceMs - clock.now()
      if (left <= 0) return `nothing was heard for ${Math.round(silenceMs / 1000)} s`
      await clock.sleep(left, signal)
    }
    return undefined
  }

  #receive(text: string, socket: WebSocket, queue: FrameQueue, signal: AbortSignal): void {
    const frame = parse(text)
    if (frame === undefined) return
    void queue.push(frame)
    if (queue.hasRoom || socket.isPaused) return
    socket.pause()
    void queue.room(signal).then(() => socket.resume())
  }

  #hear(visit: Visit): void {
    visit.heardAt = this.#options.clock.now()
    this.#options.alive()
  }

  #tell(state: 'up' | 'retrying', detail?: string): void {
    const told = `${state} ${detail ?? ''}`
    if (told === this.#told) return
    this.#told = told
    this.#options.report(state, detail)
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function reasonOf(error: Error): string {
  const code = 'code' in error ? error.code : undefined
  if (code === 'ECONNREFUSED') return 'nothing answers there'
  return error.message || String(code)
}
