/**
 * Invariant: a turn has ended, in the agent too, before the next one of its session begins. It ends by the answer to
 * its prompt; an agent that does not give one after a cancel is ended, and so are the other turns it works on.
 */
import type { Clock } from '../../clock.ts'
import { RuntimeError } from '../../errors.ts'
import type { RequestAnswer, RuntimeEvent } from '../../runtime-port.ts'
import { within } from '../../within.ts'
import { lost } from '../lost.ts'
import type { AcpAgent } from './agent.ts'
import type { AgentChild } from './agent-child.ts'
import type { AgentSession } from './agent-session.ts'
import { EventQueue } from './event-queue.ts'
import { classifyRefusal, isRefusal, isSessionUnknown } from './failure.ts'
import type { AcpLimits } from './limits.ts'
import { objectIn, type Said } from './said.ts'
import { TurnRequests } from './turn-requests.ts'
import { TurnUsage } from './turn-usage.ts'
import { TurnView } from './turn-view.ts'

export type TurnParts = {
  readonly agent: AcpAgent
  readonly session: AgentSession
  readonly clock: Clock
  readonly limits: AcpLimits
  /** The agent does not know the session any more. */
  readonly forget: () => void
  /** The process was replaced: opens the session in the next one, ahead of the next turn. */
  readonly reopen: () => void
}

type Result = { readonly answer: Said } | { readonly error: unknown }

/** How often an agent that has not confirmed a cancel yet is looked at. */
const lookMs = 250
const notices: Readonly<Record<string, string>> = {
  max_tokens: '[The model stopped here: the answer reached its length limit.]',
  max_turn_requests: '[The agent stopped here: it reached its limit of steps.]',
}

/** One turn of one session, from its prompt to its end. */
export class TurnRun {
  readonly #parts: TurnParts
  readonly #queue = new EventQueue()
  readonly #requests = new TurnRequests((events) => this.#queue.push(events))
  readonly #view: TurnView
  readonly #usage: TurnUsage
  #result: Result | undefined

  constructor(parts: TurnParts) {
    this.#parts = parts
    this.#view = new TurnView(parts.session.left)
    this.#usage = new TurnUsage(parts.session.costUsd)
  }

  answer(requestId: string, answer: RequestAnswer): boolean {
    return this.#requests.answer(requestId, answer)
  }

  /** Sends the prompt and streams the turn. When it is left or aborted before its end, the agent is made to stop it. */
  async *follow(prompt: readonly Said[], signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    const { session } = this.#parts
    const wake = () => this.#queue.wake()
    signal.addEventListener('abort', wake)
    this.#listen()
    session.isNew = false
    const ended = this.#send(prompt)
    try {
      while (!signal.aborted) {
        yield* this.#queue.take()
        if (signal.aborted) break
        if (!this.#queue.isEmpty) continue
        if (this.#result) break
        await this.#queue.wait()
      }
      if (signal.aborted) return
      yield* this.#end()
    } finally {
      signal.removeEventListener('abort', wake)
      this.#requests.close()
      if (!this.#result) await this.#cancel(ended)
      session.turn = undefined
    }
  }

  #listen(): void {
    this.#parts.session.turn = {
      update: (update) => {
        if (update['sessionUpdate'] === 'usage_update') this.#queue.push(this.#usage.see(update))
        else this.#queue.push(this.#view.see(update))
      },
      permission: (request, signal) => this.#requests.permission(request, signal),
      elicitation: (request, signal) => this.#requests.elicitation(request, signal),
    }
  }

  async #send(prompt: readonly Said[]): Promise<void> {
    const { session } = this.#parts
    try {
      const params = { sessionId: session.id, prompt }
      this.#result = { answer: objectIn(await session.life.request('session/prompt', params)) }
      session.left = undefined
      if (this.#result.answer['stopReason'] === 'cancelled') session.left = this.#view.ids
    } catch (error) {
      this.#result = { error }
      session.left = this.#view.ids
    }
    this.#requests.close()
    this.#queue.wake()
  }

  *#end(): Generator<RuntimeEvent> {
    const result = this.#result
    const { name } = this.#parts.session.life.capabilities
    if (!result) return
    if ('error' in result) throw this.#failure(result.error)
    const { answer } = result
    yield* this.#usage.end(answer, this.#parts.session.options.model?.current)
    const reason = String(answer['stopReason'])
    if (reason === 'refusal') {
      throw new RuntimeError('refused', `${name} refuses to answer.`, { isRetryable: false })
    }
    if (reason === 'cancelled') {
      throw new RuntimeError('aborted', `The turn was aborted in ${name}.`, { isRetryable: false })
    }
    const notice = notices[reason]
    if (notice !== undefined) yield* this.#view.addNotice(notice)
    yield { type: 'done', reply: { text: this.#view.text, format: 'markdown' } }
  }

  #failure(error: unknown): RuntimeError {
    const { agent, session, forget } = this.#parts
    if (!isRefusal(error)) {
      const words = error instanceof RuntimeError ? error.message : 'The agent has gone.'
      return lost(`The agent was lost in the middle of the turn. ${words}`)
    }
    if (isSessionUnknown(error)) forget()
    const { code, data } = error
    const message = agent.redact(error.message)
    return classifyRefusal({ code, data, message }, session.life.capabilities, this.#view.hasWorked)
  }

  /** Resolves once the agent works on the turn no more, whatever that takes. */
  async #cancel(ended: Promise<void>): Promise<void> {
    const { agent, session, reopen } = this.#parts
    const { life } = session
    life.notify('session/cancel', { sessionId: session.id })
    if (await this.#confirms(life.child, ended)) return
    await agent.replace(life)
    await ended
    reopen()
  }

  async #confirms(child: AgentChild, ended: Promise<void>): Promise<boolean> {
    const { agent, clock, limits } = this.#parts
    for (let waited = 0; waited < limits.cancelMs; waited += lookMs) {
      // One that was stopped (SIGSTOP) will not take the cancel, so nobody waits for that.
      if (child.isStopped) return false
      if (waited >= limits.spareMs) agent.prepare()
      if (await within(clock, Math.min(lookMs, limits.cancelMs - waited), ended)) return true
    }
    return false
  }
}
