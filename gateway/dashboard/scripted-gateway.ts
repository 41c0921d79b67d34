import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { ScriptedPlaces } from './scripted-places.ts'
import type { ChatSummary, Message, OutgoingMessage, RunState, Status } from './src/api.ts'

/** The policy the gateway serves the page with. Nothing inline is needed, styles included. */
const policy =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
  "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}
const pageSize = 50

/**
 * The gateway's side of the page's API on loopback, with a test in the place of the agent. What it holds survives
 * `stop` and `start`, which keep the port, as a restart of the real one would.
 */
export class ScriptedGateway {
  readonly token = 'correct-token'
  readonly codes = new Set(['ONETIME1'])
  readonly chats = new Map<string, Message[]>()
  readonly presses: string[] = []
  readonly places = new ScriptedPlaces()
  /** Every send that arrived, repeats included. */
  readonly sends: OutgoingMessage[] = []
  readonly files = new Map<string, { mime: string; data: Buffer }>()
  /** Sends that are stored and then lose their answer on the way back. */
  lostAnswers = 0
  status: Status = {
    version: '0.1.0',
    agent: { name: 'main', runtime: 'openai', detail: 'gpt-oss-20b at http://127.0.0.1:8080/v1' },
    channels: { web: { state: 'up', since: new Date().toISOString(), detail: null } },
    queue: { depth: 0, oldestMs: null },
  }

  readonly #page: string
  readonly #streams = new Map<string, Set<ServerResponse>>()
  readonly #keys = new Map<string, Message>()
  #server: Server | null = null
  #port = 0
  #refusals = 0
  #count = 0

  constructor(page: string) {
    this.#page = page
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/`
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => response.destroy(error as Error))
    })
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('The server has no port.')
    this.#port = address.port
    this.#server = server
  }

  async stop(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (!server) return
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** How many streams of a chat are open. */
  listeners(chat: string): number {
    return this.#streams.get(chat)?.size ?? 0
  }

  /** Adds a message to a chat, or replaces the one with its id, and tells the open pages. */
  say(chat: string, fields: Partial<Message>): Message {
    const messages = this.#messages(chat)
    const index = messages.findIndex((known) => known.id === fields.id)
    const message: Message = {
      id: `m${++this.#count}`,
      role: 'agent',
      text: '',
      html: null,
      at: new Date().toISOString(),
      run: null,
      state: null,
      attachments: [],
      buttons: [],
      ...messages[index],
      ...fields,
    }
    if (index < 0) messages.push(message)
    else messages[index] = message
    this.emit(chat, 'message', message)
    return message
  }

  run(chat: string, run: string, state: RunState): void {
    const messages = this.#messages(chat)
    this.chats.set(
      chat,
      messages.map((message) => (message.run === run ? { ...message, state } : message)),
    )
    this.emit(chat, 'run', { run, state })
  }

  emit(chat: string, event: 'message' | 'run' | 'text' | 'typing', data: unknown): void {
    for (const stream of this.#streams.get(chat) ?? [])
      stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  }

  #messages(chat: string): Message[] {
    const messages = this.chats.get(chat) ?? []
    this.chats.set(chat, messages)
    return messages
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const route = `${request.method} ${url.pathname.replace(/^\/api\/v1/, '')}`
    if (!url.pathname.startsWith('/api/')) return await this.#serve(url.pathname, response)
    if (route === 'POST /login') return this.#login(await readJson(request), response)
    if (!request.headers.cookie?.includes('session=open'))
      return answer(response, 401, { error: { code: 'unauthorized', message: 'Sign in first.' } })
    if (route === 'POST /logout') return answer(response, 200, {}, 'session=; Max-Age=0; Path=/')
    if (route === 'GET /status') return answer(response, 200, this.status)
    if (route === 'GET /chats') return answer(response, 200, { items: this.#summaries() })
    const isChat = url.pathname.startsWith('/api/v1/chats/')
    const method = request.method ?? 'GET'
    const placed = isChat
      ? undefined
      : this.places.handle(method, url, method === 'GET' ? null : await readJson(request))
    if (placed) return answer(response, placed.status, placed.body)
    const [, chat, rest] = /^\/api\/v1\/chats\/([^/]+)\/(\w+)$/.exec(url.pathname) ?? []
    if (chat === undefined) return answer(response, 404, {})
    if (rest === 'stream') return this.#stream(chat, response)
    if (rest === 'presses') {
      this.presses.push((await readJson<{ data: string }>(request)).data)
      return answer(response, 202, {})
    }
    if (request.method === 'POST') return this.#accept(chat, await readJson(request), response)
    answer(response, 200, this.#history(chat, url.searchParams.get('before')))
  }

  #login(proof: { token?: string; code?: string }, response: ServerResponse): void {
    const refused = { error: { code: 'unauthorized', message: 'Wrong.' } }
    if (proof.token === this.token || this.codes.delete(proof.code ?? ''))
      answer(response, 200, {}, 'session=open; HttpOnly; Path=/')
    else if (++this.#refusals <= 3) answer(response, 401, refused)
    else {
      response.setHeader('retry-after', '30')
      answer(response, 429, refused)
    }
  }

  #accept(chat: string, sent: OutgoingMessage, response: ServerResponse): void {
    this.sends.push(sent)
    const attachments = sent.attachments.map(({ name, mime, data }) => {
      const url = `/files/${this.files.size}`
      this.files.set(url, { mime, data: Buffer.from(data, 'base64') })
      return { name, mime, size: this.files.get(url)!.data.length, url }
    })
    const known = this.#keys.get(sent.idempotencyKey)
    const run = sent.text.startsWith('/') ? null : `r${this.#count + 1}`
    const state = run === null ? null : 'queued'
    const message =
      known ?? this.say(chat, { role: 'user', text: sent.text, run, state, attachments })
    this.#keys.set(sent.idempotencyKey, message)
    if (this.lostAnswers-- > 0) response.destroy()
    else answer(response, 202, { message })
  }

  #history(chat: string, before: string | null): unknown {
    const all = this.#messages(chat)
    const end = before === null ? all.length : Number(before)
    const start = Math.max(0, end - pageSize)
    return { items: all.slice(start, end), next: start === 0 ? null : String(start) }
  }

  #summaries(): readonly ChatSummary[] {
    return [...this.chats].flatMap(([id, messages]) => {
      const first = messages.find((message) => message.role === 'user')
      return first ? [{ id, title: first.text, lastAt: messages.at(-1)!.at }] : []
    })
  }

  #stream(chat: string, response: ServerResponse): void {
    const streams = this.#streams.get(chat) ?? new Set()
    this.#streams.set(chat, streams.add(response))
    response.on('close', () => streams.delete(response))
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    response.write(': open\n\n')
  }

  async #serve(path: string, response: ServerResponse): Promise<void> {
    const file = this.files.get(path)
    if (file) {
      response.writeHead(200, { 'content-type': file.mime, 'x-content-type-options': 'nosniff' })
      response.end(file.data)
      return
    }
    const name = path === '/' ? '/index.html' : path
    const body = await readFile(join(this.#page, name)).catch(() => null)
    response.writeHead(body === null ? 404 : 200, {
      'content-type': types[extname(name)] ?? 'text/plain',
      'content-security-policy': policy,
    })
    response.end(body)
  }
}

function answer(response: ServerResponse, status: number, body: unknown, cookie?: string): void {
  if (cookie) response.setHeader('set-cookie', cookie)
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

async function readJson<T>(request: IncomingMessage): Promise<T> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString() || '{}') as T
}
