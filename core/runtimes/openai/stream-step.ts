import type { ModelMessage, ToolSet } from 'ai'
import type { RuntimeEvent, Usage } from '../../runtime-port.ts'
import type { OfferedTool } from '../tools/tool-hub.ts'
import type { AnswerText } from './answer-text.ts'
import type { ToolCall } from './call-tools.ts'
import type { Sdk } from './sdk.ts'

export type StepRequest = {
  readonly baseUrl: string
  readonly apiKey: string
  readonly model: string
  readonly instructions: string
  readonly messages: readonly ModelMessage[]
  readonly tools: ReadonlyMap<string, OfferedTool>
  /** Whether the model may call the tools. They stay in the request, because messages may tell of earlier calls. */
  readonly mayCall: boolean
  readonly asksUsage: boolean
  readonly fetch: typeof fetch
}

/** One call of the model, to its end. */
export type Step = {
  readonly calls: readonly ToolCall[]
  /** What the model said, as it is to be told again in the next step. */
  readonly messages: readonly ModelMessage[]
  readonly finish: { readonly reason: string; readonly raw: string | undefined } | undefined
}

/**
 * Asks the model once and streams what it says into `answer`. Throws whatever went wrong as the SDK reports it; an
 * abort of `signal`, or a full answer, closes the connection and ends the stream. Carries no call out.
 */
export async function* streamStep(
  sdk: Sdk,
  request: StepRequest,
  answer: AnswerText,
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent, Step | undefined> {
  const stop = new AbortController()
  const provider = sdk.createOpenAICompatible({
    name: 'openai-compatible',
    baseURL: request.baseUrl,
    ...(request.apiKey ? { apiKey: request.apiKey } : {}),
    includeUsage: request.asksUsage,
    // Not said to the SDK, which throws the answer away where a model calls all the same.
    transformRequestBody: (body) =>
      request.mayCall || !body['tools'] ? body : { ...body, tool_choice: 'none' },
    fetch: request.fetch,
  })
  const result = sdk.streamText({
    model: provider.chatModel(request.model),
    instructions: request.instructions,
    messages: [...request.messages],
    ...(request.tools.size > 0
      ? {
          tools: toolSet(sdk, request.tools),
          toolChoice: 'auto' as const,
        }
      : {}),
    stopWhen: sdk.isStepCount(1),
    // The core decides about repetitions, with the attempt counted in the run.
    maxRetries: 0,
    abortSignal: AbortSignal.any([signal, stop.signal]),
    telemetry: { isEnabled: false },
    // Without a listener the SDK prints errors; they come through the stream as well.
    onError: () => undefined,
  })
  const calls: ToolCall[] = []
  let usage: Usage | undefined
  let finish: Step['finish']
  try {
    for await (const part of result.stream) {
      if (part.type === 'error') throw part.error
      if (part.type === 'text-delta') {
        const delta = answer.add(part.text)
        if (delta) yield { type: 'text', delta }
        if (answer.isFull) break
      }
      if (part.type === 'tool-call') {
        const { toolCallId: id, toolName: name, input } = part
        const problem = part.invalid && request.tools.has(name) ? invalid : undefined
        calls.push({ id, name, input, ...(problem === undefined ? {} : { problem }) })
      }
      if (part.type === 'finish-step') {
        finish = { reason: part.finishReason, raw: part.rawFinishReason }
        usage = usageOf(part.usage, request.model)
      }
    }
    if (signal.aborted) return undefined
    const delta = answer.endStep()
    if (delta) yield { type: 'text', delta }
    if (usage) yield { type: 'usage', usage }
    if (answer.isFull) return { calls: [], messages: [], finish }
    return { calls, messages: saidIn(await result.responseMessages), finish }
  } finally {
    stop.abort()
  }
}

const invalid = 'The arguments are not valid JSON for this tool. Nothing was done.'

/** Results that the SDK made up for calls it could not read are left out: every call gets one of ours. */
function saidIn(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  return messages.filter(({ role }) => role === 'assistant')
}

function toolSet(sdk: Sdk, tools: ReadonlyMap<string, OfferedTool>): ToolSet {
  return Object.fromEntries(
    [...tools].map(([name, { description, inputSchema }]) => [
      name,
      sdk.tool({ description, inputSchema: sdk.jsonSchema({ ...inputSchema }) }),
    ]),
  )
}

/** Nothing where the server counts nothing: an invented zero would look like a free run. */
function usageOf(
  total: {
    readonly inputTokens: number | undefined
    readonly outputTokens: number | undefined
    readonly inputTokenDetails: { readonly cacheReadTokens: number | undefined }
  },
  model: string,
): Usage | undefined {
  const { inputTokens, outputTokens } = total
  const cachedTokens = total.inputTokenDetails.cacheReadTokens
  if (inputTokens === undefined && outputTokens === undefined) return undefined
  return {
    model,
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    // The SDK says 0 also where the server says nothing.
    ...(cachedTokens ? { cachedTokens } : {}),
  }
}
