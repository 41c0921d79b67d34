import { join } from 'node:path'
import type { AgentConfig, Config } from '../config/types.ts'
import type { Clock } from '../core/clock.ts'
import { RuntimeError } from '../core/errors.ts'
import type { AgentRuntime } from '../core/runtime-port.ts'
import { AutoRuntime } from '../core/runtimes/auto-runtime.ts'
import { createRuntime, type RuntimeContext } from '../core/runtimes/create.ts'
import { FailoverRuntime } from '../core/runtimes/failover.ts'
import { dayFormatter } from '../core/runtimes/format-day.ts'
import { timeFormatter } from '../core/runtimes/format-time.ts'
import type { RunningToolServer, ToolDefinition, ToolServer } from '../core/runtimes/tool-server.ts'

type Agent = {
  /** What its own settings name; `runtime` is that, or that with others behind it. */
  readonly own: AgentRuntime | undefined
  readonly runtime: AgentRuntime | undefined
  readonly type: string
  detail: string
  hint?: string
}

/** `hint`: what would make its answers better, in a sentence or two. */
export type AgentFacts = {
  readonly name: string
  readonly runtime: string
  readonly detail: string
  readonly hint?: string
}

/** The tools that the gateway itself has for its agents. */
export type OwnTools = {
  /** Where they are, with the token of one session or, without one, of the agent. Undefined until the gateway listens. */
  server(agent: string, sessionId?: string): RunningToolServer | undefined
  definitions(): Promise<readonly ToolDefinition[]>
}

/** The configured agents and what executes their turns. */
export class Agents {
  readonly #clock: Clock
  readonly #env: RuntimeContext['env']
  readonly #own: OwnTools
  readonly #onChoice: (agent: string, reason: string, hint: string | undefined) => void
  readonly #agents = new Map<string, Agent>()

  constructor(options: {
    clock: Clock
    env: RuntimeContext['env']
    /** Called once `auto` has chosen: what it chose and why. */
    onChoice: (agent: string, reason: string, hint: string | undefined) => void
    /** The gateway's own tools; absent where there are none. */
    own?: OwnTools
  }) {
    this.#clock = options.clock
    this.#env = options.env
    this.#onChoice = options.onChoice
    this.#own = options.own ?? { server: () => undefined, definitions: async () => [] }
  }

  /** Makes the runtimes of `names`, or of all agents; what ran before under such a name is closed in the background. */
  use(config: Config, names: readonly string[] = Object.keys(config.agents)): void {
    for (const name of names) {
      void this.#close(name)
      const agent = config.agents[name]
      if (agent) this.#agents.set(name, this.#make(name, agent, config))
    }
  }

  runtime(name: string): AgentRuntime | undefined {
    return this.#agents.get(name)?.runtime
  }

  describe(name: string): string {
    return this.#agents.get(name)?.detail ?? 'not configured'
  }

  list(): readonly AgentFacts[] {
    return [...this.#agents].map(([name, { type, detail, hint }]) => ({
      name,
      runtime: type,
      detail,
      ...(hint !== undefined && { hint }),
    }))
  }

  /** Resolves once every runtime has ended what it started. Never rejects. */
  async close(): Promise<void> {
    await Promise.all([...this.#agents.keys()].map((name) => this.#close(name)))
  }

  #make(name: string, config: AgentConfig, { timezone, dataDir }: Config): Agent {
    const { type } = config.runtime
    try {
      const runtime = createRuntime(config.runtime, {
        clock: this.#clock,
        instructions: config.instructions,
        formatTime: timeFormatter(timezone),
        formatDay: dayFormatter(timezone),
        env: this.#env,
        folder: join(dataDir, 'runtimes', name),
        workspace: config.workspace,
        toolServers: (sessionId) => {
          const own = isOwnUsed(config) ? this.#own.server(name, sessionId) : undefined
          return [...configuredServers(config), ...(own ? [own] : [])]
        },
        notice: (text) => this.#onChoice(name, text, undefined),
        ...(isOwnUsed(config) && {
          ownTools: {
            definitions: () => this.#own.definitions(),
            access: () => this.#own.server(name),
          },
        }),
      })
      const agent: Agent = {
        own: runtime,
        runtime: this.#withFailover(name, config, runtime),
        type,
        detail: runtime.name,
      }
      if (runtime instanceof AutoRuntime) this.#prepare(name, runtime, agent)
      return agent
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error
      const runtime = this.#withFailover(name, config, undefined)
      return { own: undefined, runtime, type, detail: error.message }
    }
  }

  #withFailover(
    name: string,
    { failover }: AgentConfig,
    runtime: AgentRuntime | undefined,
  ): AgentRuntime | undefined {
    if (failover.length === 0) return runtime
    const member = (agent: string) => ({ agent, runtime: () => this.#agents.get(agent)?.own })
    return new FailoverRuntime({
      members: [member(name), ...failover.map(member)],
      clock: this.#clock,
    })
  }

  /** Lets `auto` look around without anybody waiting for it. */
  #prepare(name: string, runtime: AutoRuntime, agent: Agent): void {
    agent.detail = 'choosing a runtime'
    runtime.prepare().then(
      ({ choice, reason, hint }) => {
        agent.detail = choice.type
        if (hint !== undefined) agent.hint = `${reason} ${hint}`
        this.#onChoice(name, reason, hint)
      },
      () => {
        agent.detail = 'closed'
      },
    )
  }

  async #close(name: string): Promise<void> {
    const runtime = this.#agents.get(name)?.own
    this.#agents.delete(name)
    // What cannot be ended keeps neither a new configuration nor the end of the gateway waiting.
    await runtime?.close?.().catch(() => undefined)
  }
}

/** A server of the same name in the configuration takes the place of the gateway's own, also one that is switched off. */
function isOwnUsed({ mcpServers }: AgentConfig): boolean {
  return mcpServers['jackdaw'] === undefined
}

function configuredServers({ mcpServers, workspace }: AgentConfig): readonly ToolServer[] {
  return Object.entries(mcpServers).flatMap(([name, server]): ToolServer[] => {
    const { command, url, cwd, env, headers, enabled } = server
    if (!enabled) return []
    if (url !== undefined) return [{ name, url, headers }]
    return command === undefined ? [] : [{ name, command, cwd: cwd || workspace, env }]
  })
}
