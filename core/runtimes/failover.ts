/**
 * Invariant: a prompt is given to another agent only when the one that had it certainly does not work on it, has shown
 * nothing of an answer and has used no tool. Everything later about a turn goes to the agent that has it.
 */
import type { Clock } from '../clock.ts'
import { RuntimeError } from '../errors.ts'
import { backoffMs } from '../retry.ts'
import type {
  AgentRuntime,
  RequestAnswer,
  RuntimeCatalog,
  RuntimeEvent,
  Turn,
  TurnMessage,
} from '../runtime-port.ts'
import { readTag, writeTag } from './failover-tag.ts'

/** An agent that may serve. `runtime` is asked for every time: a change of configuration makes another one. */
export type FailoverMember = {
  readonly agent: string
  readonly runtime: () => AgentRuntime | undefined
}

export type FailoverOptions = {
  /** The agent itself first, then those that take over. */
  readonly members: readonly [FailoverMember, ...FailoverMember[]]
  readonly clock: Clock
}

const maxPinned = 1_000

type State = { failures: number; retryAt: number }

/** How long an agent that did not work is left alone. */
const rest = { firstMs: 10_000, maxMs: 300_000 }
/** Failures that waiting does not mend but another agent may. */
const notWorking = new Set([
  'not-available',
  'not-installed',
  'unauthorized',
  'quota',
  'bad-settings',
])
/** Nobody knows whether the turn goes on there. */
const unsettled = new Set(['lost', 'timeout', 'stalled', 'busy'])

/** The runtime of an agent, and those of others that take its turns over while it does not work. */
export class FailoverRuntime implements AgentRuntime {
  readonly name = 'failover'
  readonly #options: FailoverOptions
  readonly #states = new Map<string, State>()
  readonly #pinned = new Map<string, string>()
  readonly #serving = new Map<string, AgentRuntime>()
  /** What was said into turns while they ran: whoever takes a turn over must hear it too. */
  readonly #steered = new Map<string, TurnMessage[]>()

  constructor(options: FailoverOptions) {
    this.#options = options
  }

  async *execute(turn: Turn, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    const steered: TurnMessage[] = []
    this.#steered.set(turn.runId, steered)
    try {
      yield* this.#execute(turn, steered, signal)
    } finally {
      if (this.#steered.get(turn.runId) === steered) this.#steered.delete(turn.runId)
    }
  }

  async *#execute(
    turn: Turn,
    steered: readonly TurnMessage[],
    signal: AbortSignal,
  ): AsyncGenerator<RuntimeEvent> {
    const pinned = this.#pinned.get(turn.runId)
    const order = pinned === undefined ? this.#order() : [this.#member(pinned)]
    for (const [at, member] of order.entries()) {
      if (signal.aborted) return
      const next = order[at + 1]
      let isAccepted = false
      let isUnderWay = false
      try {
        const whole = { ...turn, messages: [...turn.messages, ...steered] }
        for await (const event of this.#run(member, 'execute', whole, signal)) {
          if (event.type === 'accepted') isAccepted = true
          // What the person may have seen, or what may have had an effect.
          if (event.type === 'text' || event.type === 'request') isUnderWay = true
          if (event.type === 'tool' && event.state !== 'failed') isUnderWay = true
          yield event
        }
        this.#states.delete(member.agent)
        this.#pinned.delete(turn.runId)
        return
      } catch (error) {
        if (isAccepted && isUnsettled(error)) this.#pin(turn.runId, member.agent)
        if (signal.aborted || !(error instanceof RuntimeError) || !isDown(error)) throw error
        this.#rest(member.agent)
        const isOver = !isUnderWay && !(isAccepted && isUnsettled(error))
        if (!next || !isOver) throw error
        yield {
          type: 'note',
          text: `${member.agent} does not work (${error.code}); ${next.agent} takes over.`,
        }
      }
    }
  }

  async *resume(turn: Turn, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    const member = this.#member(readTag(turn.promptId).agent)
    try {
      yield* this.#run(member, 'resume', turn, signal)
    } catch (error) {
      if (isUnsettled(error)) this.#pin(turn.runId, member.agent)
      throw error
    }
  }

  outlivesGateway(runId: string): boolean {
    return this.#serving.get(runId)?.outlivesGateway?.(runId) ?? false
  }

  async respond(runId: string, requestId: string, answer: RequestAnswer): Promise<boolean> {
    return (await this.#serving.get(runId)?.respond?.(runId, requestId, answer)) ?? false
  }

  async steer(runId: string, message: TurnMessage): Promise<boolean> {
    const isTaken = (await this.#serving.get(runId)?.steer?.(runId, message)) ?? false
    if (isTaken) this.#steered.get(runId)?.push(message)
    return isTaken
  }

  /** What the agent offers that the next turn goes to; nothing where it has no choice. */
  catalog(): RuntimeCatalog | undefined {
    const runtime = this.#order()[0]?.runtime()
    return runtime?.catalog ? runtime.catalog() : { models: [], modes: [] }
  }

  async *compact(turn: Turn, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    const member = this.#member(readTag(turn.session.runtimeSession).agent)
    if (member.runtime()?.compact) yield* this.#run(member, 'compact', turn, signal)
    // Without a memory of its own there is nothing that is too long.
    else yield { type: 'done', reply: { text: '', format: 'plain' } }
  }

  async health(
    signal: AbortSignal,
  ): Promise<{ readonly isHealthy: boolean; readonly detail: string }> {
    const [serving] = this.#order()
    if (!serving) return { isHealthy: false, detail: 'There is no agent.' }
    const health = await serving.runtime()?.health?.(signal)
    return {
      isHealthy: health?.isHealthy ?? serving.runtime() !== undefined,
      detail: [`${serving.agent} serves.`, health?.detail].filter(Boolean).join(' '),
    }
  }

  /** Runs a turn with one agent, which sees only what is its own. */
  async *#run(
    member: FailoverMember,
    way: 'execute' | 'resume' | 'compact',
    turn: Turn,
    signal: AbortSignal,
  ): AsyncGenerator<RuntimeEvent> {
    const { agent } = member
    const runtime = member.runtime()
    const primary = this.#options.members[0].agent
    if (!runtime) throw unavailable(agent)
    if (!runtime[way]) {
      throw new RuntimeError('lost', `${agent} cannot take the turn up again.`, {
        isRetryable: true,
      })
    }
    this.#serving.set(turn.runId, runtime)
    try {
      for await (const event of runtime[way](this.#ownTurn(turn, agent, runtime), signal)) {
        if (event.type === 'session') {
          const runtimeSession = writeTag(agent, event.runtimeSession, primary)
          yield { ...event, runtimeSession }
        } else if (event.type === 'accepted') {
          yield { ...event, promptId: writeTag(agent, event.promptId, primary) }
        } else yield event
      }
    } finally {
      if (this.#serving.get(turn.runId) === runtime) this.#serving.delete(turn.runId)
    }
  }

  #ownTurn(turn: Turn, agent: string, runtime: AgentRuntime): Turn {
    const primary = this.#options.members[0].agent
    const { promptId, choices, ...rest } = turn
    const { runtimeSession, ...session } = turn.session
    const ofPrompt = readTag(promptId)
    const ofSession = readTag(runtimeSession)
    const isOwn = (tag: { readonly agent: string | undefined }) => (tag.agent ?? primary) === agent
    // What was chosen is a name of the agent itself; another may not know it.
    const models = agent === primary ? undefined : (runtime.catalog?.()?.models ?? [])
    const model = choices?.model
    const hasChoice = models === undefined || models.some(({ id }) => id === model)
    return {
      ...rest,
      ...(choices && hasChoice ? { choices } : {}),
      ...(ofPrompt.id !== undefined && isOwn(ofPrompt) ? { promptId: ofPrompt.id } : {}),
      session: {
        ...session,
        ...(ofSession.id !== undefined && isOwn(ofSession) ? { runtimeSession: ofSession.id } : {}),
      },
    }
  }

  #member(agent: string | undefined): FailoverMember {
    const { members } = this.#options
    const found = agent === undefined ? members[0] : members.find((one) => one.agent === agent)
    if (found) return found
    throw new RuntimeError('lost', `${agent} had the turn and is not configured any more.`, {
      isRetryable: true,
    })
  }

  /** Those that work in their order, then those that are left alone: better tried than nobody. */
  #order(): readonly FailoverMember[] {
    const now = this.#options.clock.now()
    const isResting = ({ agent }: FailoverMember) => (this.#states.get(agent)?.retryAt ?? 0) > now
    const { members } = this.#options
    return [...members.filter((one) => !isResting(one)), ...members.filter(isResting)]
  }

  /** What is asked again goes to the agent that may still be at work on it, and to no other. */
  #pin(runId: string, agent: string): void {
    this.#pinned.set(runId, agent)
    const [oldest] = this.#pinned.keys()
    if (this.#pinned.size > maxPinned && oldest !== undefined) this.#pinned.delete(oldest)
  }

  #rest(agent: string): void {
    const failures = (this.#states.get(agent)?.failures ?? 0) + 1
    const ms = backoffMs(failures, rest, () => 0)
    this.#states.set(agent, { failures, retryAt: this.#options.clock.now() + ms })
  }
}

const isUnsettled = (error: unknown) => error instanceof RuntimeError && unsettled.has(error.code)

const isDown = (error: RuntimeError) => error.isRetryable || notWorking.has(error.code)

function unavailable(agent: string): RuntimeError {
  return new RuntimeError('not-available', `The agent ${agent} has no runtime that works.`, {
    isRetryable: false,
  })
}
