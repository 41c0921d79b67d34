import type { AnswerPlanner } from './answer-planner.ts'
import { parsePress } from './answers.ts'
import { arriving } from './arriving.ts'
import { type Speaking, signalRecord } from './inbound-record.ts'
import { decide } from './policy.ts'
import { reactionAnswer } from './reaction-answer.ts'
import type { Settings } from './settings.ts'
import type { ArrivalStore } from './store/arrivals.ts'
import type { Facts, InboundRecord, Intake } from './store/intake.ts'
import type { RequestRow, RequestStore } from './store/requests.ts'

type Press = Extract<Speaking, { type: 'press' }>
type Reaction = Extract<Speaking, { type: 'reaction' }>
type Parts = {
  readonly answers: AnswerPlanner
  readonly requests: Pick<RequestStore, 'askedBy' | 'find'>
  readonly arrivals: ArrivalStore
  readonly settings: () => Settings
}

/** Decides what a press of a button or a reaction means: the answer to a question, or nothing, with its reason. */
export class SignalPlanner {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async press(event: Press, facts: Facts): Promise<{ record: InboundRecord; intake: Intake }> {
    const press = parsePress(event.data)
    const intake =
      this.#refusal(event, facts) ??
      (press &&
        (await this.#parts.answers.plan(press.requestId, press.spoken, event, facts, 'sign')))
    const { messageId } = event
    return {
      record: signalRecord(event, 'press', event.data),
      intake:
        press && intake && messageId !== undefined
          ? arriving(intake, { requestId: press.requestId, messageId })
          : (intake ?? { as: 'dropped', reason: 'the button belongs to nothing that is known' }),
    }
  }

  /** 👍 or 👎 on a message that asks something answers it, for those who may. */
  async reaction(
    event: Reaction,
    facts: Facts,
  ): Promise<{ record: InboundRecord; intake: Intake }> {
    const answer = reactionAnswer(event.emoji)
    const { requests, arrivals } = this.#parts
    const { messageId, ownSentAt: sentAt } = event
    const { account, chat } = event.address
    const known = answer && (await requests.askedBy(account, chat, messageId))
    const isUnknown = answer !== undefined && known === undefined && sentAt !== undefined
    const unconfirmed = isUnknown
      ? await arrivals.questionFor({ account, chat, messageId, sentAt })
      : undefined
    const request = unconfirmed === undefined ? known : await requests.find(unconfirmed)
    const planned =
      answer &&
      request &&
      (this.#refusal(event, facts) ??
        (await this.#parts.answers.plan(
          request.id,
          { type: 'word', word: answer },
          event,
          facts,
          'sign',
        )))
    const intake = planned ?? { as: 'dropped', reason: 'reactions are noted, not acted on' }
    return {
      record: signalRecord(inItsThread(event, request), 'reaction', event.emoji.join(' ')),
      intake:
        unconfirmed === undefined
          ? intake
          : arriving(intake, { requestId: unconfirmed, messageId }),
    }
  }

  /** A signal is addressed by nature; everything else about who may speak counts for it too. */
  #refusal(event: Press | Reaction, facts: Facts): Intake | undefined {
    const policy = this.#parts.settings().policies.get(event.address.channel)
    const decision = policy && decide({ ...event, addressed: 'reply' }, policy, facts)
    if (decision?.verdict === 'act') return undefined
    return { as: 'dropped', reason: decision?.reason ?? 'the channel is not configured' }
  }
}

/** Platforms tell the chat of a reaction, not always the thread; what is said of it belongs where the question is. */
function inItsThread(event: Reaction, request: RequestRow | undefined): Reaction {
  const thread = request?.address?.thread
  if (thread === undefined) return event
  return { ...event, address: { ...event.address, thread }, chatKind: 'thread' }
}
