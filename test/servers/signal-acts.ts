import { bad, badRequest } from './signal-failure.ts'
import { readRecipients, type SignalState, writableGroup } from './signal-send.ts'

type Json = Readonly<Record<string, unknown>>

export type Answer = {
  readonly status: number
  readonly body?: unknown
  readonly bytes?: Buffer
  readonly type?: string
}

/** One request, read: path parameters decoded, the body as it came. */
export type Call = {
  readonly state: SignalState
  readonly parameters: readonly string[]
  readonly query: URLSearchParams
  readonly body: Json
  /** Which shape `/v2/send` answers with. */
  readonly answers: 'array' | 'object'
}

/** 204, without a body. */
export const done: Answer = { status: 204 }

/** `PUT` and `DELETE /v1/typing-indicator`. */
export function type({ state, body }: Call, isTyping: boolean): Answer {
  const recipient = String(body['recipient'] ?? '')
  if (recipient.startsWith('group.')) writableGroup(state, recipient)
  else single(state, recipient)
  state.world.typing.push({ recipient, isTyping })
  return done
}

/** `POST` and `DELETE /v1/reactions`: an account has one reaction a message. */
export function react({ state, body }: Call, isRemoved: boolean): Answer {
  const { world } = state
  requireFields(body, [
    'recipient',
    ...(isRemoved ? [] : ['reaction']),
    'target_author',
    'timestamp',
  ])
  const recipient = String(body['recipient'])
  if (recipient.startsWith('group.')) writableGroup(state, recipient)
  else single(state, recipient)
  const author = String(body['target_author'])
  const timestamp = Number(body['timestamp'])
  if (!world.knows(author, timestamp))
    state.report(`a reaction to a message that does not exist: ${author}/${timestamp}`)
  const mine = world.reactions.findLast(
    (one) => one.author === author && one.timestamp === timestamp,
  )
  // An account has one reaction a message; a new one takes the place of the old.
  if (mine) mine.isRemoved = true
  if (!isRemoved) {
    const emoji = String(body['reaction'])
    world.reactions.push({ recipient, emoji, author, timestamp, isRemoved: false })
  }
  return done
}

/** `POST /v1/polls`. */
export function createPoll({ state, body }: Call): Answer {
  const { world, report } = state
  requireFields(body, ['recipient', 'question'])
  const answers = listOf(body['answers']).map(String)
  if (answers.length === 0) throw badRequest('answers missing')
  if (answers.length < 2 || answers.length > 10) report(`a poll with ${answers.length} answers`)
  const question = String(body['question'])
  if ([question, ...answers].some((one) => one.length > 100))
    report('a poll text over 100 characters')
  const recipient = String(body['recipient'])
  const recipients = reachable(state, recipient)
  const timestamp = world.timestamp()
  world.learn(world.self.uuid, timestamp)
  const isMultiple = body['allow_multiple_selections'] !== false
  world.sent.push({
    timestamp,
    recipients: [recipient],
    ...(recipients.kind === 'group' ? { group: recipients.group } : {}),
    poll: { question, answers, isMultiple, isClosed: false },
    files: [],
    isViewOnce: false,
    text: question,
    styles: [],
    mentions: [],
    versions: [timestamp],
    failures: [],
    isDeleted: false,
  })
  return { status: 201, body: { timestamp: String(timestamp) } }
}

/** `PUT /v1/identities/…/trust/…`. */
export function trust({ state, parameters: [, id = ''], body }: Call): Answer {
  const number = body['verified_safety_number']
  const isAll = body['trust_all_known_keys'] === true
  if (number === undefined && !isAll)
    throw badRequest(
      "please either provide a safety number (preferred & more secure) or set 'trust_all_known_keys' to true",
    )
  if (number !== undefined && isAll)
    throw badRequest(
      "please either provide a safety number or set 'trust_all_known_keys' to true. But do not set both parameters at once!",
    )
  if (number === '') throw badRequest('please provide a valid safety number')
  const person = state.world.find(id)
  const isRight = person && (isAll || person.safetyNumber === String(number).replaceAll(' ', ''))
  if (!isRight)
    throw bad(
      isAll
        ? 'Failed to set the trust for this number, make sure the number is correct.'
        : 'Failed to set the trust for this number, make sure the number and the fingerprint/safety number are correct.',
    )
  person.trust = isAll ? 'TRUSTED_UNVERIFIED' : 'TRUSTED_VERIFIED'
  if (person.failure === 'IDENTITY_FAILURE') person.failure = undefined
  return done
}

/** Who or which group a call is for. Throws where nobody is. */
export function reachable(
  state: SignalState,
  recipient: string,
): ReturnType<typeof readRecipients> {
  return readRecipients(state, [recipient])
}

/** One person, as signal-cli reads a recipient that is no group. */
export function single({ world, report }: SignalState, id: string): void {
  if (!/^(\+\d+|u:.+|[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12})$/i.test(id))
    throw bad(
      `Invalid phone number '${id}': The string supplied did not seem to be a phone number.`,
    )
  if (!world.find(id)) report(`nobody is ${id}`)
}

/** Throws at the first field that is missing or zero. */
export function requireFields(body: Json, names: readonly string[]): void {
  for (const name of names) if (!body[name]) throw badRequest(`${name} missing`)
}

/** The items of a list, none where it is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
