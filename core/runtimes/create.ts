import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import type { AgentRuntime } from '../runtime-port.ts'
import { AcpRuntime } from './acp/runtime.ts'
import { type ChooseOptions, chooseRuntime } from './auto.ts'
import { AutoRuntime } from './auto-runtime.ts'
import { EchoRuntime } from './echo.ts'
import { OpenAiRuntime } from './openai/runtime.ts'
import { ManagedServer } from './opencode/managed-server.ts'
import { OpenCodeRuntime } from './opencode/runtime.ts'
import { foreignServer } from './opencode/server.ts'
import { ToolPlugin } from './opencode/tool-plugin.ts'
import type { AcpSettings, OpenCodeSettings, RuntimeSettings } from './settings.ts'
import type { OwnToolAccess, ToolServer } from './tool-server.ts'

/** What a runtime needs of the gateway around it. */
export type RuntimeContext = {
  readonly clock: Clock
  /** The agent's `instructions`. */
  readonly instructions: string
  /** An instant as people of this agent read it, see `timeFormatter`. */
  readonly formatTime: (at: number) => string
  /** The day of an instant there, see `dayFormatter`. */
  readonly formatDay: (at: number) => string
  /** Folder for what runtimes keep of their own: the log of a managed server and where it is. */
  readonly folder: string
  /** Folder an agent works in where its settings name none. */
  readonly workspace: string
  /** The tool servers of one session (its id): the configured ones and the gateway's own. */
  readonly toolServers: (sessionId: string) => readonly ToolServer[]
  /** Tells the operator, once, what only they can do. */
  readonly notice?: (text: string) => void
  /** The gateway's own tools, for a runtime that cannot be given servers per session. */
  readonly ownTools?: OwnToolAccess
  /** For `auto` and for programs that are started: where the keys are and, in tests, which servers to ask. */
  readonly env: ChooseOptions['env']
  readonly endpoints?: NonNullable<ChooseOptions['endpoints']>
}

/**
 * Makes the runtime of one agent: an `AutoRuntime` for `auto`, whose `prepare` may be called ahead of the first turn.
 * Nothing is connected, started or loaded until it is used. Throws `RuntimeError`
 * for settings that cannot be.
 */
export function createRuntime(settings: RuntimeSettings, context: RuntimeContext): AgentRuntime {
  switch (settings.type) {
    case 'auto':
      return createAutoRuntime(context)
    case 'echo':
      return new EchoRuntime({ ...settings, clock: context.clock })
    case 'openai':
      return new OpenAiRuntime({
        ...settings,
        clock: context.clock,
        instructions: context.instructions,
        formatTime: context.formatTime,
        workspace: { folder: context.workspace, formatDay: context.formatDay },
        toolServers: context.toolServers,
        env: context.env,
      })
    case 'opencode':
      return createOpenCodeRuntime(settings, context)
    case 'acp':
      return createAcpRuntime(settings, context)
  }
}

function createAcpRuntime(
  { command, cwd, env, authMethod }: AcpSettings,
  { env: gatewayEnv, folder, instructions, formatTime, toolServers, clock }: RuntimeContext,
): AcpRuntime {
  return new AcpRuntime({
    command,
    cwd,
    env,
    ...(authMethod === undefined ? {} : { authMethod }),
    gatewayEnv,
    folder: join(folder, 'acp'),
    instructions,
    toolServers,
    clock,
    formatTime,
  })
}

function createOpenCodeRuntime(
  settings: OpenCodeSettings,
  context: RuntimeContext,
): OpenCodeRuntime {
  const { clock, env, instructions, formatTime, ownTools, notice } = context
  const { url, username, password, directory, agent, model } = settings
  const folder = join(context.folder, 'opencode')
  const plugin = ownTools && new ToolPlugin(folder, ownTools)
  if (url !== undefined && plugin) void offerPlugin(url, plugin, notice)
  return new OpenCodeRuntime({
    server:
      url === undefined
        ? new ManagedServer({ clock, env, directory, folder, ...(plugin && { plugin }) })
        : foreignServer({ url, username, password }, directory),
    directory,
    ...(agent === undefined ? {} : { agent }),
    ...(model === undefined ? {} : { model }),
    instructions,
    clock,
    formatTime,
  })
}

/** The configuration of a server that somebody else runs is theirs. */
async function offerPlugin(
  url: string,
  plugin: ToolPlugin,
  notice: RuntimeContext['notice'],
): Promise<void> {
  const spec = await plugin.write().catch(() => undefined)
  if (spec === undefined) return
  notice?.(
    `The OpenCode server at ${new URL(url).host} is not started by the gateway. To give it the gateway's tools, put "plugin": ["${spec}"] into its opencode.json and start it again.`,
  )
}

function createAutoRuntime(context: RuntimeContext): AutoRuntime {
  const { env, clock, endpoints, workspace } = context
  return new AutoRuntime({
    choose: async (signal) =>
      await chooseRuntime({ env, clock, signal, workspace, ...(endpoints ? { endpoints } : {}) }),
    create: (choice) => createRuntime(choice, context),
  })
}
