import { RuntimeError } from '../errors.ts'
import type {
  AgentRuntime,
  RequestAnswer,
  RuntimeEvent,
  Turn,
  TurnMessage,
} from '../runtime-port.ts'
import type { RuntimeChoice } from './auto.ts'

type Chosen = { readonly choice: RuntimeChoice; readonly runtime: AgentRuntime }

/**
 * A runtime that is chosen on first use and then stays. `prepare` lets the gateway choose in the background of its
 * start; a turn that comes earlier waits for the same choice.
 */
export class AutoRuntime implements AgentRuntime {
  readonly name = 'auto'
  /** What only some runtimes have is there once one of them was chosen. */
  catalog?: NonNullable<AgentRuntime['catalog']>
  compact?: NonNullable<AgentRuntime['compact']>
  outlivesGateway?: NonNullable<AgentRuntime['outlivesGateway']>
  readonly #choose: (signal: AbortSignal) => Promise<RuntimeChoice>
  readonly #create: (choice: RuntimeChoice['choice']) => AgentRuntime
  readonly #stop = new AbortController()
  #chosen: Promise<Chosen> | undefined

  constructor(options: {
    readonly choose: (signal: AbortSignal) => Promise<RuntimeChoice>
    readonly create: (choice: RuntimeChoice['choice']) => AgentRuntime
  }) {
    this.#choose = options.choose
    this.#create = options.create
  }

  /** Resolves with what was chosen, the same for every call. Rejects only after `close`. */
  async prepare(): Promise<RuntimeChoice> {
    return (await this.#get()).choice
  }

  async *execute(turn: Turn, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    // The choice belongs to all turns, so the abort of one does not end it; it takes a moment at most.
    const { runtime } = await this.#get()
    if (!signal.aborted) yield* runtime.execute(turn, signal)
  }

  async *resume(turn: Turn, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    const { runtime } = await this.#get()
    if (signal.aborted) return
    if (!runtime.resume) {
      throw new RuntimeError('lost', 'Another runtime was chosen than the one that began it.', {
        isRetryable: true,
      })
    }
    yield* runtime.resume(turn, signal)
  }

  async respond(runId: string, requestId: string, answer: RequestAnswer): Promise<boolean> {
    const { runtime } = await this.#get()
    return (await runtime.respond?.(runId, requestId, answer)) ?? false
  }

  async steer(runId: string, message: TurnMessage): Promise<boolean> {
    const { runtime } = await this.#get()
    return (await runtime.steer?.(runId, message)) ?? false
  }

  async health(
    signal: AbortSignal,
  ): Promise<{ readonly isHealthy: boolean; readonly detail: string }> {
    const { choice, runtime } = await this.#get()
    const health = await runtime.health?.(signal)
    return {
      isHealthy: health?.isHealthy ?? true,
      detail: [choice.reason, health?.detail, choice.hint].filter(Boolean).join(' '),
    }
  }

  /** Ends a choice under way. Safe to call twice. */
  async close(): Promise<void> {
    this.#stop.abort(new RuntimeError('closed', 'The gateway is stopping.', { isRetryable: true }))
    const chosen = await this.#chosen?.catch(() => undefined)
    await chosen?.runtime.close?.()
  }

  #get(): Promise<Chosen> {
    this.#chosen ??= this.#choose(this.#stop.signal).then((choice) => {
      const runtime = this.#create(choice.choice)
      if (runtime.catalog) this.catalog = () => runtime.catalog?.()
      if (runtime.compact) this.compact = runtime.compact.bind(runtime)
      if (runtime.outlivesGateway) this.outlivesGateway = runtime.outlivesGateway.bind(runtime)
      return { choice, runtime }
    })
    return this.#chosen
  }
}
