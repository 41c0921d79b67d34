/**
 * Invariant: the model is called at most `maxSteps` times (a call that failed without a word is repeated twice at
 * most), and calls of tools are carried out only once the step that asks for them has come whole. After the first of
 * them no failure is retryable: whatever they did would be done twice.
 */
import type { ModelMessage } from 'ai'
import type { Clock } from '../../clock.ts'
import { RuntimeError } from '../../errors.ts'
import type { RuntimeEvent, TurnMessage } from '../../runtime-port.ts'
import { AnswerText } from './answer-text.ts'
import { callTools, type ToolCall } from './call-tools.ts'
import { fitResults, stepTokens } from './fit-results.ts'
import type { Sdk } from './sdk.ts'
import type { Steering } from './steering.ts'
import { type Step, type StepRequest, streamStep } from './stream-step.ts'

export type Conversation = {
  readonly sdk: Sdk
  readonly clock: Clock
  readonly request: Omit<StepRequest, 'mayCall'>
  readonly maxSteps: number
  /** What the steps may take of the context. */
  readonly maxStepTokens: number
  /** What the results of one step may take, in UTF-16 units. */
  readonly maxResultsLength: number
  readonly steering: Steering
  /** What was said into the turn, and a remark of the gateway's, as one message. */
  readonly steered: (
    messages: readonly TurnMessage[],
    remark: string | undefined,
  ) => Promise<ModelMessage>
  readonly classify: (error: unknown) => RuntimeError
}

const maxTries = 3
const firstPauseMs = 1_000
const maxPauseMs = 30_000
const maxResultLength = 50_000
const minResultLength = 500
const lastStep =
  '[This is your last step in this turn: you cannot use tools any more. Answer with what you have, and say what is not done.]'

/** Has the model answer, step by step. Throws `RuntimeError`; an abort ends it without `done`. */
export async function* converse(
  conversation: Conversation,
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent> {
  const { request, maxSteps, steering } = conversation
  const answer = new AnswerText()
  const said: ModelMessage[] = []
  let hasWorked = false
  let step: Step | undefined
  for (let count = 1; count <= maxSteps && !answer.isFull; count += 1) {
    const isLast = count === maxSteps
    if (count > 1) {
      const messages = steering.take()
      const remark = isLast && hasWorked ? lastStep : undefined
      if (messages.length > 0 || remark) said.push(await conversation.steered(messages, remark))
    }
    if (isLast) steering.end()
    step = yield* tryStep(conversation, { said, answer, hasWorked, mayCall: !isLast }, signal)
    if (!step) return
    said.push(...step.messages)
    if (step.calls.length > 0 && !isLast) {
      hasWorked = true
      const { calls } = step
      const length = resultLength(conversation, calls.length)
      const outcomes = yield* callTools(calls, request.tools, length, signal)
      if (signal.aborted) return
      said.push(resultMessage(calls, outcomes))
    } else if (isLast || steering.tryEnd()) break
  }
  steering.end()
  yield* end(conversation, answer, step, hasWorked)
}

async function* tryStep(
  conversation: Conversation,
  state: {
    readonly said: readonly ModelMessage[]
    readonly answer: AnswerText
    readonly hasWorked: boolean
    readonly mayCall: boolean
  },
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent, Step | undefined> {
  const { sdk, clock, request, classify } = conversation
  const { said, answer, hasWorked, mayCall } = state
  const shown = answer.text.length
  let maxTokens = conversation.maxStepTokens
  for (let tries = 1; !signal.aborted; tries += 1) {
    const messages = [...request.messages, ...fitResults(said, maxTokens)]
    try {
      return yield* streamStep(sdk, { ...request, messages, mayCall }, answer, signal)
    } catch (error) {
      if (signal.aborted) return undefined
      const failure = classify(error)
      if (!hasWorked) throw failure
      const mayTry = tries < maxTries && answer.text.length === shown
      if (!mayTry || !(failure.isRetryable || failure.code === 'too-long')) throw settled(failure)
      answer.abandonStep()
      if (failure.code === 'too-long') maxTokens = Math.floor(stepTokens(said) / 2 ** tries)
      else await clock.sleep(pauseMs(failure, tries), signal)
    }
  }
  return undefined
}

function* end(
  { request: { model }, maxSteps }: Conversation,
  answer: AnswerText,
  step: Step | undefined,
  hasWorked: boolean,
): Generator<RuntimeEvent> {
  const { finish } = step ?? {}
  // A refusal in the model's own words ends with `stop` and is an answer like any other.
  if (finish?.reason === 'content-filter' && finish.raw !== 'stop') {
    throw new RuntimeError(
      'content-filter',
      'The model server withheld the answer (content filter).',
      { isRetryable: false },
    )
  }
  const isEmpty = answer.text.trim() === ''
  if (isEmpty && !hasWorked) {
    throw new RuntimeError(
      'empty',
      `The model ${model} answered with no text (${finish?.raw ?? 'cut'}).`,
      { isRetryable: true },
    )
  }
  const notice = noticeOf()
  if (notice !== undefined) yield { type: 'text', delta: answer.addNotice(notice) }
  yield { type: 'done', reply: { text: answer.text, format: 'markdown' } }

  function noticeOf(): string | undefined {
    if (answer.isFull) {
      return '[The answer went on, but was cut here: it is longer than any message may be.]'
    }
    if (step && step.calls.length > 0) {
      return `[The agent stopped here: it reached its limit of ${maxSteps} steps.]`
    }
    if (finish?.reason === 'length') {
      return '[The model stopped here: the answer reached its length limit.]'
    }
    return isEmpty ? '[The agent used its tools and said nothing.]' : undefined
  }
}

function resultLength({ maxResultsLength }: Conversation, calls: number): number {
  const share = Math.floor(maxResultsLength / calls)
  return Math.min(Math.max(share, minResultLength), maxResultLength)
}

function resultMessage(
  calls: readonly ToolCall[],
  outcomes: readonly { readonly text: string; readonly isError: boolean }[],
): ModelMessage {
  return {
    role: 'tool',
    content: calls.map(({ id, name }, at) => {
      const { text = '', isError = false } = outcomes[at] ?? {}
      const type = isError ? ('error-text' as const) : ('text' as const)
      return {
        type: 'tool-result' as const,
        toolCallId: id,
        toolName: name,
        output: { type, value: text },
      }
    }),
  }
}

function pauseMs(failure: RuntimeError, tries: number): number {
  return Math.min(failure.retryAfterMs ?? firstPauseMs * 4 ** (tries - 1), maxPauseMs)
}

function settled(failure: RuntimeError): RuntimeError {
  return new RuntimeError(failure.code, failure.message, { isRetryable: false, cause: failure })
}
