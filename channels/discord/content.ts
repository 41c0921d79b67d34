import type { AttachmentKind, InboundAttachment } from '../../core/model.ts'
import {
  type DiscordAttachment,
  type DiscordContent,
  type DiscordMessage,
  messageFlags,
} from './payload.ts'

/** What a message holds besides its text: files that can be fetched, and visible lines for everything else. */
export type Content = {
  readonly attachments: readonly InboundAttachment[]
  readonly notes: readonly string[]
}

type Place = Pick<DiscordMessage, 'id' | 'channel_id'>

/** Discord's app makes a file of this name of a paste that is too long. */
const pasteName = 'message.txt'

/** Collects the files and notes of a message, or of what it forwards. `place` is where it can be asked for again. Pure. */
export function readContent(content: DiscordContent, place: Place): Content {
  const isVoice = ((content.flags ?? 0) & messageFlags.voice) !== 0
  const attachments: InboundAttachment[] = []
  const notes: string[] = []
  for (const one of content.attachments ?? []) {
    if (one.url !== undefined) attachments.push(toAttachment(one, isVoice, place))
    else notes.push(`[file ${one.filename ?? one.id}: it cannot be fetched]`)
    if (one.description !== undefined) notes.push(`[description: ${one.description}]`)
  }
  for (const { name } of content.sticker_items ?? []) notes.push(`[sticker ${name}]`)
  notes.push(...readPoll(content), ...readEmbeds(content))
  return { attachments, notes: notes.map(oneLine) }
}

/** One short line for a message without text, to stand for it in a quote; empty when there is nothing to name. */
export function describeContent(content: DiscordContent): string {
  const [file] = content.attachments ?? []
  const isVoice = ((content.flags ?? 0) & messageFlags.voice) !== 0
  if (file) return isVoice ? '[voice]' : oneLine(`[file ${file.filename ?? file.id}]`)
  const [sticker] = content.sticker_items ?? []
  if (sticker) return oneLine(`[sticker ${sticker.name}]`)
  return [...readPoll(content), ...readEmbeds(content)].map(oneLine).join(' ')
}

/** What a stored reference says: where the message is, which of its files is meant, and its address of then. */
export type FileRef = {
  readonly channelId: string
  readonly messageId: string
  readonly attachmentId: string
  readonly url: string
}

export function parseRef(ref: string): FileRef | undefined {
  const match = /^(\d{1,20})\/(\d{1,20})\/(\d{1,20}) (\S+)$/.exec(ref)
  const [, channelId, messageId, attachmentId, url] = match ?? []
  if (!channelId || !messageId || !attachmentId || !url) return undefined
  return { channelId, messageId, attachmentId, url }
}

function toAttachment(
  { id, filename, content_type, size, url, duration_secs }: DiscordAttachment,
  isVoice: boolean,
  place: Place,
): InboundAttachment {
  const mime = content_type?.split(';')[0]?.trim().toLowerCase()
  return {
    ref: `${place.channel_id}/${place.id}/${id} ${url}`,
    kind: isVoice ? 'voice' : kindOf(filename, mime),
    ...(filename === undefined || isVoice ? {} : { name: filename }),
    ...(mime === undefined || mime === '' ? {} : { mime }),
    ...(size === undefined ? {} : { size }),
    ...(duration_secs === undefined ? {} : { durationMs: Math.round(duration_secs * 1000) }),
  }
}

function kindOf(name: string | undefined, mime = ''): AttachmentKind {
  if (name === pasteName && (mime === '' || mime.startsWith('text/'))) return 'paste'
  if (mime === 'image/gif') return 'animation'
  if (mime.startsWith('image/') && mime !== 'image/svg+xml') return 'photo'
  if (mime.startsWith('audio/')) return 'audio'
  return mime.startsWith('video/') ? 'video' : 'document'
}

function readPoll({ poll }: DiscordContent): string[] {
  if (!poll) return []
  const answers = (poll.answers ?? []).flatMap((one) => one.poll_media?.text ?? [])
  return [`[poll ${poll.question?.text ?? ''}: ${answers.join(', ')}]`]
}

/** A link's preview repeats what the text says; embeds count where they are all there is. */
function readEmbeds({ embeds, content, attachments, components }: DiscordContent): string[] {
  if ((content ?? '') !== '') return []
  const lines = (embeds ?? []).map(({ title, description, url }) => {
    const words = [title, description].filter(Boolean).join(': ')
    return `[embed ${words || url || 'without text'}]`
  })
  const isBare = lines.length === 0 && (attachments ?? []).length === 0
  return isBare && (components ?? []).length > 0 ? ['[components without text]'] : lines
}

/** Names and questions are strangers' words: they must not look like lines of ours. */
function oneLine(note: string): string {
  return note.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 1000)
}
