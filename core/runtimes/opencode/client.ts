/**
 * Invariant: every call ends in its time limit, and says what went wrong as a `RuntimeError` that never carries the
 * password: `unreachable` and `stalled` where it is not known whether the server has done it, and what
 * `classifyStatus` says where it has refused.
 */
import type { Event, Session, SessionStatus } from '@opencode-ai/sdk/v2/client'
import type { Clock } from '../../clock.ts'
import type { RuntimeError } from '../../errors.ts'
import type { RuntimeCatalog } from '../../runtime-port.ts'
import { boundedFetch } from './bounded-fetch.ts'
import { Calls, callMs } from './calls.ts'
import type { Sdk, SdkClient } from './sdk.ts'
import type { Endpoint, ModelRef, Pending, Prompt, StoredTurnMessage } from './wire.ts'

/** The first prompt starts the tool servers and language servers of its folder. */
const promptMs = 60_000
const abortMs = 2_000
const pageSize = 100
/** A turn of more steps than this is cut off by its time limit long before. */
const maxPages = 20

/** One OpenCode server, spoken to for one folder. */
export class OpenCodeClient {
  readonly where: string
  readonly #sdk: SdkClient
  readonly #calls: Calls

  constructor(
    sdk: Sdk,
    endpoint: Endpoint,
    options: { readonly directory: string; readonly clock: Clock; readonly idleMs: number },
  ) {
    const { url, username, password } = endpoint
    this.where = new URL(url).host
    this.#calls = new Calls(this.where, password, options.clock)
    const login = Buffer.from(`${username}:${password}`).toString('base64')
    this.#sdk = sdk.createOpencodeClient({
      baseUrl: url.replace(/\/+$/, ''),
      directory: options.directory,
      fetch: boundedFetch(options),
      ...(password === '' ? {} : { headers: { Authorization: `Basic ${login}` } }),
    })
  }

  /** What the server says of itself. */
  health(signal?: AbortSignal, ms = callMs): Promise<unknown> {
    return this.#calls.call((options) => this.#sdk.global.health(options), { signal, ms })
  }

  async createSession(title: string, key: string, signal: AbortSignal): Promise<string> {
    // The title stands there twice, so that one that somebody else gave it can be told from it.
    const metadata = { jackdaw: key, title }
    const session = await this.#calls.call(
      (options) => this.#sdk.session.create({ title, metadata }, options),
      { signal, ms: promptMs },
    )
    return session.id
  }

  async findSession(sessionID: string, signal?: AbortSignal): Promise<Session | undefined> {
    return await this.#calls.find(
      (options) => this.#sdk.session.get({ sessionID }, options),
      signal,
    )
  }

  /** Resolves once the server has taken it. */
  async prompt(
    sessionID: string,
    prompt: Prompt,
    signal: AbortSignal,
    ms = promptMs,
  ): Promise<void> {
    await this.#calls.call(
      async (options) => {
        const answer = await this.#sdk.session.promptAsync({ sessionID, ...prompt }, options)
        // It has no content, which the SDK makes nothing of.
        return { ...answer, data: answer.response?.ok }
      },
      { signal, ms },
    )
  }

  async abort(sessionID: string): Promise<void> {
    await this.#calls.call((options) => this.#sdk.session.abort({ sessionID }, options), {
      ms: abortMs,
    })
  }

  /** Shortens what a session remembers; resolves at the end of that, unless the time limit is over first. */
  async summarize(sessionID: string, model: ModelRef, signal: AbortSignal): Promise<void> {
    await this.#calls.call(
      (options) => this.#sdk.session.summarize({ sessionID, ...model }, options),
      { signal, ms: promptMs },
    )
  }

  /** As `provider/model`, where the server's configuration names one. */
  async usualModel(signal: AbortSignal): Promise<string | undefined> {
    const config = await this.#calls.call((options) => this.#sdk.config.get({}, options), {
      signal,
    })
    return config.model
  }

  /** The models of every provider, and the agents that answer people. */
  async catalog(): Promise<RuntimeCatalog> {
    const [{ providers }, agents] = await Promise.all([
      this.#calls.call((options) => this.#sdk.config.providers({}, options), {}),
      this.#calls.call((options) => this.#sdk.app.agents({}, options), {}),
    ])
    return {
      models: providers.flatMap((provider) =>
        Object.entries(provider.models).map(([id, { name }]) => ({
          id: `${provider.id}/${id}`,
          label: name,
        })),
      ),
      modes: agents
        .filter(({ mode, hidden }) => mode !== 'subagent' && hidden !== true)
        .map(({ name, description }) => ({ id: name, label: description ?? name })),
    }
  }

  async status(
    sessionID: string,
    signal?: AbortSignal,
    ms = callMs,
  ): Promise<SessionStatus['type']> {
    const all = await this.#calls.call((options) => this.#sdk.session.status({}, options), {
      signal,
      ms,
    })
    return all[sessionID]?.type ?? 'idle'
  }

  /** The prompt's message and everything after it, or `undefined` when the session does not have it. */
  async messagesFrom(
    sessionID: string,
    messageID: string,
    signal: AbortSignal,
  ): Promise<readonly StoredTurnMessage[] | undefined> {
    let messages: StoredTurnMessage[] = []
    let before: string | undefined
    for (let page = 0; page < maxPages; page += 1) {
      const limits = { limit: pageSize, ...(before === undefined ? {} : { before }) }
      let response: Response | undefined
      const found = await this.#calls.find(async (options) => {
        const answer = await this.#sdk.session.messages({ sessionID, ...limits }, options)
        response = answer.response
        return answer
      }, signal)
      if (!found) return undefined
      messages = [...found, ...messages]
      const at = messages.findIndex(({ info }) => info.id === messageID)
      if (at >= 0) return messages.slice(at)
      before = response?.headers.get('x-next-cursor') ?? undefined
      if (before === undefined) return undefined
      if (page === 0 && !(await this.findMessage(sessionID, messageID, signal))) return undefined
    }
    return messages
  }

  /** Everything of one session since an instant, for what a tool's own session has used. */
  async messagesSince(
    sessionID: string,
    since: number,
    signal: AbortSignal,
  ): Promise<readonly StoredTurnMessage[]> {
    const found = await this.#calls.find(
      (options) => this.#sdk.session.messages({ sessionID, limit: pageSize }, options),
      signal,
    )
    return (found ?? []).filter(({ info }) => info.time.created >= since)
  }

  /** What waits for an answer, in any session of the folder. */
  async pending(signal?: AbortSignal): Promise<Pending> {
    const [permissions, questions] = await Promise.all([
      this.#calls.call((options) => this.#sdk.permission.list({}, options), { signal }),
      this.#calls.call((options) => this.#sdk.question.list({}, options), { signal }),
    ])
    return { permissions, questions }
  }

  /** Returns false when it is no longer open. */
  async replyPermission(
    requestID: string,
    reply: 'once' | 'always' | 'reject',
    message?: string,
  ): Promise<boolean> {
    const note = message === undefined ? {} : { message }
    const done = await this.#calls.find((options) =>
      this.#sdk.permission.reply({ requestID, reply, ...note }, options),
    )
    return done !== undefined
  }

  /** Without answers it is rejected, which ends the turn. Returns false when it is no longer open. */
  async replyQuestion(requestID: string, answers?: string[][]): Promise<boolean> {
    const done = await this.#calls.find(async (options) =>
      answers
        ? await this.#sdk.question.reply({ requestID, answers }, options)
        : await this.#sdk.question.reject({ requestID }, options),
    )
    return done !== undefined
  }

  /** Events as they come, until the stream ends, however it ends. Nothing is repeated of what came before. */
  async *events(signal: AbortSignal): AsyncGenerator<Event> {
    const { stream } = await this.#sdk.event.subscribe({}, { signal, sseMaxRetryAttempts: 1 })
    for await (const event of stream) {
      if (typeof event === 'object' && event !== null && 'properties' in event) yield event
    }
  }

  async findMessage(
    sessionID: string,
    messageID: string,
    signal: AbortSignal,
  ): Promise<StoredTurnMessage | undefined> {
    return await this.#calls.find(
      (options) => this.#sdk.session.message({ sessionID, messageID }, options),
      signal,
    )
  }

  /** The same failure, without the password. */
  safe(error: RuntimeError): RuntimeError {
    return this.#calls.safe(error)
  }
}
