/**
 * Invariant: what the agent says of a session belongs to the turn that runs in it. After a turn that was cut off, the
 * next one begins only when the session has fallen silent, and the rest of the old one is recognised by its ids.
 */
import type { CreateElicitationResponse, RequestPermissionResponse } from '@agentclientprotocol/sdk'
import type { Clock } from '../../clock.ts'
import { RuntimeError } from '../../errors.ts'
import type { TurnChoices } from '../../runtime-port.ts'
import { oneLine } from '../one-line.ts'
import type { AgentLife, SessionListener } from './agent-life.ts'
import { numberIn, objectIn, type Said, textIn } from './said.ts'
import { missingChoices, readOptions, type SessionOptions, withCurrent } from './session-options.ts'

const maxQuietLooks = 20

/** One of the agent's sessions, as long as its process lives. */
export class AgentSession implements SessionListener {
  readonly id: string
  readonly life: AgentLife
  /** Nothing was said in it before. */
  isNew: boolean
  options: SessionOptions
  /** What the agent takes where nothing is chosen, once something was. */
  #defaults: TurnChoices = {}
  /** Where the last turn was cut off, the ids of its messages and tools. */
  left: ReadonlySet<string> | undefined
  /** What the whole session has cost in USD so far; undefined where that is not known. */
  costUsd: number | undefined
  #turn: SessionListener | undefined
  #updates = 0

  constructor(id: string, life: AgentLife, answer: unknown, isNew: boolean) {
    this.id = id
    this.life = life
    this.isNew = isNew
    this.options = readOptions(answer)
    this.costUsd = isNew ? 0 : undefined
  }

  /** The turn that runs; `undefined`: none, so that what comes is of no turn. */
  set turn(turn: SessionListener | undefined) {
    this.#turn = turn
  }

  update(update: Said): void {
    this.#updates += 1
    switch (update['sessionUpdate']) {
      case 'config_option_update':
        this.options = readOptions(update, this.options)
        break
      case 'current_mode_update':
        this.options = withCurrent(this.options, 'mode', textIn(update['currentModeId']))
        break
    }
    this.#turn?.update(update)
    if (update['sessionUpdate'] === 'usage_update') {
      const cost = objectIn(update['cost'])
      if (cost['currency'] === 'USD') this.costUsd = numberIn(cost['amount'])
    }
  }

  async permission(request: Said, signal: AbortSignal): Promise<RequestPermissionResponse> {
    const answer = await this.#turn?.permission(request, signal)
    return answer ?? { outcome: { outcome: 'cancelled' } }
  }

  async elicitation(request: Said, signal: AbortSignal): Promise<CreateElicitationResponse> {
    return (await this.#turn?.elicitation(request, signal)) ?? { action: 'cancel' }
  }

  /** Waits until nothing more comes of a turn that was cut off; bounded. */
  async quiet(clock: Clock, quietMs: number, signal: AbortSignal): Promise<void> {
    if (!this.left) return
    for (let look = 0; look < maxQuietLooks && !signal.aborted; look += 1) {
      const before = this.#updates
      await clock.sleep(quietMs, signal)
      if (before === this.#updates) return
    }
  }

  /** Sets what was chosen for the session. Throws `RuntimeError` code `not-found` for what the agent does not offer. */
  async choose(choices: TurnChoices, ms: number): Promise<void> {
    for (const [key, value] of missingChoices(this.options, choices, this.#defaults)) {
      const option = this.options[key]
      if (!option?.choices.some(({ id }) => id === value)) {
        throw new RuntimeError(
          'not-found',
          `${this.life.capabilities.name} does not offer the ${key} ${oneLine(value, 100)}: choose another one.`,
          { isRetryable: false },
        )
      }
      const { configId, current } = option
      if (current !== undefined) this.#defaults = { [key]: current, ...this.#defaults }
      const sessionId = this.id
      const answer =
        configId === undefined
          ? await this.life.request('session/set_mode', { sessionId, modeId: value }, ms)
          : await this.life.request('session/set_config_option', { sessionId, configId, value }, ms)
      // Another model may come with other modes, which the answer tells.
      this.options = readOptions(answer, withCurrent(this.options, key, value))
    }
  }
}
