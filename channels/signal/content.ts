import type { AttachmentKind, InboundAttachment } from '../../core/model.ts'
import type { SignalAttachment, SignalData } from './envelope.ts'

/** What a message holds besides its text: files that can be fetched, and visible lines for everything else. */
export type Content = {
  readonly attachments: readonly InboundAttachment[]
  readonly notes: readonly string[]
}

/** Who somebody else in a message is, in words. */
export type NameOf = (address: {
  readonly authorUuid?: string
  readonly authorNumber?: string
}) => string

/** Signal's own files; their names are made up by phones, so only a document is known by its name. */
const words: Readonly<Record<AttachmentKind, string>> = {
  paste: 'long text',
  photo: 'photo',
  document: 'file',
  voice: 'voice message',
  audio: 'audio file',
  video: 'video',
  animation: 'animation',
  sticker: 'sticker',
}
/** How an older signal-cli hands over the part of a long text that does not fit into the message. */
const longText = 'text/x-signal-plain'

/** Collects the files and notes of a message. Pure. */
export function readContent(message: SignalData, nameOf: NameOf): Content {
  const attachments: InboundAttachment[] = []
  const notes: string[] = []
  for (const one of message.attachments ?? []) {
    const attachment = toAttachment(one)
    const label = labelOf(one)
    if (attachment) attachments.push(attachment)
    else notes.push(`[${label}: no longer available]`)
    if (message.viewOnce) notes.push(`[${label}: meant to be seen once]`)
  }
  if (message.viewOnce && !message.attachments?.length) {
    notes.push('[a file meant to be seen once, which only a phone can open]')
  }
  notes.push(...readNotes(message, nameOf))
  return { attachments, notes: notes.map(oneLine) }
}

/** One short line for a quoted message without text; empty when there is nothing to name. */
export function describeFiles(files: readonly SignalAttachment[] | undefined): string {
  return (files ?? []).map((file) => oneLine(`[${labelOf(file)}]`)).join(' ')
}

function toAttachment(file: SignalAttachment): InboundAttachment | undefined {
  const { id, filename, contentType, size } = file
  if (id === undefined) return undefined
  return {
    ref: id,
    kind: kindOf(file),
    ...(filename === undefined ? {} : { name: filename }),
    ...(contentType === undefined ? {} : { mime: contentType }),
    ...(size === undefined ? {} : { size }),
  }
}

function kindOf({ contentType, filename, isVoiceNote }: SignalAttachment): AttachmentKind {
  const type = contentType?.toLowerCase() ?? ''
  if (type === longText) return 'paste'
  if (type === 'image/gif') return 'animation'
  if (type.startsWith('image/')) return 'photo'
  if (type.startsWith('video/')) return 'video'
  if (!type.startsWith('audio/')) return 'document'
  // Signal says that it is a voice message, signal-cli only lately; recordings never have a name.
  return (isVoiceNote ?? filename === undefined) ? 'voice' : 'audio'
}

function labelOf(file: SignalAttachment): string {
  const kind = kindOf(file)
  return kind === 'document' && file.filename ? `${words.document} ${file.filename}` : words[kind]
}

function readNotes(message: SignalData, nameOf: NameOf): string[] {
  const { sticker, contacts, payment, storyContext, previews } = message
  const { pollCreate, pollVote, pollTerminate } = message
  const notes: string[] = []
  if (sticker) notes.push('[sticker]')
  for (const contact of contacts ?? []) notes.push(`[contact ${contactLine(contact)}]`)
  if (payment) notes.push(payment.note ? `[payment: ${payment.note}]` : '[payment]')
  if (storyContext) notes.push(`[in answer to a story of ${nameOf(storyContext)}]`)
  if (pollCreate) {
    notes.push(`[poll ${pollCreate.question ?? ''}: ${(pollCreate.options ?? []).join(', ')}]`)
  }
  if (pollVote) {
    // The protocol counts from nought, people do not.
    const chosen = (pollVote.optionIndexes ?? []).map((index) => index + 1).join(', ')
    const poll = `the poll of ${nameOf(pollVote)}`
    notes.push(chosen === '' ? `[took back the vote in ${poll}]` : `[vote in ${poll}: ${chosen}]`)
  }
  if (pollTerminate) notes.push('[closed a poll]')
  for (const { title } of previews ?? []) if (title) notes.push(`[link: ${title}]`)
  return notes
}

function contactLine(contact: NonNullable<SignalData['contacts']>[number]): string {
  const { name, phone, email, organization } = contact
  const full = [name?.given, name?.middle, name?.family].filter(Boolean).join(' ')
  const ways = [...(phone ?? []), ...(email ?? [])].map(({ value }) => value)
  return (
    [full || name?.nickname, organization, ...ways].filter(Boolean).join(', ') || 'without a name'
  )
}

/** Names and questions are strangers' words: they must not look like lines of ours. */
function oneLine(note: string): string {
  return note.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 1000)
}
