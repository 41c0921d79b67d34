import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Answer } from './signal-acts.ts'
import { RestFailure } from './signal-failure.ts'
import { type SignalFault, SignalFaults } from './signal-faults.ts'
import { SignalLinks } from './signal-links.ts'
import { SignalPerson } from './signal-people.ts'
import { type Frame, SignalReader } from './signal-reader.ts'
import { breaksBefore, reply } from './signal-reply.ts'
import { type Found, findRoute, readBody, tryJson, unreadable } from './signal-requests.ts'
import { type SignalSchema, signalSchema } from './signal-schema.ts'
import { rateLimited, type SignalState } from './signal-send.ts'
import {
  type Group,
  type Identity,
  makeIdentity,
  type SentMessage,
  SignalWorld,
} from './signal-world.ts'

type Json = Readonly<Record<string, unknown>>

export type SignalServerOptions = {
  readonly account?: string
  readonly uuid?: string
  /** The platform's clock, in milliseconds. */
  readonly now?: () => number
  readonly port?: number
  readonly mode?: 'json-rpc' | 'normal' | 'native'
  /** Builds since July 2026 answer `/v2/send` with an array, earlier ones with an object. */
  readonly answers?: 'array' | 'object'
  /** Frames in quick succession find the reader busy and are lost, as with the real one. */
  readonly dropsInBursts?: boolean
  readonly pingMs?: number
  /** RECEIVE_WEBHOOK_URL. */
  readonly webhookUrl?: string
  /** Whether the account has been linked; `link` links it. */
  readonly isLinked?: boolean
}

/** One request as it came in, for tests that look at the wire. */
export type SignalCall = {
  /** `POST /v2/send`, parameters as `{number}` and `{}`. */
  readonly name: string
  readonly url: string
  readonly body: Json
}

/** Starts a strict signal-cli-rest-api (json-rpc mode) with one account on loopback. */
export async function startSignalServer(options: SignalServerOptions = {}): Promise<SignalServer> {
  const server = new SignalServer(options, signalSchema())
  await server.listen(options.port ?? 0)
  return server
}

/**
 * signal-cli-rest-api as a client meets it, and the people behind it: `person` makes one, `sent` shows what the
 * account has said, `faults` breaks calls, `breaches` holds what the real server would have let pass and should not.
 */
export class SignalServer implements AsyncDisposable {
  readonly account: string
  readonly world: SignalWorld
  readonly reader: SignalReader
  readonly faults = new SignalFaults()
  readonly links: SignalLinks
  /** The account's owner, on the phone. */
  readonly self: SignalPerson
  readonly breaches: string[] = []
  /** Calls by name, and the last of them, bounded. */
  readonly counts = new Map<string, number>()
  readonly calls: SignalCall[] = []
  mode: string
  answers: 'array' | 'object'
  /** Numbers that signal-cli knows. */
  readonly accounts = new Set<string>()
  readonly #state: SignalState
  readonly #schema: SignalSchema
  readonly #http: Server
  readonly #watchers = new Set<() => void>()
  #port = 0

  constructor(options: SignalServerOptions, schema: SignalSchema) {
    this.account = options.account ?? '+4915112345678'
    this.mode = options.mode ?? 'json-rpc'
    this.answers = options.answers ?? 'array'
    this.#schema = schema
    const fields = options.uuid === undefined ? {} : { uuid: options.uuid }
    const self = makeIdentity('Jackdaw', this.account, fields)
    this.world = new SignalWorld(self, options.now ?? Date.now)
    const report = (breach: string) => {
      this.breaches.push(breach)
    }
    this.reader = new SignalReader(
      {
        dropsInBursts: options.dropsInBursts ?? false,
        pingMs: options.pingMs ?? 54_000,
        webhookUrl: options.webhookUrl,
      },
      () => this.#notify(),
      report,
    )
    this.#state = { world: this.world, reader: this.reader, report, limit: undefined }
    this.self = new SignalPerson(self, this.world, this.reader, schema)
    this.links = new SignalLinks(() => this.accounts.add(this.account))
    if (options.isLinked ?? true) this.accounts.add(this.account)
    this.#http = createServer((request, response) => void this.#serve(request, response))
    this.#http.on('upgrade', (request, stream, head) => {
      const [path = ''] = (request.url ?? '').split('?')
      const [, number] = /^\/v1\/receive\/([^/]+)$/.exec(path) ?? []
      if (number === undefined || this.mode !== 'json-rpc')
        return stream.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n')
      this.reader.upgrade(request, stream, head, decodeURIComponent(number))
    })
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** What the account has said, in order, as people see it now. */
  get sent(): readonly SentMessage[] {
    return this.world.sent
  }

  /** The visible texts of one chat: a person (by number or uuid) or a group; deleted ones left out. */
  texts(chat: SignalPerson | Group): string[] {
    const isHere = (one: SentMessage) =>
      'internalId' in chat
        ? one.group === chat
        : !one.group && one.recipients.some((id) => id === chat.number || id === chat.uuid)
    return this.sent.filter((one) => isHere(one) && !one.isDeleted).map((one) => one.text)
  }

  /** Somebody with Signal, who can write to the account from now on. `number: null` hides it. */
  person(name: string | null = 'Ann', fields: Partial<Identity> = {}): SignalPerson {
    const identity = this.world.addPerson(name, fields)
    return new SignalPerson(identity, this.world, this.reader, this.#schema)
  }

  /** A group with these people and the account; the first of them administers it. */
  group(name: string, people: readonly SignalPerson[], fields: Partial<Group> = {}): Group {
    const members = people.map(({ identity }) => identity)
    return this.world.addGroup(name, members, fields)
  }

  /** Hands out any envelope, unchecked. */
  raw(envelope: unknown, fields: Partial<Frame> = {}): void {
    this.reader.read({ envelope, account: this.account, ...fields })
  }

  /** Sending is refused with 429 and these tokens until one of them is answered by a captcha. */
  limitSending(tokens: readonly string[]): void {
    this.#state.limit = tokens
  }

  get isLimited(): boolean {
    return this.#state.limit !== undefined
  }

  /** Breaks the next `times` calls of this name (`POST /v2/send`; `*`: of any). */
  fail(call: string, fault: SignalFault, times = 1): void {
    this.faults.add(call, fault, times)
  }

  /**
   * Resolves with what `predicate` returns once that is truthy; it is asked after everything that happens.
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

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#http.once('error', reject)
      this.#http.listen(port, '127.0.0.1', resolve)
    })
    const address = this.#http.address()
    this.#port = typeof address === 'object' && address ? address.port : 0
  }

  /** Cuts every connection, as a restart would; the server goes on listening. */
  cutConnections(): void {
    this.reader.cut()
    this.#http.closeAllConnections()
  }

  /** Refuses connections until `listen(port)`; the state stays. Returns the port. */
  async goDown(): Promise<number> {
    const closed = new Promise((resolve) => this.#http.close(resolve))
    this.cutConnections()
    await closed
    return this.#port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reader.close()
    if (this.#http.listening) await this.goDown()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    const route = findRoute(request.method ?? '', url.pathname)
    const name = route?.name ?? `${request.method} ${url.pathname}`
    const fault = this.faults.next(name)
    try {
      if (fault?.kind === 'hang' && fault.leavesBody) return
      const text = await readBody(request)
      this.#remember(name, request.url ?? '', text)
      if (fault?.kind === 'flood') throw rateLimited(this.account, fault.tokens)
      if (fault && breaksBefore(fault, response)) return
      const answer = route
        ? await this.#act(route, url.searchParams, text)
        : (this.links.answer(name, url.searchParams) ?? (await this.#own(name)))
      reply(response, fault, answer)
    } catch (error) {
      if (!(error instanceof RestFailure)) {
        this.breaches.push(`the server itself failed: ${error}`)
        response.destroy()
        return
      }
      const type = error.isPlain ? { type: 'text/plain; charset=utf-8' } : {}
      reply(response, fault, { status: error.status, body: error.body, ...type })
    } finally {
      this.#notify()
    }
  }

  async #act({ route, parameters }: Found, query: URLSearchParams, text: string): Promise<Answer> {
    const body = route.body === undefined ? {} : this.#readJson(route.body, text)
    const number = route.path === '/v2/send' ? String(body['number'] ?? '') : parameters[0]
    if (!route.isLocal && number && !this.accounts.has(number))
      throw new RestFailure(400, 'Specified account does not exist')
    const answer = route.act({
      state: this.#state,
      parameters,
      query,
      body,
      answers: this.answers,
    })
    // Tests hear of it before the answer has gone: a hanging answer has acted too.
    this.#notify()
    if (!route.isLocal) await this.reader.idle()
    return answer
  }

  /** Calls about the server itself. */
  async #own(name: string): Promise<Answer> {
    switch (name) {
      case 'GET /v1/health':
        return { status: 204 }
      case 'GET /v1/about':
        return {
          status: 200,
          body: {
            versions: ['v1', 'v2'],
            build: 2,
            mode: this.mode,
            version: '0.100',
            capabilities: { 'v2/send': ['quotes', 'mentions'] },
          },
        }
      case 'GET /v1/accounts':
        await this.reader.idle()
        return { status: 200, body: [...this.accounts] }
    }
    if (name.startsWith('GET /v1/receive/') && this.mode === 'json-rpc')
      throw new RestFailure(
        400,
        "websocket: the client is not using the websocket protocol: 'upgrade' token not found in 'Connection' header",
      )
    if (name.startsWith('GET /v1/receive/')) return { status: 200, body: [] }
    return { status: 404, bytes: Buffer.from('404 page not found'), type: 'text/plain' }
  }

  /** The body as Go reads it: wrong types are refused, what is missing is zero, what is unknown is ignored. */
  #readJson(definition: string, text: string): Json {
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch {
      throw unreadable()
    }
    const problems = this.#schema.problems(definition, body)
    for (const problem of problems) this.breaches.push(`${definition}: ${problem.text}`)
    if (problems.some(({ isMistyped }) => isMistyped)) throw unreadable()
    return { ...Object(body) }
  }

  #remember(name: string, url: string, text: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
    this.calls.push({ name, url, body: tryJson(text) })
    if (this.calls.length > 2000) this.calls.splice(0, 1000)
  }

  #notify(): void {
    for (const look of this.#watchers) look()
  }
}
