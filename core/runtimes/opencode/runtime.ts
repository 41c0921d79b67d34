/**
 * Invariant: a prompt's id is handed out (`accepted`) before the prompt is, and one prompt is sent once. After a crash
 * the id tells what became of it: an answer is taken, a running turn is followed, a prompt that never arrived is sent
 * under the same id, and everything else is `lost`.
 */
import type { Clock } from '../../clock.ts'
import { RuntimeError } from '../../errors.ts'
import type {
  AgentRuntime,
  RequestAnswer,
  RuntimeCatalog,
  RuntimeEvent,
  Turn,
  TurnMessage,
} from '../../runtime-port.ts'
import { CatalogMemory } from '../catalog-memory.ts'
import { lost } from '../lost.ts'
import { systemPrompt } from '../system-prompt.ts'
import type { OpenCodeClient } from './client.ts'
import { compactSession } from './compact.ts'
import { EventFeed } from './event-feed.ts'
import { findPrompt } from './find-prompt.ts'
import { OpenCodeLink } from './link.ts'
import { createMessageId } from './message-id.ts'
import { ModelChoice } from './model-choice.ts'
import type { FollowLimits } from './patience.ts'
import { promptParts, steeredParts } from './prompt-parts.ts'
import type { OpenCodeServer } from './server.ts'
import { SessionBook } from './session-book.ts'
import { SessionTitles } from './session-titles.ts'
import { settle } from './settle.ts'
import { type FollowerParts, TurnFollower } from './turn-follower.ts'
import { TurnSteering } from './turn-steering.ts'
import type { Place, Prompt } from './wire.ts'

export type OpenCodeOptions = {
  readonly server: OpenCodeServer
  /** Folder the agent works in, as the server sees it. */
  readonly directory: string
  readonly agent?: string
  /** As `provider/model`. */
  readonly model?: string
  /** Added to the system prompt. */
  readonly instructions: string
  readonly clock: Clock
  readonly formatTime: (at: number) => string
  readonly limits?: Partial<FollowLimits> & { readonly streamIdleMs?: number }
}

const defaultLimits: FollowLimits = {
  pollMs: 2_000,
  startMs: 30_000,
  idleMs: 3_000,
  awayMs: 60_000,
}
/** Servers send a heartbeat every 10 s. */
const streamIdleMs = 25_000
const maxHistory = 20

/** An OpenCode server: one of its sessions for each session here, with a memory and tools of its own. */
export class OpenCodeRuntime implements AgentRuntime {
  readonly name = 'opencode'
  readonly #options: OpenCodeOptions
  readonly #limits: FollowLimits
  readonly #link: OpenCodeLink
  readonly #feed: EventFeed
  readonly #models: ModelChoice
  readonly #catalog: CatalogMemory
  readonly #parts: FollowerParts
  readonly #sessions = new SessionBook()
  readonly #titles = new SessionTitles()
  readonly #running = new Map<string, TurnFollower>()

  /** Connects to nothing yet. Throws `RuntimeError` for a model that is not `provider/model`. */
  constructor(options: OpenCodeOptions) {
    const { server, directory, clock, limits } = options
    this.#options = options
    this.#limits = { ...defaultLimits, ...limits }
    this.#models = new ModelChoice(options.model)
    const idleMs = limits?.streamIdleMs ?? streamIdleMs
    this.#link = new OpenCodeLink(server, { directory, clock, idleMs })
    this.#feed = new EventFeed(this.#link, clock)
    this.#parts = {
      server,
      clock,
      link: this.#link,
      feed: this.#feed,
      limits: this.#limits,
      titles: this.#titles,
    }
    this.#catalog = new CatalogMemory(clock, async () => (await this.#link.client()).catalog())
  }

  async *execute(turn: Turn, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    if (signal.aborted) return
    const { clock } = this.#options
    const client = await this.#link.client(signal)
    // Now there is a server to ask, so that the names are known when somebody wants to choose.
    this.#catalog.get()
    const { sessionId, isNew, found } = await this.#sessions.get(turn, client, signal)
    if (sessionId !== turn.session.runtimeSession) {
      yield { type: 'session', runtimeSession: sessionId }
    }
    if (found) yield* this.#titles.see(found)
    await this.#quiet(client, sessionId, signal)
    const promptId = createMessageId(clock.now())
    yield { type: 'accepted', promptId }
    yield* this.#send(turn, { sessionId, promptId }, isNew, signal)
  }

  async *resume(turn: Turn, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    const sessionId = turn.session.runtimeSession
    const { promptId } = turn
    if (signal.aborted) return
    if (sessionId === undefined || promptId === undefined) throw lost('It was never begun.')
    const place = { sessionId, promptId }
    const found = await findPrompt(this.#parts, place, signal)
    if (signal.aborted) return
    if (found === 'no-session') throw lost('OpenCode does not know the session any more.')
    if (found === 'unseen') {
      yield* this.#send(turn, place, false, signal)
      return
    }
    try {
      yield* this.#follow(turn, place, signal)
    } catch (error) {
      // Its own end, or the gateway's, aborted it; a person who did would have ended the run as well.
      const wasAborted = error instanceof RuntimeError && error.code === 'aborted'
      throw wasAborted ? lost('OpenCode was stopped in the middle of the turn.') : error
    }
  }

  outlivesGateway(): boolean {
    return !this.#options.server.isOwn
  }

  async respond(runId: string, requestId: string, answer: RequestAnswer): Promise<boolean> {
    return (await this.#running.get(runId)?.respond(requestId, answer)) ?? false
  }

  async steer(runId: string, message: TurnMessage): Promise<boolean> {
    return (await this.#running.get(runId)?.steering.hand(message)) ?? false
  }

  catalog(): RuntimeCatalog | undefined {
    return this.#catalog.get()
  }

  async *compact(turn: Turn, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    if (signal.aborted) return
    const client = await this.#link.client(signal)
    const { sessionId } = await this.#sessions.get(turn, client, signal)
    await this.#quiet(client, sessionId, signal)
    const model = await this.#models.for(turn, sessionId, client, signal)
    yield* compactSession(this.#parts, sessionId, model, signal)
  }

  async health(signal: AbortSignal): ReturnType<NonNullable<AgentRuntime['health']>> {
    try {
      const client = await this.#link.client(signal)
      const version = await this.#link.probe(client, signal)
      return { isHealthy: true, detail: `OpenCode ${version} answers at ${client.where}.` }
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error
      return { isHealthy: false, detail: error.message }
    }
  }

  async close(): Promise<void> {
    await this.#options.server.close()
  }

  async *#send(
    turn: Turn,
    place: Place,
    isNew: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<RuntimeEvent> {
    const { instructions, formatTime, clock, server } = this.#options
    const agent = turn.choices?.mode ?? this.#options.agent
    const client = await this.#link.client(signal)
    const model = await this.#models.for(turn, place.sessionId, client, signal)
    // A session that is new here, though not to the people in it: made elsewhere, or lost by the server.
    const history = isNew ? await turn.history(maxHistory) : []
    const { isLocal } = server
    const now = clock.now()
    const parts = await promptParts(turn, { formatTime, now, isLocal, history, signal })
    yield* this.#follow(turn, place, signal, {
      messageID: place.promptId,
      ...(model ? { model } : {}),
      ...(agent === undefined ? {} : { agent }),
      system: systemPrompt(instructions),
      parts,
    })
  }

  async *#follow(
    turn: Turn,
    place: Place,
    signal: AbortSignal,
    prompt?: Prompt,
  ): AsyncGenerator<RuntimeEvent> {
    const steering = new TurnSteering(
      { ...this.#parts, inputs: (message, ended) => this.#said(turn, message, ended) },
      place,
    )
    const follower = new TurnFollower(this.#parts, place, steering)
    this.#running.set(turn.runId, follower)
    try {
      await follower.listen(signal)
      if (signal.aborted) return
      if (prompt) follower.promptError = await this.#prompt(place.sessionId, prompt, signal)
      yield* follower.follow(signal)
    } finally {
      follower.close()
      if (this.#running.get(turn.runId) === follower) this.#running.delete(turn.runId)
    }
  }

  #said(turn: Turn, message: TurnMessage, signal: AbortSignal) {
    const { formatTime, server } = this.#options
    return steeredParts(turn, message, { formatTime, isLocal: server.isLocal, signal })
  }

  /** Resolves with the failure where the prompt may have been taken all the same. */
  async #prompt(
    sessionId: string,
    prompt: Prompt,
    signal: AbortSignal,
  ): Promise<RuntimeError | undefined> {
    const client = await this.#link.client(signal)
    try {
      await client.prompt(sessionId, prompt, signal)
      return undefined
    } catch (error) {
      if (error instanceof RuntimeError && error.isRetryable) return error
      throw error
    }
  }

  /** A prompt to a busy session would wait behind what was given up there. */
  async #quiet(client: OpenCodeClient, sessionId: string, signal: AbortSignal): Promise<void> {
    if ((await client.status(sessionId, signal)) === 'idle') return
    if (await settle(this.#parts, sessionId)) return
    throw new RuntimeError('busy', 'OpenCode does not stop an earlier turn of this session.', {
      isRetryable: true,
    })
  }
}
