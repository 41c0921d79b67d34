import type { LanguageModelUsage, ModelMessage } from 'ai'
import { RuntimeError } from '../../errors.ts'
import type { RuntimeEvent, Usage } from '../../runtime-port.ts'
import type { Sdk } from './sdk.ts'

/** In UTF-16 units. The chat gets a longer answer as a file; beyond this it is no answer but a loop of the model. */
const maxAnswerLength = 1_000_000

export type AnswerRequest = {
  readonly baseUrl: string
  readonly apiKey: string
  readonly model: string
  readonly maxSteps: number
  readonly instructions: string
  readonly messages: ModelMessage[]
  readonly asksUsage: boolean
  readonly fetch: typeof fetch
}

/**
 * Asks the model once and streams its answer. Throws whatever went wrong as the SDK reports it, and `RuntimeError` for
 * an empty or filtered answer; an abort of `signal` closes the connection and ends the stream without `done`.
 */
export async function* streamAnswer(
  sdk: Sdk,
  request: AnswerRequest,
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent> {
  const stop = new AbortController()
  const provider = sdk.createOpenAICompatible({
    name: 'openai-compatible',
    baseURL: request.baseUrl,
    ...(request.apiKey ? { apiKey: request.apiKey } : {}),
    includeUsage: request.asksUsage,
    fetch: request.fetch,
  })
  const result = sdk.streamText({
    model: provider.chatModel(request.model),
    instructions: request.instructions,
    messages: request.messages,
    stopWhen: sdk.isStepCount(request.maxSteps),
    // The core decides about repetitions, with the attempt counted in the run.
    maxRetries: 0,
    abortSignal: AbortSignal.any([signal, stop.signal]),
    telemetry: { isEnabled: false },
    // Without a listener the SDK prints errors; they come through the stream as well.
    onError: () => undefined,
  })
  let text = ''
  let usage: Usage | undefined
  let finish: { readonly reason: string; readonly raw: string | undefined } | undefined
  let isNewStep = false
  let notice = ''
  try {
    for await (const part of result.stream) {
      if (part.type === 'error') throw part.error
      if (part.type === 'start-step') isNewStep = text !== ''
      if (part.type === 'text-delta' && part.text !== '') {
        const delta = isNewStep ? `\n\n${part.text}` : part.text
        isNewStep = false
        const room = maxAnswerLength - text.length
        const fitting = delta.length <= room ? delta : delta.slice(0, room)
        text += fitting
        if (fitting) yield { type: 'text', delta: fitting }
        if (fitting !== delta) {
          notice = '[The answer went on, but was cut here: it is longer than any message may be.]'
          stop.abort()
          break
        }
      }
      if (part.type === 'tool-call') yield { type: 'tool', name: part.toolName, state: 'running' }
      if (part.type === 'tool-result' && !part.preliminary) {
        yield { type: 'tool', name: part.toolName, state: 'completed' }
      }
      if (part.type === 'tool-error') yield { type: 'tool', name: part.toolName, state: 'failed' }
      if (part.type === 'finish') {
        finish = { reason: part.finishReason, raw: part.rawFinishReason }
        usage = usageOf(part.totalUsage, request.model)
      }
    }
  } finally {
    stop.abort()
  }
  if (signal.aborted) return
  if (usage) yield { type: 'usage', usage }
  // A refusal in the model's own words ends with `stop` and is an answer like any other.
  if (finish?.reason === 'content-filter' && finish.raw !== 'stop') {
    throw new RuntimeError(
      'content-filter',
      'The model server withheld the answer (content filter).',
      {
        isRetryable: false,
      },
    )
  }
  if (text.trim() === '') {
    throw new RuntimeError(
      'empty',
      `The model ${request.model} answered with no text (${finish?.raw ?? 'cut'}).`,
      {
        isRetryable: true,
      },
    )
  }
  if (finish?.reason === 'length') {
    notice = '[The model stopped here: the answer reached its length limit.]'
  }
  if (notice) {
    const delta = `\n\n${notice}`
    text += delta
    yield { type: 'text', delta }
  }
  yield { type: 'done', reply: { text, format: 'markdown' } }
}

/** Nothing where the server counts nothing: an invented zero would look like a free run. */
function usageOf(total: LanguageModelUsage, model: string): Usage | undefined {
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
