import type { RequestAnswer, RuntimeEvent, RuntimeRequest, Turn } from '../../core/runtime-port.ts'
import { type Answer, ScriptedRuntime, wordsOf } from './scripted-runtime.ts'

/** May it run a command? Deny is what stands when nobody answers. */
export const permission: RuntimeRequest = {
  id: 'per_1',
  kind: 'permission',
  title: 'bash: git status',
  detail: 'git status --short',
  options: [
    { id: 'once', label: 'Allow', allows: 'once' },
    { id: 'reject', label: 'Deny', allows: 'nothing' },
  ],
  defaultOption: 'reject',
  takesText: false,
  grant: 'bash: git status *',
}

export const question: RuntimeRequest = {
  id: 'que_1',
  kind: 'question',
  title: 'Which colour?',
  options: [
    { id: '0', label: 'Red' },
    { id: '1', label: 'Blue' },
    { id: 'none', label: 'No answer' },
  ],
  defaultOption: 'none',
  takesText: true,
}

/**
 * An agent that asks these things at once in every turn, waits for all the answers, and says what it was told. It knows
 * its turn again after the gateway was away, and then lists what is still open.
 */
export class AskingAgent extends ScriptedRuntime {
  asks: readonly RuntimeRequest[]
  /** What it takes an answer with; false: it does not know the request any more. */
  takes: (requestId: string, answer: RequestAnswer) => boolean | Promise<boolean> = () => true

  readonly #told = new Map<string, PromiseWithResolvers<RequestAnswer>>()
  readonly #died = Promise.withResolvers<void>()

  constructor(...asks: readonly RuntimeRequest[]) {
    super({}, { resume: (turn, signal) => this.#work(turn, signal) })
    this.asks = asks
    this.script = () => (turn, signal) => this.#work(turn, signal)
  }

  override async respond(run: string, requestId: string, answer: RequestAnswer): Promise<boolean> {
    if (!(await this.takes(requestId, answer))) return false
    const isTaken = await super.respond(run, requestId, answer)
    this.#promised(requestId).resolve(answer)
    return isTaken
  }

  /** A turn that asks, and does the next thing when it dies. */
  asksFirst(next: Answer): Answer {
    const { asks } = this
    const died = this.#died.promise
    return async function* (turn, signal) {
      yield { type: 'accepted', promptId: `prompt-${turn.runId}` }
      for (const request of asks) yield { type: 'request', request }
      await died
      if (typeof next === 'function') yield* next(turn, signal)
    }
  }

  diesNow(): void {
    this.#died.resolve()
  }

  async *#work(turn: Turn, signal?: AbortSignal): AsyncGenerator<RuntimeEvent> {
    yield { type: 'accepted', promptId: turn.promptId ?? `prompt-${turn.runId}` }
    const asks = this.asks.filter(({ id }) => !this.answers.has(id))
    for (const request of asks) yield { type: 'request', request }
    const stopped = new Promise<undefined>((resolve) => {
      signal?.addEventListener('abort', () => resolve(undefined), { once: true })
    })
    for (const { id } of asks) {
      const answer = await Promise.race([this.#promised(id).promise, stopped])
      if (answer === undefined) return
      yield { type: 'request-closed', id }
    }
    const told = this.asks.map(({ id }) => said(this.answers.get(id)))
    yield { type: 'done', reply: { text: `${wordsOf(turn)}: ${told.join(', ')}`, format: 'plain' } }
  }

  /** As long as people take, which no test waits for. */
  #promised(id: string): PromiseWithResolvers<RequestAnswer> {
    const told = this.#told.get(id) ?? Promise.withResolvers<RequestAnswer>()
    this.#told.set(id, told)
    return told
  }
}

function said(answer: RequestAnswer | undefined): string {
  if (!answer) return 'nothing'
  return 'text' in answer ? answer.text : answer.option
}
