import type { RuntimeEvent } from '../../runtime-port.ts'
import { oneLine } from '../one-line.ts'
import type { OfferedTool } from '../tools/tool-hub.ts'
import type { ToolOutcome } from '../tools/tool-result.ts'

/** What the model asks for in one step. `problem`: it cannot be done, in words for the model. */
export type ToolCall = {
  readonly id: string
  readonly name: string
  readonly input: unknown
  readonly problem?: string
}

/** Calls at a time, and in one step; a model that wants more is in a loop. */
const maxParallel = 8
const maxCalls = 64
const maxReason = 200

/**
 * Carries the calls of one step out, several at a time, and tells of each when it begins and ends. Returns the outcomes
 * in the order of `calls`; what goes wrong is an outcome too. A reader that leaves, or an abort, cancels what is under
 * way.
 */
export async function* callTools(
  calls: readonly ToolCall[],
  tools: ReadonlyMap<string, OfferedTool>,
  maxLength: number,
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent, readonly ToolOutcome[]> {
  const stop = new AbortController()
  const cancelled = AbortSignal.any([signal, stop.signal])
  const outcomes: ToolOutcome[] = []
  const events: RuntimeEvent[] = []
  let wake = Promise.withResolvers<void>()
  let next = 0
  let left = Math.min(maxParallel, calls.length)
  const say = (event: RuntimeEvent) => {
    events.push(event)
    wake.resolve()
  }
  const lane = async () => {
    for (let at = next++; at < calls.length && !cancelled.aborted; at = next++) {
      const call = calls[at]
      if (call) outcomes[at] = await callTool(call, at, tools, maxLength, cancelled, say)
    }
  }
  const failures: unknown[] = []
  for (let index = left; index > 0; index -= 1) {
    void lane()
      .catch((error) => failures.push(error))
      .finally(() => {
        left -= 1
        wake.resolve()
      })
  }
  try {
    while (left > 0 || events.length > 0) {
      yield* events.splice(0)
      if (left === 0) continue
      await wake.promise
      wake = Promise.withResolvers()
    }
  } finally {
    stop.abort()
  }
  if (failures.length > 0) throw failures[0]
  return calls.map((_, at) => outcomes[at] ?? { text: 'It was cancelled.', isError: true })
}

async function callTool(
  call: ToolCall,
  at: number,
  tools: ReadonlyMap<string, OfferedTool>,
  maxLength: number,
  signal: AbortSignal,
  say: (event: RuntimeEvent) => void,
): Promise<ToolOutcome> {
  const tool = tools.get(call.name)
  const name = oneLine(call.name, maxReason)
  const title = tool?.title(call.input) ?? name
  say({ type: 'tool', name, state: 'running', title })
  const problem =
    call.problem ??
    (tool ? undefined : 'There is no such tool.') ??
    (at >= maxCalls ? `At most ${maxCalls} calls at once are carried out.` : undefined)
  const outcome =
    tool && problem === undefined
      ? await tool.call(call.input, maxLength, signal)
      : { text: problem ?? '', isError: true }
  say(
    outcome.isError
      ? {
          type: 'tool',
          name,
          state: 'failed',
          title: `${title} (${oneLine(outcome.text, maxReason)})`,
        }
      : { type: 'tool', name, state: 'completed', title },
  )
  return outcome
}
