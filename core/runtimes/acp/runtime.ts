/**
 * Invariant: a prompt's id is handed out (`accepted`) before the prompt is sent, and one prompt is sent once. The agent
 * is a child of the gateway and ends with it, so a turn that was cut off by the end of either is never re-attached: it
 * is `lost`, and the agent is asked once more and told so.
 */
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import { RuntimeError } from '../../errors.ts'
import type {
  AgentRuntime,
  RequestAnswer,
  RuntimeCatalog,
  RuntimeEvent,
  Turn,
} from '../../runtime-port.ts'
import { systemPrompt } from '../system-prompt.ts'
import type { ToolServer } from '../tool-server.ts'
import { AcpAgent } from './agent.ts'
import type { AgentSession } from './agent-session.ts'
import { type AcpLimits, defaultLimits } from './limits.ts'
import { promptBlocks } from './prompt-blocks.ts'
import { SessionBook } from './session-book.ts'
import { catalogOf } from './session-options.ts'
import { toolServersFor } from './tool-servers.ts'
import { TurnRun } from './turn-run.ts'

export type AcpOptions = {
  /** The program and its arguments. */
  readonly command: readonly string[]
  readonly cwd: string
  /** For the program, beside what every program gets. Secrets: they appear in no error. */
  readonly env: Readonly<Record<string, string>>
  /** Id of the log-in to ask for at the start; absent: none, as agents that are logged in or have their key need none. */
  readonly authMethod?: string
  readonly gatewayEnv: Readonly<Record<string, string | undefined>>
  /** For the agent's log. */
  readonly folder: string
  readonly instructions: string
  readonly toolServers: (sessionId: string) => readonly ToolServer[]
  readonly clock: Clock
  readonly formatTime: (at: number) => string
  readonly limits?: Partial<AcpLimits>
}

const maxHistory = 20

/** Any agent that speaks the Agent Client Protocol: one process, and in it a session for each session here. */
export class AcpRuntime implements AgentRuntime {
  readonly name = 'acp'
  readonly #options: AcpOptions
  readonly #limits: AcpLimits
  readonly #agent: AcpAgent
  readonly #book: SessionBook
  readonly #running = new Map<string, TurnRun>()
  #catalog: RuntimeCatalog | undefined

  /** Starts nothing yet. */
  constructor(options: AcpOptions) {
    const { cwd, gatewayEnv, toolServers } = options
    this.#options = options
    this.#limits = { ...defaultLimits, ...options.limits }
    this.#agent = new AcpAgent({ ...options, limits: this.#limits })
    this.#book = new SessionBook({
      agent: this.#agent,
      cwd,
      sessionMs: this.#limits.sessionMs,
      toolServers: (sessionId, { capabilities }) =>
        toolServersFor(toolServers(sessionId), {
          takesHttp: capabilities.takesHttpTools,
          path: options.env['PATH'] ?? gatewayEnv['PATH'] ?? '',
        }),
    })
  }

  async *execute(turn: Turn, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    if (signal.aborted) return
    const locking = this.#book.lock(turn)
    const unlock = await unlessAborted(locking, signal)
    if (!unlock) {
      void locking.then((late) => late())
      return
    }
    const opening = this.#open(turn, signal)
    try {
      const session = await unlessAborted(opening, signal)
      if (!session || signal.aborted) return
      if (session.id !== turn.session.runtimeSession) {
        yield { type: 'session', runtimeSession: session.id }
      }
      const { formatTime, clock, instructions } = this.#options
      const prompt = await promptBlocks(turn, {
        formatTime,
        now: clock.now(),
        capabilities: session.life.capabilities,
        introduction: session.isNew ? systemPrompt(instructions) : '',
        history: session.isNew ? await turn.history(maxHistory) : [],
        signal,
      })
      yield { type: 'accepted', promptId: randomUUID() }
      if (signal.aborted) return
      yield* this.#run(turn, session, prompt, signal)
    } finally {
      // A session that is still being made is not made twice.
      void opening.then(unlock, unlock)
    }
  }

  async respond(runId: string, requestId: string, answer: RequestAnswer): Promise<boolean> {
    return this.#running.get(runId)?.answer(requestId, answer) ?? false
  }

  catalog(): RuntimeCatalog | undefined {
    return this.#catalog
  }

  async health(
    signal: AbortSignal,
  ): Promise<{ readonly isHealthy: boolean; readonly detail: string }> {
    try {
      const life = await unlessAborted(this.#agent.life(), signal)
      if (!life) return { isHealthy: false, detail: 'The agent has not started yet.' }
      return { isHealthy: true, detail: `${life.capabilities.name} runs and answers.` }
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error
      return { isHealthy: false, detail: error.message }
    }
  }

  async close(): Promise<void> {
    await this.#agent.close()
  }

  async *#run(
    turn: Turn,
    session: AgentSession,
    prompt: Awaited<ReturnType<typeof promptBlocks>>,
    signal: AbortSignal,
  ): AsyncGenerator<RuntimeEvent> {
    const run = new TurnRun({
      agent: this.#agent,
      session,
      clock: this.#options.clock,
      limits: this.#limits,
      forget: () => this.#book.forget(session),
      reopen: () => this.#book.prepare(turn),
    })
    this.#running.set(turn.runId, run)
    try {
      yield* run.follow(prompt, signal)
    } finally {
      if (this.#running.get(turn.runId) === run) this.#running.delete(turn.runId)
      this.#catalog = catalogOf(session.options)
    }
  }

  /** The turn's session, silent and with what was chosen for it. */
  async #open(turn: Turn, signal: AbortSignal): Promise<AgentSession> {
    const session = await this.#book.get(turn)
    await session.quiet(this.#options.clock, this.#limits.quietMs, signal)
    try {
      await session.choose(turn.choices ?? {}, this.#limits.sessionMs)
    } catch (error) {
      throw this.#book.classify(error, session.life)
    }
    this.#catalog = catalogOf(session.options)
    return session
  }
}

/** What is under way goes on for whoever comes next; only this turn waits no longer. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  work.catch(() => undefined)
  const aborted = Promise.withResolvers<undefined>()
  const abort = () => aborted.resolve(undefined)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
