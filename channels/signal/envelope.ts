import { count, flag, list, present, type Reader, shape, text, word } from '../readers.ts'

/** More than fit into the longest message. */
const maxMentions = 20_000
const maxItems = 100

const address = { name: word, number: word, uuid: word }
const mention = shape({ start: count, length: count }, address)
const attachment = shape(
  {},
  { contentType: word, filename: word, id: word, size: count, isVoiceNote: flag },
)
const quote = shape(
  { id: count },
  {
    author: word,
    authorNumber: word,
    authorUuid: word,
    text,
    mentions: list(mention, maxMentions),
    attachments: list(shape({}, { contentType: word, filename: word }), maxItems),
  },
)
const target = { targetAuthor: word, targetAuthorNumber: word, targetAuthorUuid: word }
const contact = shape(
  {},
  {
    name: shape({}, { nickname: word, given: word, middle: word, family: word }),
    phone: list(shape({ value: word }, {}), maxItems),
    email: list(shape({ value: word }, {}), maxItems),
    organization: word,
  },
)
const group = shape({}, { groupId: word, groupName: word, type: word })
/** A group that cannot be read must not turn into a direct chat, so it stays as one without an id. */
const groupOrBroken: Reader<NonNullable<ReturnType<typeof group>>> = (value) =>
  present(value) && (group(value) ?? {})

const dataFields = {
  timestamp: count,
  message: text,
  isExpirationUpdate: flag,
  viewOnce: flag,
  mentions: list(mention, maxMentions),
  quote,
  attachments: list(attachment, maxItems),
  previews: list(shape({}, { title: word }), maxItems),
  groupInfo: groupOrBroken,
  reaction: shape({ targetSentTimestamp: count }, { emoji: word, isRemove: flag, ...target }),
  remoteDelete: shape({ timestamp: count }, {}),
  adminDelete: shape({ targetSentTimestamp: count }, target),
  sticker: present,
  contacts: list(contact, maxItems),
  payment: shape({}, { note: word }),
  storyContext: shape({}, { authorNumber: word, authorUuid: word }),
  pollCreate: shape({}, { question: word, options: list(word, maxItems) }),
  pollVote: shape(
    {},
    { author: word, authorNumber: word, authorUuid: word, optionIndexes: list(count, maxItems) },
  ),
  pollTerminate: present,
}
const data = shape({}, dataFields)
const edit = shape({ targetSentTimestamp: count, dataMessage: data }, {})
const envelope = shape(
  {},
  {
    source: word,
    sourceNumber: word,
    sourceUuid: word,
    sourceName: word,
    timestamp: count,
    serverReceivedTimestamp: count,
    dataMessage: data,
    editMessage: edit,
    storyMessage: present,
    callMessage: present,
    receiptMessage: present,
    typingMessage: present,
    syncMessage: shape(
      {},
      {
        sentMessage: shape(
          {},
          {
            ...dataFields,
            destination: word,
            destinationNumber: word,
            destinationUuid: word,
            editMessage: edit,
          },
        ),
      },
    ),
  },
)
const frame = shape(
  {},
  { account: word, envelope, exception: shape({}, { message: word, type: word }) },
)

export type SignalMention = NonNullable<ReturnType<typeof mention>>
export type SignalAttachment = NonNullable<ReturnType<typeof attachment>>
export type SignalData = NonNullable<ReturnType<typeof data>>
export type SignalEdit = NonNullable<ReturnType<typeof edit>>
export type SignalEnvelope = NonNullable<ReturnType<typeof envelope>>
/** What the REST server hands over for one envelope of Signal. */
export type SignalFrame = NonNullable<ReturnType<typeof frame>>

/** Reads a frame of the web socket, or the notification a webhook gets, which has the frame in `params`. */
export function readFrame(raw: unknown): SignalFrame | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined
  return frame('params' in raw ? raw.params : raw)
}
