import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'

/** What signal-cli prints for one message, and what a WebSocket frame holds. */
export type Frame = {
  readonly envelope: unknown
  readonly account: string | null
  readonly exception?: { readonly message: string; readonly type: string }
}

type Connection = {
  readonly socket: WebSocket
  readonly account: string
  /** Writing a frame: in a burst the next ones find nobody. */
  isBusy: boolean
  /** Half open: nothing comes any more, and nothing says so. */
  isFrozen: boolean
}

export type ReaderOptions = {
  readonly dropsInBursts: boolean
  readonly pingMs: number
  webhookUrl: string | undefined
}

/** Larger frames of a client end the connection with 1009. */
const maxClientBytes = 512

/**
 * The one reader of signal-cli's output and those it hands messages to: at most once each, to whoever is connected,
 * and then, one after the other, to the webhook. Answers wait behind a post, as in the real one.
 */
export class SignalReader {
  dropsInBursts: boolean
  webhookUrl: string | undefined
  /** Whether connections are pinged. */
  isPinging = true
  /** Frames that nobody took, by WebSocket. Posts are not counted. */
  dropped = 0
  /** Statuses of posts to the webhook, 0 where none came. */
  readonly posts: number[] = []
  readonly #connections = new Set<Connection>()
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: maxClientBytes })
  readonly #notify: () => void
  readonly #report: (breach: string) => void
  readonly #pings: NodeJS.Timeout
  readonly #over = new AbortController()
  #queue: Promise<void> = Promise.resolve()

  constructor(options: ReaderOptions, notify: () => void, report: (breach: string) => void) {
    this.dropsInBursts = options.dropsInBursts
    this.webhookUrl = options.webhookUrl
    this.#notify = notify
    this.#report = report
    this.#pings = setInterval(() => this.ping(), options.pingMs)
    this.#pings.unref()
  }

  /** How many WebSockets are open, for this account or for any. */
  connections(account?: string): number {
    const all = [...this.#connections]
    return all.filter((one) => account === undefined || one.account === account).length
  }

  /** Hands on one message. */
  read(frame: Frame): void {
    const params = JSON.stringify(frame)
    if (this.webhookUrl === undefined) {
      this.fanOut(params, frame.account)
      return
    }
    this.#queue = this.#queue.then(async () => {
      this.fanOut(params, frame.account)
      await this.#post(`{"jsonrpc":"2.0","method":"receive","params":${params}}\n`)
    })
  }

  /** Resolves when the reader is free to see an answer of signal-cli. */
  async idle(): Promise<void> {
    await this.#queue
  }

  /** Sends a text to those connected for `account`; `null` reaches none but makes all busy. */
  fanOut(text: string, account: string | null): void {
    let taken = 0
    for (const one of this.#connections) {
      if (this.dropsInBursts && one.isBusy) continue
      if (one.account !== account) continue
      taken += 1
      if (one.isFrozen) continue
      one.isBusy = true
      one.socket.send(text, () => {
        one.isBusy = false
      })
    }
    if (taken === 0) this.dropped += 1
    this.#notify()
  }

  /** Sends any text to every connection: garbage, `{"error": …}`. */
  raw(text: string): void {
    for (const { socket } of this.#connections) socket.send(text)
  }

  ping(): void {
    if (!this.isPinging) return
    for (const { socket, isFrozen } of this.#connections) if (!isFrozen) socket.ping()
  }

  /** The connections there are go dead without a word: no frames, no pings, no answer to a goodbye. */
  freeze(): void {
    for (const one of this.#connections) {
      one.isFrozen = true
      one.socket.pause()
    }
  }

  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer, account: string): void {
    this.#sockets.handleUpgrade(request, stream, head, (socket) => {
      const connection: Connection = { socket, account, isBusy: false, isFrozen: false }
      this.#connections.add(connection)
      socket.on('message', () => this.#report('a WebSocket client sent a frame'))
      // A frame that is too large is an error here, which `ws` itself answers with 1009.
      socket.on('error', (error) =>
        this.#report(`a WebSocket client is at fault: ${error.message}`),
      )
      socket.on('close', () => {
        this.#connections.delete(connection)
        this.#notify()
      })
      this.#notify()
    })
  }

  /** Cuts every WebSocket. */
  cut(): void {
    for (const { socket } of this.#connections) socket.terminate()
    this.#connections.clear()
  }

  close(): void {
    clearInterval(this.#pings)
    this.#over.abort()
    this.cut()
    this.#sockets.close()
  }

  /** Without a limit of time and without a second attempt. */
  async #post(body: string): Promise<void> {
    const url = this.webhookUrl
    if (url === undefined) return
    const status = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: this.#over.signal,
    }).then(
      async (response) => {
        await response.arrayBuffer()
        return response.status
      },
      () => 0,
    )
    this.posts.push(status)
    this.#notify()
  }
}
