import { bad, badRequest, RestFailure } from './signal-failure.ts'
import type { SignalReader } from './signal-reader.ts'
import { readStyled } from './signal-styles.ts'
import type {
  Group,
  Identity,
  SendFailure,
  SentFile,
  SentMessage,
  SignalWorld,
} from './signal-world.ts'

type Json = Readonly<Record<string, unknown>>

/** What every call works on. */
export type SignalState = {
  readonly world: SignalWorld
  readonly reader: SignalReader
  /** Says that a request is wrong in a way the real server lets pass. */
  readonly report: (breach: string) => void
  /** Tokens while sending is limited, until one of them is answered by a captcha. */
  limit: readonly string[] | undefined
}

export type SendResult = {
  readonly timestamp: number
  readonly failures: readonly { readonly to: Identity; readonly reason: SendFailure }[]
}

type Recipients =
  | { readonly kind: 'group'; readonly group: Group }
  | { readonly kind: 'people'; readonly people: readonly Identity[] }

/** `POST /v2/send`. Throws `RestFailure` as the real server answers. */
export function sendMessage(state: SignalState, body: Json): SendResult {
  const { world, report } = state
  checkFields(body)
  const recipients = readRecipients(state, listOf(body['recipients']).map(String))
  const source = String(body['message'] ?? '')
  checkPreview(source, body['link_preview'])
  const mode = body['text_mode']
  if (mode !== undefined && mode !== 'styled' && mode !== 'normal')
    report(`text_mode ${String(mode)} is taken as normal`)
  const { text, styles } = mode === 'styled' ? readStyled(source) : { text: source, styles: [] }
  const files = listOf(body['base64_attachments']).map((one) => readFile(state, String(one)))
  const quote = readQuote(state, body)
  if (!text && files.length === 0 && !body['sticker'] && !quote)
    throw bad(
      'Sending empty message is not allowed, either a message, attachment or sticker must be given.',
    )
  const mentions = readMentions(state, text, body['mentions'])
  const failures = attempt(state, recipients)
  const timestamp = world.timestamp()
  world.learn(world.self.uuid, timestamp)
  const edited = body['edit_timestamp']
  if (edited !== undefined) edit(state, Number(edited), { timestamp, text, styles, mentions })
  else {
    const group = recipients.kind === 'group' ? { group: recipients.group } : {}
    world.sent.push({
      timestamp,
      recipients: listOf(body['recipients']).map(String),
      ...group,
      ...(quote ? { quote } : {}),
      ...(body['sticker'] ? { sticker: String(body['sticker']) } : {}),
      files,
      isViewOnce: body['view_once'] === true,
      text,
      styles,
      mentions,
      versions: [timestamp],
      failures,
      isDeleted: false,
    })
    if (body['notify_self'] !== false) notifySelf(state, recipients, text, timestamp)
  }
  return { timestamp, failures }
}

/** Who gets it: one group, or people by number or uuid. Throws where a kind is mixed with another. */
export function readRecipients(state: SignalState, ids: readonly string[]): Recipients {
  const kinds = ids.map(kindOf)
  const has = (kind: string) => kinds.includes(kind)
  const apart = 'cannot be specified together in one request! Please split them up into multiple'
  for (const [one, other, words] of [
    ['number', 'group', 'Groups and phone numbers'],
    ['username', 'group', 'Groups and usernames'],
    ['number', 'username', 'phone numbers and usernames'],
  ] as const) {
    if (has(one) && has(other)) throw bad(`Signal Messenger ${words} ${apart} REST API calls.`)
  }
  if (has('group') && ids.length > 1)
    throw bad(
      'A signal message cannot be sent to more than one group at once! Please use multiple REST API calls for that.',
    )
  const [first = ''] = ids
  if (has('group')) return { kind: 'group', group: writableGroup(state, first) }
  return { kind: 'people', people: ids.map((id, index) => reach(state, id, kinds[index])) }
}

/** The group a call names. Throws where signal-cli does. */
export function writableGroup({ world }: SignalState, id: string): Group {
  const internalId = Buffer.from(id.slice('group.'.length), 'base64').toString()
  const group = world.groups.find((one) => one.internalId === internalId)
  if (!group) throw bad(`Group not found: ${internalId}`)
  const place = `${group.name} (${internalId})`
  if (!group.isMember) throw bad(`User is not a member in group: ${place}`)
  if (group.isAnnouncement && !group.admins.includes(world.self))
    throw bad(`User is not allowed to send message to group: ${place}`)
  return group
}

function kindOf(id: string): string {
  if (id.startsWith('group.')) {
    const inner = Buffer.from(id.slice('group.'.length), 'base64').toString()
    if (Buffer.from(inner, 'base64').length === 32) return 'group'
    if (id.length <= 'group.'.length + 10) return 'username'
    throw bad(`Invalid identifier ${id}`)
  }
  if (/^(\+[\d ]*)?$/.test(id)) return 'number'
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id) ? 'number' : 'username'
}

function reach({ world, report }: SignalState, id: string, kind: string | undefined): Identity {
  const found =
    kind === 'username' ? world.people.find((one) => one.username === id) : world.find(id)
  if (found) return found
  const nobody: Identity = {
    uuid: id,
    number: null,
    name: null,
    failure: 'UNREGISTERED_FAILURE',
    safetyNumber: '',
    trust: 'TRUSTED_UNVERIFIED',
  }
  if (kind !== 'username') return nobody
  // Seen with the real server: 201, and nothing arrives anywhere.
  const isInternal = world.groups.some((one) => one.internalId === id)
  report(
    `recipient ${id} is taken as a username${isInternal ? ': it is an internal group id' : ''}`,
  )
  return { ...nobody, failure: undefined }
}

function checkFields(body: Json): void {
  if (listOf(body['recipients']).length === 0)
    throw badRequest('please provide at least one recipient')
  if (!body['number']) throw badRequest('please provide a valid number')
  const sticker = body['sticker']
  if (sticker && !String(sticker).includes(':'))
    throw badRequest('please provide valid sticker delimiter')
  if (body['view_once'] === true && listOf(body['base64_attachments']).length === 0)
    throw bad("'view_once' can only be set for image attachments!")
}

function checkPreview(message: string, preview: unknown): void {
  if (typeof preview !== 'object' || preview === null) return
  const url = String(Reflect.get(preview, 'url') ?? '')
  if (!url) throw bad('Please provide a valid Link Preview URL')
  if (!url.startsWith('https')) throw bad('Link Preview URL must start with https://..')
  if (!Reflect.get(preview, 'title')) throw bad('Please provide a valid Link Preview Title')
  if (!message.includes(url)) throw bad('Link Preview URL is missing in the message!')
}

function readFile({ report }: SignalState, given: string): SentFile {
  const [, name = '', data = ''] = /^data:[^;,]*(?:;filename=([^;]*))?;base64,(.*)$/s.exec(
    given,
  ) ?? ['', '', given]
  if (data === '') throw bad('The base64 data does not exist.')
  const wrong = data.search(/[^A-Za-z\d+/]/)
  const end = data.replace(/={1,2}$/, '').length
  if ((wrong >= 0 && wrong < end) || data.length % 4 !== 0)
    throw bad(`illegal base64 data at input byte ${wrong >= 0 ? wrong : data.length}`)
  if (/[/\\]/.test(name)) throw bad(`open /tmp/${name}: no such file or directory`)
  if (name === '') report('an attachment has no filename, so that it gets a random one')
  return { name, content: Buffer.from(data, 'base64') }
}

function readQuote({ world, report }: SignalState, body: Json): SentMessage['quote'] {
  const timestamp = body['quote_timestamp']
  if (timestamp === undefined) return undefined
  const author = String(body['quote_author'] ?? '')
  if (author === '') throw bad('Quote author parameter is missing')
  if (!world.knows(author, Number(timestamp)))
    report(`the quote is of a message that does not exist: ${author}/${timestamp}`)
  return { timestamp: Number(timestamp), author, text: String(body['quote_message'] ?? '') }
}

function readMentions(
  { report }: SignalState,
  text: string,
  given: unknown,
): SentMessage['mentions'] {
  return listOf(given).map((one) => {
    const start = Number(Reflect.get(Object(one), 'start'))
    const length = Number(Reflect.get(Object(one), 'length'))
    if (start < 0 || length < 1 || start + length > text.length)
      report(`a mention lies outside of the text: ${start}+${length} of ${text.length}`)
    return { start, length, author: String(Reflect.get(Object(one), 'author')) }
  })
}

/** Sends to each; throws when it reaches nobody, in the words that are left of the reasons then. */
function attempt(state: SignalState, recipients: Recipients): SendResult['failures'] {
  const { world, limit } = state
  if (limit) throw rateLimited(world.self.number ?? '', limit)
  const people =
    recipients.kind === 'people'
      ? recipients.people
      : recipients.group.members.filter((one) => one !== world.self)
  const failures = people.flatMap((to) => (to.failure ? [{ to, reason: to.failure }] : []))
  if (failures.length === 0 || failures.length < people.length) return failures
  if (failures.every(({ reason }) => reason === 'IDENTITY_FAILURE'))
    throw bad('Unable to complete request due to untrusted recipient keys')
  if (failures.every(({ reason }) => reason === 'RATE_LIMIT_FAILURE'))
    throw rateLimited(world.self.number ?? '', [''])
  throw bad('Failed to send message')
}

/** What the REST API makes of signal-cli's error -5. */
export function rateLimited(account: string, tokens: readonly string[]): RestFailure {
  return new RestFailure(
    429,
    "Failed to send message due to rate limiting. Use the attached challenge tokens to lift the rate limit restrictions via the '/v1/accounts/{number}/rate-limit-challenge' endpoint.",
    { fields: { challenge_tokens: tokens, account } },
  )
}

function edit(
  { world, report }: SignalState,
  target: number,
  now: Pick<SentMessage, 'text' | 'styles' | 'mentions'> & { readonly timestamp: number },
): void {
  const sent = world.findSent(target)
  // Both are accepted, and every client drops them.
  if (sent?.versions.at(-1) !== target) {
    report(`an edit of ${target}, which is ${sent ? 'not the latest version' : 'no own message'}`)
    return
  }
  sent.versions.push(now.timestamp)
  sent.text = now.text
  sent.styles = now.styles
  sent.mentions = now.mentions
}

/** A message to the own number comes back as if somebody had written it. */
function notifySelf(
  { world, reader }: SignalState,
  recipients: Recipients,
  message: string,
  timestamp: number,
): void {
  const { self } = world
  if (recipients.kind === 'group' || !recipients.people.includes(self)) return
  const envelope = {
    source: self.number,
    sourceNumber: self.number,
    sourceUuid: self.uuid,
    sourceName: self.name,
    sourceDevice: 2,
    timestamp,
    serverReceivedTimestamp: 0,
    serverDeliveredTimestamp: 0,
    dataMessage: {
      timestamp,
      message,
      expiresInSeconds: 0,
      isExpirationUpdate: false,
      viewOnce: false,
    },
  }
  reader.read({ envelope, account: self.number })
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
