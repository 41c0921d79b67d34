import type { Spoken } from './answers.ts'
import { nameOf, welcomeTo } from './chat-approval.ts'
import type { Clock } from './clock.ts'
import { RequestError } from './errors.ts'
import { type Answering, type AskedRun, isOfRun, isSamePlace, mayAnswer } from './may-answer.ts'
import { plainChunks } from './plain-chunks.ts'
import { type Choice, choiceOf, spokenByApi } from './request-choices.ts'
import type { RequestWording } from './request-wording.ts'
import { type Sentences, sentencesFor } from './sentences.ts'
import type { Settings } from './settings.ts'
import type { ApprovalStore, Closing, PersonsAnswer } from './store/approvals.ts'
import type { Effect, EffectOutcome } from './store/effects.ts'
import type { Facts, Intake } from './store/intake.ts'
import type { RequestRow, RequestStore } from './store/requests.ts'

type Parts = {
  readonly requests: Pick<RequestStore, 'find'>
  readonly approvals: Pick<ApprovalStore, 'answer'>
  readonly wording: RequestWording
  readonly clock: Clock
  readonly settings: () => Settings
}

/** `sign`: a press or a reaction, which always gets a word; text that answers nothing is just text. */
export type AnswerForm = 'sign' | 'text'

type Controlled = Extract<Intake, { as: 'control' }>

/** Answers to questions, planned from rows alone and carried out in the transaction that records them. */
export class AnswerPlanner {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Plans the answer to a question; undefined when what was said has nothing to do with it. */
  async plan(
    requestId: string,
    spoken: Spoken,
    said: Answering,
    facts: Facts,
    form: AnswerForm,
  ): Promise<Intake | undefined> {
    const request = await this.#parts.requests.find(requestId)
    if (!request) return undefined
    const isHere = isSamePlace(request.address, said.address)
    const isOpen = request.state === 'open'
    // An old number is just words, unless it is said where it was asked and can mean nothing else.
    if (!isOpen && (!isHere || (form === 'text' && spoken.type !== 'word'))) return undefined
    const words = sentencesFor(said.sender.language)
    if (!mayAnswer(request, said, facts, this.#parts.settings()))
      return isHere ? refusal(request, form, words) : undefined
    if (!isOfRun(request)) {
      if (spoken.type !== 'word' || spoken.word === 'always') return undefined
      return this.planOwn(request, spoken.word, said, true)
    }
    const choice = choiceOf(request.run.request, spoken)
    if (choice) return this.#planRun(request, choice, said, words)
    if (form === 'text' && spoken.type !== 'word') return undefined
    const line = isOpen ? words.notAnAnswer(requestId.slice(1)) : words.requestExpired
    return control({ type: 'none' }, () => line)
  }

  /** Whether plain words can mean this question: a reply to it, by somebody whose answer it is. */
  async isAwaited(requestId: string, said: Answering, facts: Facts): Promise<boolean> {
    const request = await this.#parts.requests.find(requestId)
    if (request?.state !== 'open') return false
    return mayAnswer(request, said, facts, this.#parts.settings())
  }

  /** Plans the answer to a question of the gateway's own. `isHeard: false`: it is heard in the chat it is about anyway. */
  planOwn(
    request: RequestRow,
    answer: 'yes' | 'no',
    { address, sender }: Answering,
    isHeard: boolean,
    line?: string,
  ): Controlled {
    const { clock, settings } = this.#parts
    const words = sentencesFor(sender.language)
    const { about, closings } = request
    const welcome = about && welcomeTo(about, clock.now(), settings().queue.staleMs)
    const said = (outcome: EffectOutcome) =>
      outcome.isDone ? (line ?? lineOf(request, answer, outcome, words)) : words.requestExpired
    const closing = (outcome: EffectOutcome): Closing | undefined => {
      if (!closings) return undefined
      const told = words.saidBy(lineOf(request, answer, outcome, words), sender.name)
      const { isEdit, body = '' } = closings
      return { isEdit, chunk: { text: isEdit ? `${body}\n\n${told}` : told } }
    }
    return control(
      {
        type: 'answer',
        requestId: request.id,
        answer,
        by: sender.name,
        closing,
        ...(welcome && { welcome: isHeard ? welcome : { ...welcome, chunks: () => [] } }),
      },
      (outcome) =>
        isSamePlace(outcome.closedIn, address) && line === undefined ? '' : said(outcome),
    )
  }

  /**
   * Answers over the API: `once`, `always`, `deny`, or a question's own answer. Throws `RequestError` for an answer the
   * request does not have; the outcome says whether it came in time.
   */
  async answerByApi(
    id: string,
    args: {
      readonly answer: string
      readonly note?: string
      readonly scope: 'session' | 'agent'
      readonly by: string
    },
  ): Promise<EffectOutcome> {
    const request = await this.#parts.requests.find(id)
    if (!request || !isOfRun(request))
      throw new RequestError(404, 'unknown-approval', `There is no approval "${id}".`)
    const choice = choiceOf(request.run.request, spokenByApi(request.run.request, args.answer))
    if (!choice) {
      throw new RequestError(
        400,
        'no-such-answer',
        `"${args.answer}" is none of the answers to ${id}. \`jackdaw approvals list\` shows them.`,
      )
    }
    const words = sentencesFor(undefined)
    const { answer, closing } = await this.#decide(request, choice, args.by, words)
    const told =
      args.note !== undefined && 'option' in answer.told
        ? { ...answer.told, note: args.note }
        : answer.told
    const granted = answer.grant && { grant: args.scope }
    const { approvals, clock } = this.#parts
    return approvals.answer(id, { ...answer, told, ...granted }, closing, clock.now())
  }

  async #planRun(
    request: AskedRun,
    choice: Choice,
    { address, sender }: Answering,
    words: Sentences,
  ): Promise<Intake> {
    const { answer, closing, line } = await this.#decide(request, choice, sender.name, words)
    return control(
      { type: 'respond', requestId: request.id, answer, closing },
      ({ isDone, closedIn }) => {
        if (!isDone) return words.requestExpired
        return isSamePlace(closedIn, address) ? '' : words.aboutQuestion(request.id.slice(1), line)
      },
    )
  }

  async #decide(
    request: AskedRun,
    choice: Choice,
    by: string,
    words: Sentences,
  ): Promise<{ answer: PersonsAnswer; closing: Closing; line: string }> {
    const asked = request.run.request
    const said = {
      once: { line: words.allowed(by), words: 'allowed once' },
      always: { line: words.allowedAlways(by), words: 'allowed always' },
      deny: { line: words.denied(by), words: 'denied' },
      option: { line: words.chosen(choice.label ?? '', by), words: choice.label ?? '' },
    }[choice.means]
    const channel = request.address?.channel ?? ''
    const { wording } = this.#parts
    const closing = await wording.answered(channel, asked, request.id, said.line, words)
    const grant = choice.means === 'always' && ({ grant: 'session' } as const)
    return {
      answer: { told: choice.told, words: said.words, by, ...grant },
      closing,
      line: said.line,
    }
  }
}

function refusal(request: RequestRow, form: AnswerForm, words: Sentences): Intake {
  if (!isOfRun(request)) return control({ type: 'none' }, () => words.ownersOnly)
  return form === 'sign'
    ? control({ type: 'none' }, () => words.notYours)
    : { as: 'dropped', reason: `the answer to ${request.id} is not theirs to give` }
}

/** How the gateway's own questions are answered, in words. */
function lineOf(
  { kind, about }: RequestRow,
  answer: 'yes' | 'no',
  { isDone, detail }: EffectOutcome,
  words: Sentences,
): string {
  if (!isDone) return words.requestExpired
  if (kind === 'stale') return answer === 'yes' ? words.staleAnswered : words.staleIgnored
  if (about) {
    const place = nameOf(about)
    return answer === 'yes' ? words.chatAllowed(place) : words.chatRefused(place)
  }
  return answer === 'yes' ? words.approved(detail ?? '') : words.requestAnswered('no')
}

function control(effect: Effect, reply: (outcome: EffectOutcome) => string): Controlled {
  return {
    as: 'control',
    command: 'answer',
    effect,
    reply: (outcome) => {
      const text = reply(outcome)
      return text === '' ? [] : plainChunks(text)
    },
  }
}
