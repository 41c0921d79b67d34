import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { TelegramUser } from '@gramio/types'
import { answer, breaksBefore } from './telegram-answer.ts'
import { readParameters } from './telegram-body.ts'
import { ApiFailure } from './telegram-failure.ts'
import { type Fault, Faults } from './telegram-faults.ts'
import { act, type Session } from './telegram-methods.ts'
import { People } from './telegram-people.ts'
import {
  type MethodName,
  methodParams,
  type TelegramSchema,
  telegramSchema,
} from './telegram-schema.ts'
import { type PollParameters, UpdateQueue } from './telegram-updates.ts'
import { type SentMessage, World } from './telegram-world.ts'

export type TelegramServerOptions = {
  readonly token?: string
  readonly bot?: Partial<TelegramUser>
  /** The platform's clock, in milliseconds. */
  readonly now?: () => number
  readonly port?: number
}

/** One call as it came in, for tests that look at the wire. */
export type Call = {
  readonly method: string
  readonly parameters: Readonly<Record<string, unknown>>
}

const defaultToken = '7000001:AAE-test_token_of_thirty_five_chars'
const path = /^\/bot([^/]+)\/(\w+)$/
const tokenShape = /^\d+:[\w-]{10,}$/

/** Starts a strict Bot API server for one bot on loopback. Its state lives as long as it does. */
export async function startTelegramServer(
  options: TelegramServerOptions = {},
): Promise<TelegramServer> {
  const server = new TelegramServer(options, telegramSchema())
  await server.listen(options.port ?? 0)
  return server
}

/**
 * The Bot API as a bot meets it, and the people behind it: `people` methods (`says`, `presses`, …) make updates,
 * `sent` shows what the bot has said, `faults` breaks calls.
 */
export class TelegramServer extends People implements AsyncDisposable {
  readonly token: string
  readonly faults = new Faults()
  /** Calls by method name, and the last of them, bounded. */
  readonly counts = new Map<string, number>()
  readonly calls: Call[] = []
  readonly session: Session
  readonly #schema: TelegramSchema
  readonly #http: Server
  readonly #watchers = new Set<() => void>()
  #port = 0

  constructor(options: TelegramServerOptions, schema: TelegramSchema) {
    const token = options.token ?? defaultToken
    const bot = {
      id: Number(token.split(':')[0]),
      is_bot: true,
      first_name: 'Jackdaw',
      username: 'JackdawBot',
      ...options.bot,
    }
    const updates = new UpdateQueue()
    super(new World(bot, options.now ?? Date.now), updates, schema)
    this.token = token
    this.#schema = schema
    this.session = {
      world: this.world,
      updates,
      openCallbacks: this.openCallbacks,
      answeredCallbacks: new Set(),
      commands: new Map(),
      typing: [],
      drafts: [],
      reactions: new Map(),
    }
    this.#http = createServer((request, response) => void this.#serve(request, response))
    // As the real one: connections outlive pauses between answers.
    this.#http.keepAliveTimeout = 60_000
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** What the bot has said, in order, as people see it now. */
  get sent(): readonly SentMessage[] {
    return this.world.sent
  }

  /** The visible texts of one chat (and topic), deleted ones left out. */
  texts(chat: number, thread?: number): string[] {
    return this.sent
      .filter((one) => one.chat === chat && one.thread === thread && !one.isDeleted)
      .map((one) => one.text)
  }

  /**
   * Resolves with what `predicate` returns once that is truthy; it is asked after every call.
   * Rejects after `limitMs`, so that a test fails instead of hanging.
   */
  async waitFor<T>(predicate: () => T, limitMs = 10_000): Promise<NonNullable<T>> {
    const isOver = new AbortController()
    const limit = delay(limitMs, undefined, { signal: isOver.signal }).then(() => {
      throw new Error(`Not seen within ${limitMs} ms: ${predicate}`)
    })
    limit.catch(() => undefined)
    try {
      while (true) {
        const found = predicate()
        if (found) return found
        const { promise, resolve } = Promise.withResolvers<void>()
        this.#watchers.add(resolve)
        await Promise.race([promise, limit]).finally(() => this.#watchers.delete(resolve))
      }
    } finally {
      isOver.abort()
    }
  }

  /** Breaks the next `times` calls of `method` (`*`: of any). */
  fail(method: string, fault: Fault, times = 1): void {
    this.faults.add(method, fault, times)
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject)
      this.#http.listen(port, '127.0.0.1', resolve)
    })
    const address = this.#http.address()
    this.#port = typeof address === 'object' && address ? address.port : 0
  }

  /** Cuts every connection, as a restart of the platform would; the server goes on listening. */
  cutConnections(): void {
    this.#http.closeAllConnections()
  }

  /** Refuses connections until `listen(port)`; the state stays. Returns the port. */
  async goDown(): Promise<number> {
    const closed = new Promise((resolve) => this.#http.close(resolve))
    this.#http.closeAllConnections()
    await closed
    return this.#port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.session.updates.close()
    if (this.#http.listening) await this.goDown()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let fault: Fault | undefined
    try {
      const method = this.#authorise(request, response)
      if (method === undefined) return
      const parameters = await readParameters(request, method, this.#schema)
      this.#remember(method, parameters)
      fault = this.faults.next(method, parameters)
      if (fault && breaksBefore(fault, response)) return
      const problem = this.#schema.callProblem(method, parameters)
      if (problem) throw new ApiFailure(400, `Bad Request: ${explain(method, parameters, problem)}`)
      const pending = this.#perform(method, parameters, response)
      this.#notify()
      const result = await pending
      answer(response, fault, 200, JSON.stringify({ ok: true, result }))
    } catch (error) {
      if (error instanceof ApiFailure) answer(response, fault, error.code, error.toBody())
      else response.destroy()
    } finally {
      this.#notify()
    }
  }

  #notify(): void {
    for (const look of this.#watchers) look()
  }

  /** The method called, or `undefined` when the request was answered here (a file). */
  #authorise(request: IncomingMessage, response: ServerResponse): MethodName | undefined {
    const url = request.url ?? ''
    if (url.startsWith('/file/bot')) {
      this.#serveFile(url, response)
      return undefined
    }
    const [, token = '', method = ''] = path.exec(url) ?? []
    if (!tokenShape.test(token)) throw new ApiFailure(404, 'Not Found')
    if (token !== this.token) throw new ApiFailure(401, 'Unauthorized')
    if (!isMethod(method)) throw new ApiFailure(404, 'Not Found: method not found')
    return method
  }

  #serveFile(url: string, response: ServerResponse): void {
    const prefix = `/file/bot${this.token}/`
    const name = decodeURIComponent(url.slice(prefix.length))
    const file = url.startsWith(prefix)
      ? [...this.world.files.values()].find((one) => one.path === name)
      : undefined
    const fault = this.faults.next('file', {})
    if (fault && breaksBefore(fault, response)) return
    if (!file) throw new ApiFailure(404, 'Not Found')
    response.writeHead(200, { 'content-type': 'application/octet-stream' })
    if (fault?.kind === 'half') response.write(file.content.subarray(0, file.content.length / 2))
    else response.end(file.content)
  }

  #perform(method: MethodName, parameters: object, response: ServerResponse): unknown {
    if (method !== 'getUpdates') return act(this.session, method, { ...parameters })
    const poll: PollParameters = parameters
    return this.session.updates.poll(poll, (listener) => response.once('close', listener))
  }

  #remember(method: string, parameters: Record<string, unknown>): void {
    this.counts.set(method, (this.counts.get(method) ?? 0) + 1)
    this.calls.push({ method, parameters })
    if (this.calls.length > 2000) this.calls.splice(0, 1000)
  }
}

function isMethod(name: string): name is MethodName {
  return Object.hasOwn(methodParams, name)
}

/** The platform's own words where programs rely on them, the schema's for everything else. */
function explain(method: string, parameters: Record<string, unknown>, problem: string): string {
  if (method === 'sendMessage' && parameters['text'] === undefined) return 'message text is empty'
  if (problem.startsWith('/reaction')) return 'REACTION_INVALID'
  if ('chat_id' in parameters || !problem.includes("'chat_id'")) return problem
  return 'chat_id is empty'
}
