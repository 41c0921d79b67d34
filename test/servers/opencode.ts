import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Event } from '@opencode-ai/sdk/v2/client'
import { type OpenCodeCall, routeOpenCode } from './opencode-routes.ts'
import { noFaults, type OpenCodeFaults, type OpenCodeStep } from './opencode-script.ts'
import { OpenCodeTurn } from './opencode-turn.ts'
import { type FakeSession, OpenCodeWorld } from './opencode-world.ts'

export type FakePrompt = {
  readonly sessionId: string
  readonly messageId: string
  readonly body: Readonly<Record<string, unknown>>
  readonly text: string
}

/**
 * An OpenCode 1.x server on loopback whose agent a test scripts: a prompt takes the newest script whose words it
 * contains, else it is repeated. Strict: calls that the real one would refuse, or that Jackdaw must not make, are
 * refused and kept in `refusals`.
 */
export class OpenCodeServer {
  /** Also after it was closed. */
  url = ''
  readonly world = new OpenCodeWorld()
  readonly faults: OpenCodeFaults = { ...noFaults }
  readonly prompts: FakePrompt[] = []
  /** The models that sessions were shortened with. */
  readonly shortened: object[] = []
  /** How long that takes. */
  shortening: Promise<void> = Promise.resolve()
  readonly refusals: string[] = []
  /** How many requests got the page of `faults`. */
  pages = 0
  readonly #server: Server
  readonly #password: string
  readonly #rules: { readonly text: string; readonly steps: readonly OpenCodeStep[] }[] = []
  readonly #streams = new Set<ServerResponse>()

  private constructor(server: Server, password: string) {
    this.#server = server
    this.#password = password
    server.on('request', (request, response) => {
      this.#handle(request, response).catch((error) => response.destroy(error))
    })
  }

  /** Listens on a free port. With a password, the user is `opencode`. */
  static async start({ password = '' } = {}): Promise<OpenCodeServer> {
    const server = createServer()
    const fake = new OpenCodeServer(server, password)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    fake.url = `http://127.0.0.1:${port}`
    return fake
  }

  when(text: string, ...steps: readonly OpenCodeStep[]): void {
    this.#rules.unshift({ text, steps })
  }

  /** The prompt that contains these words, once it has arrived. */
  prompt(text: string): Promise<FakePrompt> {
    return this.world.watched.until(
      () => this.prompts.findLast((prompt) => prompt.text.includes(text)),
      () => `No prompt with "${text}" came.`,
    )
  }

  /** Resolves once the session that has this prompt does nothing. */
  async idle({ sessionId }: FakePrompt): Promise<void> {
    await this.world.watched.until(
      () => (this.world.sessions.get(sessionId)?.isBusy ? undefined : true),
      () => 'The session stays busy.',
    )
  }

  /** Once so many event streams are open. */
  async streaming(count = 1): Promise<void> {
    await this.world.watched.until(
      () => (this.#streams.size >= count ? true : undefined),
      () => `There are ${this.#streams.size} event streams.`,
    )
  }

  /** As after kill -9 and a new start at the same address: turns stay as they were stored, unfinished. */
  crash(): void {
    for (const session of this.world.sessions.values()) {
      session.stop?.abort('crash')
      session.isBusy = false
      session.waiting.splice(0)
    }
    this.world.permissions.clear()
    this.world.questions.clear()
    this.#server.closeAllConnections()
  }

  /** Ends every event stream, cleanly. */
  endStreams(): void {
    for (const stream of this.#streams) stream.end()
  }

  /** Every call and every stream breaks off; what goes on goes on. */
  breakConnections(): void {
    this.#server.closeAllConnections()
  }

  async close(): Promise<void> {
    this.crash()
    if (!this.#server.listening) return
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readJson(request)
    const url = new URL(request.url ?? '/', 'http://x')
    const { page, isSecond } = this.faults
    if (page) {
      this.pages += 1
      this.world.watched.look()
      response.writeHead(page.status, { 'content-type': 'text/html; charset=utf-8' }).end(page.html)
      return
    }
    if (this.#password !== '') {
      const login = Buffer.from(`opencode:${this.#password}`).toString('base64')
      if (request.headers.authorization !== `Basic ${login}`) {
        const seen = request.headers.authorization ?? ''
        return reply(response, 401, { message: `No: ${seen} is not ${this.#password}` })
      }
    }
    if (isSecond) {
      const isHealth = url.pathname === '/api/health'
      return reply(
        response,
        isHealth ? 200 : 404,
        isHealth ? { healthy: true } : { _tag: 'NotFound' },
      )
    }
    if (url.pathname === '/global/health' && this.faults.hangingProbes > 0) {
      this.faults.hangingProbes -= 1
      return
    }
    if (url.pathname === '/event') return this.#stream(response)
    const call: OpenCodeCall = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      directory:
        url.searchParams.get('directory') ??
        decodeURIComponent(`${request.headers['x-opencode-directory'] ?? ''}`),
      body,
    }
    const answer = await routeOpenCode(this, call)
    if (answer.status >= 400 && answer.status !== 404)
      this.refusals.push(`${call.method} ${call.path}: ${JSON.stringify(answer.body)}`)
    for (const [name, value] of Object.entries(answer.headers ?? {}))
      response.setHeader(name, value)
    reply(response, answer.status, answer.body)
  }

  /** Takes a prompt; the turn goes on by itself, after the one before it. */
  begin(
    session: FakeSession,
    messageId: string,
    body: Record<string, unknown>,
    parts: readonly object[],
  ): void {
    if (this.faults.swallowsPrompts) return
    const text = parts.map((part) => ('text' in part ? part.text : '')).join('\n')
    const prompt = { sessionId: session.id, messageId, body, text }
    const isSteered = parts.some((part) => 'metadata' in part)
    if (session.isBusy && !isSteered) this.refusals.push('a prompt to a busy session')
    this.world.addUserMessage(session, messageId, parts)
    this.prompts.push(prompt)
    const rule = this.#rules.find((one) => text.includes(one.text))
    const steps = rule?.steps ?? [{ type: 'text' as const, text }]
    this.world.watched.look()
    if (session.isBusy) {
      if (!this.faults.overlooksPrompts) session.waiting.push({ id: messageId, steps })
      return
    }
    // What is answered already begins nothing.
    const isAnswered = session.messages.some(
      ({ info }) => info.role === 'assistant' && info.parentID === messageId,
    )
    if (isAnswered) return
    const stop = new AbortController()
    session.stop = stop
    void new OpenCodeTurn(this.world, session, messageId, stop.signal).play(steps)
  }

  /** Shortens a session as the real one does: with a message of its own, and a summary as the answer to it. */
  async shorten(session: FakeSession, model: object): Promise<void> {
    this.shortened.push(model)
    const { world } = this
    const id = world.id('msg')
    const stop = new AbortController()
    session.stop = stop
    world.setBusy(session, true)
    world.addUserMessage(session, id, [{ type: 'compaction', auto: false }])
    const answer = world.addAnswer(session, id)
    answer.info.summary = true
    const stopped = new Promise<void>((resolve) =>
      stop.signal.addEventListener('abort', () => resolve()),
    )
    await Promise.race([this.shortening, stopped])
    if (stop.signal.reason === 'crash') return
    const aborted = { name: 'MessageAbortedError' as const, data: { message: 'Aborted' } }
    world.endAnswer(session, answer, 'stop', stop.signal.aborted ? aborted : undefined)
    world.setBusy(session, false)
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const send = (event: object) => {
      if (!this.faults.isHalfOpen && !response.writableEnded)
        response.write(`data: ${JSON.stringify(event)}\n\n`)
    }
    send({ id: this.world.id('evt'), type: 'server.connected', properties: {} })
    const listener = (event: Event) => send(event)
    this.world.listeners.add(listener)
    this.#streams.add(response)
    response.on('close', () => {
      this.world.listeners.delete(listener)
      this.#streams.delete(response)
    })
    this.world.watched.look()
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  if (status === 204) {
    response.writeHead(204).end()
    return
  }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  request.setEncoding('utf8')
  for await (const chunk of request) text += chunk
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}
