import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { type Faults, Ledger, type Outcome } from './ledger.ts'

/** A token of the right shape for a bot that exists nowhere. */
export const benchToken = '7000001:AAbench-bench-bench-bench-bench-ben'

/** Everything that must be zero in a fair run, and the calls that each Bot API method got. */
export type Tally = Faults & { readonly calls: Readonly<Record<string, number>> }

type Poll = {
  readonly response: ServerResponse
  readonly limit: number
  readonly timer: NodeJS.Timeout
}
type Parameters = {
  readonly offset?: number | string
  readonly limit?: number | string
  readonly timeout?: number | string
  readonly chat_id?: number | string
  readonly text?: string
}

const bot = {
  id: 7_000_001,
  is_bot: true,
  first_name: 'Bench',
  username: 'bench_bot',
  can_join_groups: true,
  can_read_all_group_messages: false,
  supports_inline_queries: false,
}

/**
 * The Bot API as far as an echo bot needs it, made to cost far less than what it measures: nothing is validated,
 * and updates are serialised once. `getUpdates` is exact: `offset` confirms, at most 100 at a time, long polls are held,
 * and a second poll ends the first with 409.
 */
export class TelegramLoad {
  readonly #server: Server
  readonly #ledger = new Ledger()
  readonly #calls = new Map<string, number>()
  readonly #firstPoll = Promise.withResolvers<number>()
  /** Index of the first unconfirmed update; its update_id is one more. */
  #head = 0
  #messageId = 1
  #poll: Poll | undefined

  private constructor() {
    this.#server = createServer((request, response) => this.#accept(request, response))
    this.#server.keepAliveTimeout = 600_000
    this.#server.requestTimeout = 0
  }

  /** Listens on a free port of the loopback address. */
  static async listen(): Promise<TelegramLoad> {
    const load = new TelegramLoad()
    await new Promise<void>((resolve, reject) => {
      load.#server.once('error', reject).listen(0, '127.0.0.1', resolve)
    })
    return load
  }

  get apiRoot(): string {
    const address = this.#server.address()
    if (address === null || typeof address === 'string')
      throw new Error('The fake Bot API is not listening.')
    return `http://127.0.0.1:${address.port}`
  }

  /** When the bot polled first, on the clock of `performance.now()`. Never rejects. */
  get firstPollAt(): Promise<number> {
    return this.#firstPoll.promise
  }

  /** Hands over all messages at once, dealt to the chats in turn, and waits until they are answered or nothing moves. */
  async burst(shape: { messages: number; chats: number; stallMs: number }): Promise<Outcome> {
    const from = this.#ledger.size
    for (let count = 0; count < shape.messages; count++)
      this.#ledger.add(shape.chats, this.#messageId++)
    this.#deliver()
    return this.#settle(from, shape.stallMs)
  }

  /** Hands over messages at a steady pace, whether or not they are answered, and then waits as `burst` does. */
  async rate(shape: {
    perSecond: number
    seconds: number
    chats: number
    stallMs: number
  }): Promise<Outcome> {
    const from = this.#ledger.size
    const startedAt = performance.now()
    for (let count = 0; count < shape.perSecond * shape.seconds; count++) {
      const waitMs = startedAt + (count * 1000) / shape.perSecond - performance.now()
      if (waitMs > 0) await delay(waitMs)
      this.#ledger.add(shape.chats, this.#messageId++)
      this.#deliver()
    }
    return this.#settle(from, shape.stallMs)
  }

  /** When the last text that answers nothing arrived, in milliseconds since the epoch. */
  get lastUnknownAt(): number {
    return this.#ledger.lastUnknownAt
  }

  tally(): Tally {
    return { ...this.#ledger.faults(), calls: Object.fromEntries(this.#calls) }
  }

  async close(): Promise<void> {
    if (this.#poll) clearTimeout(this.#poll.timer)
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  async #settle(from: number, stallMs: number): Promise<Outcome> {
    const since = performance.now()
    while (!this.#ledger.isSettled(since, stallMs)) await delay(20)
    return this.#ledger.outcome(from)
  }

  #accept(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const [path = '', query] = (request.url ?? '').split('?')
      const method = path.slice(path.lastIndexOf('/') + 1)
      this.#calls.set(method, (this.#calls.get(method) ?? 0) + 1)
      const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
      // Forms are only ever file uploads, which no load here causes; their method is answered, not read.
      const parameters: Parameters =
        body[0] === 0x7b
          ? JSON.parse(body.toString())
          : Object.fromEntries(new URLSearchParams(query))
      this.#answer(method, parameters, response)
    })
  }

  #answer(method: string, parameters: Parameters, response: ServerResponse): void {
    switch (method) {
      case 'getUpdates':
        this.#hold(parameters, response)
        break
      case 'sendMessage':
        this.#record(parameters, response)
        break
      case 'getMe':
        succeed(response, JSON.stringify(bot))
        break
      case 'getWebhookInfo':
        succeed(response, '{"url":"","has_custom_certificate":false,"pending_update_count":0}')
        break
      case 'getMyCommands':
        succeed(response, '[]')
        break
      case 'editMessageText':
        fail(response, 400, 'Bad Request: message to edit not found')
        break
      default:
        succeed(response, 'true')
    }
  }

  #hold(parameters: Parameters, response: ServerResponse): void {
    this.#firstPoll.resolve(performance.now())
    if (this.#poll) {
      const earlier = this.#poll.response
      this.#release()
      fail(earlier, 409, 'Conflict: terminated by other getUpdates request')
    }
    this.#head = Math.max(this.#head, Number(parameters.offset ?? 0) - 1)
    const limit = Math.min(Number(parameters.limit ?? 100), 100)
    const timer = setTimeout(() => this.#deliver(true), Number(parameters.timeout ?? 0) * 1000)
    this.#poll = { response, limit, timer }
    response.on('close', () => {
      if (this.#poll?.response === response) this.#release()
    })
    this.#deliver()
  }

  #deliver(evenNothing = false): void {
    if (!this.#poll || (this.#head >= this.#ledger.size && !evenNothing)) return
    const { response, limit } = this.#poll
    this.#release()
    succeed(response, this.#ledger.updates(this.#head, limit))
  }

  #release(): void {
    clearTimeout(this.#poll?.timer)
    this.#poll = undefined
  }

  #record(parameters: Parameters, response: ServerResponse): void {
    const chat = Number(parameters.chat_id)
    const text = parameters.text ?? ''
    this.#ledger.record(chat, text)
    const message = {
      message_id: this.#messageId++,
      from: bot,
      chat: { id: chat, type: 'private', first_name: 'Ada' },
      date: Math.floor(Date.now() / 1000),
      text,
    }
    succeed(response, JSON.stringify(message))
  }
}

function succeed(response: ServerResponse, result: string): void {
  reply(response, 200, `{"ok":true,"result":${result}}`)
}

function fail(response: ServerResponse, status: number, description: string): void {
  reply(response, status, JSON.stringify({ ok: false, error_code: status, description }))
}

function reply(response: ServerResponse, status: number, body: string): void {
  response.sendDate = false
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
