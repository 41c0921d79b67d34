import type {
  Event,
  PermissionRequest,
  QuestionInfo,
  QuestionRequest,
} from '@opencode-ai/sdk/v2/client'
import type { RequestAnswer, RuntimeEvent, RuntimeRequest } from '../../runtime-port.ts'
import { oneLine } from '../one-line.ts'
import type { OpenCodeClient } from './client.ts'
import type { Pending } from './wire.ts'

const maxTitle = 200
const maxDetail = 4_000
const maxGrant = 1_000
const maxOptions = 20

type OpenQuestion = {
  readonly request: QuestionRequest
  readonly answers: (string[] | undefined)[]
}

/**
 * What one turn waits for. OpenCode may put several questions at once; each is a request of its own here, and they
 * are answered together once the last one is.
 */
export class TurnRequests {
  readonly #permissions = new Set<string>()
  readonly #questions = new Map<string, OpenQuestion>()
  /** Also what was answered: a request that is still listed a moment later is not a new one. */
  readonly #known = new Set<string>()

  /** What an event of the turn's sessions asks, or closes. */
  see(event: Event): RuntimeEvent[] {
    switch (event.type) {
      case 'permission.asked':
        return this.#askPermission(event.properties)
      case 'question.asked':
        return this.#askQuestion(event.properties)
      case 'permission.replied':
      case 'question.replied':
      case 'question.rejected':
        return this.#close(event.properties.requestID)
      default:
        return []
    }
  }

  /** What the server lists for the turn's sessions: opens what no event told of, and closes what is gone. */
  take({ permissions, questions }: Pending): RuntimeEvent[] {
    const listed = new Set([...permissions, ...questions].map(({ id }) => id))
    const gone = [...this.#permissions, ...this.#questions.keys()].filter((id) => !listed.has(id))
    return [
      ...gone.flatMap((id) => this.#close(id)),
      ...permissions.flatMap((request) => this.#askPermission(request)),
      ...questions.flatMap((request) => this.#askQuestion(request)),
    ]
  }

  /** Takes one answer. Returns false when the request is no longer open. */
  async answer(client: OpenCodeClient, id: string, answer: RequestAnswer): Promise<boolean> {
    if (this.#permissions.has(id)) return await this.#answerPermission(client, id, answer)
    const [questionId = '', index = ''] = id.split('#')
    const question = this.#questions.get(questionId)
    const info = question?.request.questions[Number(index)]
    if (!question || !info) return false
    const words = wordsOf(info, answer)
    if (words === undefined) return await client.replyQuestion(questionId)
    question.answers[Number(index)] = words
    const answers = question.answers.filter((one) => one !== undefined)
    if (answers.length < question.answers.length) return true
    return await client.replyQuestion(questionId, answers)
  }

  #askPermission(request: PermissionRequest): RuntimeEvent[] {
    if (this.#known.has(request.id)) return []
    this.#known.add(request.id)
    this.#permissions.add(request.id)
    return [{ type: 'request', request: permissionOf(request) }]
  }

  #askQuestion(request: QuestionRequest): RuntimeEvent[] {
    if (this.#known.has(request.id)) return []
    this.#known.add(request.id)
    this.#questions.set(request.id, { request, answers: request.questions.map(() => undefined) })
    return request.questions.map((info, index) => ({
      type: 'request',
      request: questionOf(info, `${request.id}#${index}`),
    }))
  }

  #close(id: string): RuntimeEvent[] {
    if (this.#permissions.delete(id)) return [{ type: 'request-closed', id }]
    const question = this.#questions.get(id)
    if (!question) return []
    this.#questions.delete(id)
    return question.answers.map((_, index) => ({ type: 'request-closed', id: `${id}#${index}` }))
  }

  async #answerPermission(
    client: OpenCodeClient,
    id: string,
    answer: RequestAnswer,
  ): Promise<boolean> {
    if ('text' in answer) return await client.replyPermission(id, 'reject', answer.text)
    const { option, note } = answer
    if (option === 'once' || option === 'always') return await client.replyPermission(id, option)
    return await client.replyPermission(id, 'reject', note)
  }
}

function permissionOf(request: PermissionRequest): RuntimeRequest {
  const { id, permission, patterns, metadata, always } = request
  const what = [metadata['command'], metadata['filepath'], metadata['url'], patterns.join(', ')]
  const subject = what.find((one) => typeof one === 'string' && one !== '')
  const diff = metadata['diff']
  const detail = [subject, diff].filter((one) => typeof one === 'string').join('\n')
  return {
    id,
    kind: 'permission',
    title: oneLine(`${permission}: ${subject ?? ''}`, maxTitle),
    ...(detail === '' ? {} : { detail: detail.toWellFormed().slice(0, maxDetail) }),
    options: [
      { id: 'once', label: 'Allow', allows: 'once' },
      { id: 'reject', label: 'Deny', allows: 'nothing' },
    ],
    defaultOption: 'reject',
    takesText: false,
    ...grantOf(permission, always),
  }
}

/** Exactly what OpenCode itself would allow for always: words that were shortened could mean something else. */
function grantOf(permission: string, always: readonly string[]): { grant?: string } {
  const patterns = always.map((one) => (/^[^,"]+$/.test(one) ? one : JSON.stringify(one)))
  const grant = `${permission}: ${patterns.toSorted().join(', ')}`
  return always.length > 0 && grant.length <= maxGrant ? { grant } : {}
}

function questionOf(info: QuestionInfo, id: string): RuntimeRequest {
  const details = info.options.map(({ label, description }) => `${label}: ${description}`)
  return {
    id,
    kind: 'question',
    title: oneLine(info.question, maxTitle),
    ...(details.length > 0
      ? { detail: details.join('\n').toWellFormed().slice(0, maxDetail) }
      : {}),
    options: [
      ...info.options
        .slice(0, maxOptions)
        .map(({ label }, index) => ({ id: `${index}`, label: oneLine(label, maxTitle) })),
      { id: 'dismiss', label: 'No answer' },
    ],
    defaultOption: 'dismiss',
    takesText: info.custom !== false,
  }
}

/** Nothing for a refusal without a word: that ends the turn, which words to the agent do not. */
function wordsOf(info: QuestionInfo, answer: RequestAnswer): string[] | undefined {
  if ('text' in answer) return [answer.text]
  const chosen = info.options[Number(answer.option)]
  if (chosen) return [chosen.label]
  return answer.note === undefined ? undefined : [answer.note]
}
