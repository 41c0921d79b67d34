import type { Asking } from '../asking.ts'
import type { Clock } from '../clock.ts'
import { tooManyAnswer } from '../request-choices.ts'
import type { RequestAnswer, RuntimeRequest } from '../runtime-port.ts'
import type { Tool } from './tool-call.ts'
import { ToolError } from './tool-error.ts'

export type AskUserInput = {
  readonly question: string
  readonly options: readonly string[]
  readonly ownWords: boolean
}

/** Clients give a call up that shows no life for a minute or so. */
const signOfLifeMs = 10_000
const noAnswer = 'none'

/**
 * Asks a person and waits for the answer: the people of the turn in their chat, for planned work the owner. The question
 * has the deadline, the message and the endings of a question of the runtime's own, and ends with the call.
 */
export function askUser(parts: {
  readonly asking: Pick<Asking, 'ask' | 'close' | 'over' | 'toolRequestId'>
  readonly clock: Clock
}): Tool<AskUserInput> {
  const { asking, clock } = parts
  return async ({ standing, signal, progress }, input) => {
    const { run } = standing
    const request = requestOf(asking.toolRequestId(), input)
    const answered = new AbortController()
    const gone = AbortSignal.any([signal, asking.over(run)])
    if (gone.aborted) throw withdrawn()
    const answer = Promise.withResolvers<RequestAnswer | undefined>()
    gone.addEventListener('abort', () => answer.resolve(undefined), { once: true })
    const asker = {
      async respond(_: string, __: string, told: RequestAnswer) {
        if (gone.aborted) return false
        answer.resolve(told)
        return true
      },
    }
    if (!(await asking.ask(run, request, asker))) throw withdrawn()
    void showLife(clock, AbortSignal.any([gone, answered.signal]), progress)
    const told = await answer.promise
    answered.abort()
    if (told === undefined) {
      await asking.close(run, request.id)
      throw withdrawn()
    }
    return resultOf(told, request)
  }
}

function withdrawn(): ToolError {
  return new ToolError('The question was withdrawn, because the call or its turn has ended.')
}

function requestOf(id: string, { question, options, ownWords }: AskUserInput): RuntimeRequest {
  const labels = options.map(oneLine)
  if (new Set(labels.map((label) => label.toLowerCase())).size < labels.length)
    throw new ToolError('Two of the options are the same. Give every option words of its own.')
  return {
    id,
    kind: 'question',
    title: oneLine(question),
    options: labels.map((label, index) => ({ id: `${index + 1}`, label })),
    defaultOption: noAnswer,
    takesText: ownWords,
  }
}

function resultOf(told: RequestAnswer, request: RuntimeRequest) {
  const result = (text: string, outcome: string) => ({ text, target: 'person', outcome })
  if ('text' in told) return result(`The answer in their own words: ${told.text}`, 'answered')
  const chosen = request.options.find(({ id }) => id === told.option)
  if (chosen) return result(`The answer: ${chosen.label}`, 'answered')
  const tooMany = tooManyAnswer(request)
  if ('note' in tooMany && tooMany.note !== undefined && told.note === tooMany.note)
    throw new ToolError(tooMany.note)
  return result('Nobody answered in time. Go on as you think best.', 'unanswered')
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

async function showLife(
  clock: Clock,
  signal: AbortSignal,
  progress: (note: string) => void,
): Promise<void> {
  while (!signal.aborted) {
    progress('Waiting for an answer.')
    await clock.sleep(signOfLifeMs, signal)
  }
}
