import { type OpenAiOptions, OpenAiRuntime } from '../../core/runtimes/openai/runtime.ts'
import { ManualClock } from './manual-clock.ts'

/** The runtime for the scripted model server at `baseUrl`, on a clock that stands still. */
export function makeOpenAiRuntime(
  baseUrl: string,
  options: Partial<OpenAiOptions> = {},
): OpenAiRuntime {
  return new OpenAiRuntime({
    baseUrl,
    apiKey: '',
    model: 'scripted-1',
    maxSteps: 5,
    instructions: '',
    clock: new ManualClock(),
    formatTime: (at) => new Date(at).toISOString(),
    ...options,
  })
}
