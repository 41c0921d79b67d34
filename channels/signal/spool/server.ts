import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../../core/clock.ts'
import { frameOf, isSecret } from '../receive/webhook.ts'
import type { Spool } from './spool.ts'

export type SpoolServerOptions = {
  readonly spool: Spool
  readonly token: string
  readonly clock: Clock
  readonly onStop: () => void
}

type Answer = { readonly status: number; readonly body: string }

const maxBodyBytes = 4 * 1024 * 1024
const maxPageFrames = 500
const maxPageBytes = 4 * 1024 * 1024
const maxWaitMs = 60_000

/** The spool's HTTP side. Everything but posts of messages needs the token. */
export class SpoolServer {
  readonly #options: SpoolServerOptions
  readonly #http: Server

  constructor(options: SpoolServerOptions) {
    this.#options = options
    // Imported as a module, node:http loads Node's own fetch and WebSocket with it: 10 MB that nothing here uses.
    const { createServer } = process.getBuiltinModule('node:http')
    this.#http = createServer((request, response) => void this.#serve(request, response))
    this.#http.keepAliveTimeout = 60_000
  }

  /** Resolves with the port once it listens; rejects when that is taken. */
  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject)
      this.#http.listen(port, host, resolve)
    })
    const address: AddressInfo | string | null = this.#http.address()
    return typeof address === 'object' && address ? address.port : port
  }

  /** Takes no more calls, and ends those that wait. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#http.close(resolve))
    this.#http.closeIdleConnections()
    const { clock } = this.#options
    await Promise.race([closed, clock.sleep(500)])
    this.#http.closeAllConnections()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://spool')
    const isOver = new AbortController()
    response.once('close', () => isOver.abort())
    let answer: Answer
    try {
      const body = await readBody(request)
      answer = await this.#answer(request, pathname, searchParams, body, isOver.signal)
    } catch (error) {
      answer = json(500, { error: error instanceof Error ? error.message : 'failed' })
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' })
    response.end(answer.body)
  }

  async #answer(
    request: IncomingMessage,
    path: string,
    query: URLSearchParams,
    body: string,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { spool, token, onStop } = this.#options
    const call = `${request.method} ${path}`
    if (call.startsWith('POST /webhooks/')) return this.#takePost(path, query, body)
    if (!isSecret(request.headers.authorization, `Bearer ${token}`))
      return json(401, { error: 'The token is missing or wrong.' })
    switch (call) {
      case 'GET /health':
        return json(200, spool.health())
      case 'PUT /accounts': {
        const { accounts, only } = readAccounts(body)
        await spool.setAccounts(accounts, only)
        return json(200, spool.health())
      }
      case 'GET /frames':
        return await this.#page(query, signal)
      case 'POST /ack': {
        const { account, upTo } = JSON.parse(body)
        if (typeof account !== 'string' || !Number.isSafeInteger(upTo))
          return json(400, { error: 'An account and a cursor are wanted.' })
        return json(200, { removed: spool.acknowledge(account, upTo) })
      }
      case 'POST /stop':
        onStop()
        return json(200, { stopping: true })
      default:
        return json(404, { error: `There is no ${call}.` })
    }
  }

  /** One message that signal-cli-rest-api posts; it waits for the answer, and so does all it does for others. */
  #takePost(path: string, query: URLSearchParams, body: string): Answer {
    const name = decodeURIComponent(path.slice('/webhooks/'.length))
    const listener = this.#options.spool.byWebhook(name)
    // A name that does not exist looks like a wrong secret.
    if (!isSecret(query.get('secret'), listener?.account.webhook?.secret ?? '') || !listener)
      return json(401, { error: 'The secret is missing or wrong.' })
    const frame = frameOf(body)
    if (frame === undefined) return json(400, { error: 'This is no message of signal-cli.' })
    listener.keep([frame])
    return json(200, {})
  }

  async #page(query: URLSearchParams, signal: AbortSignal): Promise<Answer> {
    const { spool } = this.#options
    const account = query.get('account') ?? ''
    const after = numberOf(query.get('after'), 0, Number.MAX_SAFE_INTEGER)
    const limit = numberOf(query.get('limit'), 100, maxPageFrames)
    const waitMs = numberOf(query.get('waitMs'), 0, maxWaitMs)
    const rows = await spool.read({ account, after, limit, maxBytes: maxPageBytes, waitMs }, signal)
    // Bodies are JSON already.
    const frames = rows.map(({ id, body }) => `{"id":${id},"frame":${body}}`).join(',')
    const state = JSON.stringify(spool.stateOf(account))
    return { status: 200, body: `{"frames":[${frames}],"account":${state}}` }
  }
}

function readAccounts(body: string): {
  accounts: { account: string; url: string; webhook?: { name: string; secret: string } }[]
  only: boolean
} {
  const { accounts, only } = JSON.parse(body)
  if (!Array.isArray(accounts)) throw new Error('Accounts are wanted.')
  const read = accounts.map(({ account, url, webhook }) => {
    const isComplete = typeof account === 'string' && typeof url === 'string'
    if (!isComplete || !URL.canParse(url)) throw new Error('An account lacks its number or URL.')
    if (webhook === undefined || webhook === null) return { account, url }
    const { name, secret } = webhook
    if (typeof name !== 'string' || typeof secret !== 'string' || secret === '')
      throw new Error('A webhook lacks its name or secret.')
    return { account, url, webhook: { name, secret } }
  })
  return { accounts: read, only: only === true }
}

function numberOf(text: string | null, missing: number, max: number): number {
  const number = text === null ? missing : Number(text)
  return Number.isSafeInteger(number) && number >= 0 ? Math.min(number, max) : missing
}

function json(status: number, body: object): Answer {
  return { status, body: JSON.stringify(body) }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > maxBodyBytes) throw new Error('The body is too large.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
