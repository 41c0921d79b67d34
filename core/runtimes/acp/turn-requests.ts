import type { CreateElicitationResponse, RequestPermissionResponse } from '@agentclientprotocol/sdk'
import type { RequestAnswer, RuntimeEvent } from '../../runtime-port.ts'
import { readPermission } from './permission.ts'
import { type FormValue, readQuestions } from './questions.ts'
import type { Said } from './said.ts'

/** More than an agent that is well would ever ask at a time. */
const maxOpen = 50

/** What one turn waits for. Whatever happens, the agent gets an answer to each. */
export class TurnRequests {
  readonly #say: (events: readonly RuntimeEvent[]) => void
  readonly #open = new Map<string, (answer: RequestAnswer | undefined) => void>()
  #isOver = false

  constructor(say: (events: readonly RuntimeEvent[]) => void) {
    this.#say = say
  }

  async permission(params: Said, signal: AbortSignal): Promise<RequestPermissionResponse> {
    const { request, choices } = readPermission(params)
    const answer = await this.#ask([{ type: 'request', request }], request.id, signal)
    const chosen = answer && 'option' in answer ? answer.option : request.defaultOption
    const optionId = answer === undefined ? undefined : choices.get(chosen)
    if (optionId === undefined) return { outcome: { outcome: 'cancelled' } }
    return { outcome: { outcome: 'selected', optionId } }
  }

  async elicitation(params: Said, signal: AbortSignal): Promise<CreateElicitationResponse> {
    const questions = readQuestions(params)
    if (questions.length === 0) return { action: 'decline' }
    const answers = await Promise.all(
      questions.map(async ({ request }) => {
        return await this.#ask([{ type: 'request', request }], request.id, signal)
      }),
    )
    if (answers.includes(undefined)) return { action: 'cancel' }
    const content: Record<string, FormValue> = {}
    for (const [index, { key, isRequired, read }] of questions.entries()) {
      const answer = answers[index]
      const value = answer && read(answer)
      if (value !== undefined) content[key] = value
      else if (isRequired) return { action: 'decline' }
    }
    return Object.keys(content).length > 0 ? { action: 'accept', content } : { action: 'decline' }
  }

  /** Takes one answer. Returns false when the request is no longer open. */
  answer(id: string, answer: RequestAnswer): boolean {
    const settle = this.#open.get(id)
    settle?.(answer)
    return settle !== undefined
  }

  /** Takes back what is open, and refuses what comes. */
  close(): void {
    this.#isOver = true
    for (const settle of [...this.#open.values()]) settle(undefined)
  }

  /** Resolves with `undefined` where it was taken back. */
  async #ask(
    events: readonly RuntimeEvent[],
    id: string,
    signal: AbortSignal,
  ): Promise<RequestAnswer | undefined> {
    if (this.#isOver || signal.aborted || this.#open.size >= maxOpen) return undefined
    return await new Promise((resolve) => {
      const takeBack = () => settle(undefined)
      const settle = (answer: RequestAnswer | undefined) => {
        signal.removeEventListener('abort', takeBack)
        this.#open.delete(id)
        this.#say([{ type: 'request-closed', id }])
        resolve(answer)
      }
      this.#open.set(id, settle)
      signal.addEventListener('abort', takeBack)
      this.#say(events)
    })
  }
}
