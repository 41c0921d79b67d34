import type { AnswerPlanner } from './answer-planner.ts'
import { parseAnswer, parseReply } from './answers.ts'
import { arriving } from './arriving.ts'
import type { InboundMessage } from './model.ts'
import type { ArrivalStore } from './store/arrivals.ts'
import type { Facts, Intake } from './store/intake.ts'
import type { RequestStore } from './store/requests.ts'

/** The answer to a question that a message is, with the question's number or as a reply to it. */
export async function spokenAnswer(
  message: InboundMessage,
  facts: Facts,
  parts: {
    readonly answers: AnswerPlanner
    readonly requests: Pick<RequestStore, 'askedBy'>
    readonly arrivals: ArrivalStore
  },
): Promise<Intake | undefined> {
  const { answers, requests, arrivals } = parts
  const parsed = parseAnswer(message.text)
  const answer =
    parsed && (await answers.plan(parsed.requestId, parsed.spoken, message, facts, 'text'))
  if (answer || message.repliesTo === undefined) return answer
  const spoken = parseReply(message.text)
  if (!spoken) return undefined
  const { address, repliesTo: messageId, quote } = message
  const { account, chat } = address
  const known = await requests.askedBy(account, chat, messageId)
  const unconfirmed =
    known === undefined && quote?.isOwn === true
      ? await arrivals.questionFor({ account, chat, messageId, text: quote.text })
      : undefined
  const id = known?.state === 'open' ? known.id : unconfirmed
  if (id === undefined) return undefined
  const replied = await answers.plan(id, spoken, message, facts, 'text')
  return replied && unconfirmed !== undefined
    ? arriving(replied, { requestId: unconfirmed, messageId })
    : replied
}

/** The same for a message that was not addressed to the bot: only an answer that is theirs to give. */
export async function awaitedAnswer(
  message: InboundMessage,
  facts: Facts,
  answers: AnswerPlanner,
): Promise<Intake | undefined> {
  if (message.sender.isBot === true) return undefined
  const parsed = parseAnswer(message.text)
  if (!parsed || !(await answers.isAwaited(parsed.requestId, message, facts))) return undefined
  return answers.plan(parsed.requestId, parsed.spoken, message, facts, 'text')
}
