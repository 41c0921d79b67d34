import type { Clock } from '../clock.ts'
import { RuntimeError } from '../errors.ts'
import type { AgentRuntime } from '../runtime-port.ts'
import { type ChooseOptions, chooseRuntime } from './auto.ts'
import { AutoRuntime } from './auto-runtime.ts'
import { EchoRuntime } from './echo.ts'
import { OpenAiRuntime } from './openai/runtime.ts'
import type { RuntimeSettings } from './settings.ts'

/** What a runtime needs of the gateway around it. */
export type RuntimeContext = {
  readonly clock: Clock
  /** The agent's `instructions`. */
  readonly instructions: string
  /** An instant as people of this agent read it, see `timeFormatter`. */
  readonly formatTime: (at: number) => string
  /** For `auto`: where the keys are and, in tests, which servers to ask. */
  readonly env: ChooseOptions['env']
  readonly endpoints?: NonNullable<ChooseOptions['endpoints']>
}

/**
 * Makes the runtime of one agent: an `AutoRuntime` for `auto`, whose `prepare` may be called ahead of the first turn.
 * Nothing is connected and no SDK is loaded until it is used. Throws `RuntimeError`
 * with code `not-available` for a type this version does not have.
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
      })
    case 'opencode':
    case 'acp':
      throw new RuntimeError(
        'not-available',
        `The runtime ${settings.type} comes with a later version. Until then use auto, echo or openai.`,
        { isRetryable: false },
      )
  }
}

function createAutoRuntime(context: RuntimeContext): AutoRuntime {
  const { env, clock, endpoints } = context
  return new AutoRuntime({
    choose: async (signal) =>
      await chooseRuntime({ env, clock, signal, ...(endpoints ? { endpoints } : {}) }),
    create: (choice) => createRuntime(choice, context),
  })
}
