import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer, breaksBefore } from './discord-answer.ts'
import { readBody, type Upload } from './discord-body.ts'
import { serveFile } from './discord-cdn.ts'
import { DiscordFailure, invalidForm } from './discord-failure.ts'
import { type Fault, Faults } from './discord-faults.ts'
import { LimitFailure, Limits } from './discord-limits.ts'
import { findOperation, type Match, type Operation, unauthenticated } from './discord-operations.ts'
import { type Answer, ok, type Platform } from './discord-platform.ts'
import { handlers } from './discord-routes.ts'
import { answerProblem, checkBody } from './discord-schema.ts'

/** One request as it came in. */
export type Call = {
  readonly operation: Operation
  readonly method: string
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly params: Readonly<Record<string, string>>
  readonly body: unknown
  readonly files: readonly Upload[]
}

const prefix = '/api/v10'
/** The form that the platform asks for. */
const userAgent = /^DiscordBot \(https?:\S+, [\w.-]+\)/
const snowflake = /^\d{1,20}$/
/** Refusals that a careful bot never meets, whatever people do: bad bodies, a second answer, what is not its own. */
const breachCodes: readonly number[] = [50005, 50006, 50035, 50109, 50159, 50160, 50161, 40060]

/** The REST half: finds the endpoint, checks, carries out, answers; faults and limits come in between. */
export class Rest {
  readonly faults = new Faults()
  readonly limits: Limits
  /** Requests by endpoint, and the last of them, bounded. */
  readonly counts = new Map<Operation, number>()
  readonly calls: Call[] = []
  /** Answers of 401, 403 and 429: ten thousand in ten minutes would ban the address. */
  invalidRequests = 0
  readonly #platform: Platform
  readonly #gateway: { startAnswer(): object }
  readonly #notify: () => void

  constructor(platform: Platform, gateway: { startAnswer(): object }, notify: () => void) {
    this.#platform = platform
    this.#gateway = gateway
    this.#notify = notify
    this.limits = new Limits(platform.world.now)
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.#platform.world.url)
    let fault: Fault | undefined
    let headers: Record<string, string> = {}
    try {
      if (url.pathname.startsWith('/attachments/')) return this.#serveFile(url, response)
      const { value, files } = await readBody(request)
      const match = this.#match(request, url)
      this.#remember(request, url, match, value, files)
      this.#notify()
      fault = this.faults.next(match.operation, value)
      if (fault && breaksBefore(fault, response)) return
      headers = this.limits.take(match.operation, Object.values(match.params)[0] ?? '')
      const { status, body } = this.#perform(match, url, value, files)
      answer(response, fault, status, JSON.stringify(body ?? null), headers)
    } catch (error) {
      if (error instanceof DiscordFailure) this.#refuse(error, request, response, fault, headers)
      else this.#fail(error, response)
    } finally {
      this.#notify()
    }
  }

  /** Either the caller went away, or this server has a bug, which must not look like the platform's. */
  #fail(error: unknown, response: ServerResponse): void {
    if (response.destroyed) return
    const message = `the server of the test failed: ${String(error)}`
    this.#platform.breaches.push(message)
    answer(response, undefined, 500, JSON.stringify({ message, code: 0 }))
  }

  #serveFile(url: URL, response: ServerResponse): void {
    const fault = this.faults.next('cdn', undefined)
    if (fault && breaksBefore(fault, response)) return
    serveFile(this.#platform.world, url, response, fault?.kind === 'half')
  }

  #match(request: IncomingMessage, url: URL): Match {
    const path = url.pathname.startsWith(prefix) ? url.pathname.slice(prefix.length) : ''
    const match = findOperation(request.method ?? '', path)
    if (!match) throw new DiscordFailure(0, { status: 404, message: '404: Not Found' })
    const agent = request.headers['user-agent'] ?? ''
    if (!userAgent.test(agent)) this.#platform.breaches.push(`user agent ${agent} may be blocked`)
    const isOpen = unauthenticated.has(match.operation)
    if (!isOpen && request.headers.authorization !== `Bot ${this.#platform.credentials.token}`) {
      throw new DiscordFailure(0, { status: 401, message: '401: Unauthorized' })
    }
    return match
  }

  #perform(match: Match, url: URL, body: unknown, files: readonly Upload[]): Answer {
    const { operation, params } = match
    if (operation === 'get_bot_gateway') return ok(this.#gateway.startAnswer())
    checkIds(params, url.searchParams)
    for (const key of checkBody(operation, body)) {
      this.#platform.breaches.push(`${operation}: the body has an unknown key ${key}`)
    }
    const result = handlers[operation](this.#platform, {
      params,
      query: url.searchParams,
      body,
      files,
    })
    const problem = answerProblem(operation, result.body)
    if (problem) throw new Error(`an impossible answer to ${operation}: ${problem}`)
    return result
  }

  #refuse(
    error: DiscordFailure,
    request: IncomingMessage,
    response: ServerResponse,
    fault: Fault | undefined,
    headers: Readonly<Record<string, string>>,
  ): void {
    const { status, code, message, errors } = error
    if (status === 401 || status === 403 || status === 429) this.invalidRequests += 1
    const isBreach = breachCodes.includes(code) || (status === 404 && code === 0)
    if (isBreach && fault?.kind !== 'error') {
      const detail = errors ? ` ${JSON.stringify(errors)}` : ''
      this.#platform.breaches.push(`${request.method} ${request.url}: ${code} ${message}${detail}`)
    }
    const own = error instanceof LimitFailure ? error.headers : headers
    answer(response, fault, status, error.toBody(), own)
  }

  #remember(
    request: IncomingMessage,
    url: URL,
    { operation, params }: Match,
    body: unknown,
    files: readonly Upload[],
  ): void {
    this.counts.set(operation, (this.counts.get(operation) ?? 0) + 1)
    const { method = '' } = request
    const query = Object.fromEntries(url.searchParams)
    this.calls.push({ operation, method, path: url.pathname, query, params, body, files })
    if (this.calls.length > 2000) this.calls.splice(0, 1000)
  }
}

/** Refuses ids that cannot be one. */
function checkIds(params: Readonly<Record<string, string>>, query: URLSearchParams): void {
  const ids = ['channel', 'guild', 'user', 'message', 'application', 'interaction']
  const cursors = ['after', 'before', 'around']
  const given = [
    ...ids.flatMap((key) => (params[key] === undefined ? [] : [[key, params[key]] as const])),
    ...cursors.flatMap((key) => (query.has(key) ? [[key, query.get(key) ?? ''] as const] : [])),
  ]
  for (const [key, value] of given) {
    if (snowflake.test(value) || value === '@original') continue
    throw invalidForm([key], 'NUMBER_TYPE_COERCE', `Value "${value}" is not snowflake.`)
  }
}
