import type { AttachmentKind, InboundAttachment } from '../../core/model.ts'
import type { TelegramContent, TelegramFile } from './update.ts'

/** What a message holds besides its text: files that can be fetched, and visible lines for everything else. */
export type Content = {
  readonly attachments: readonly InboundAttachment[]
  readonly notes: readonly string[]
}

/** What `getFile` hands out at most. */
export const maxDownloadBytes = 20 * 1024 * 1024

type Media = {
  readonly kind: AttachmentKind
  readonly word: string
  readonly file: TelegramFile
  readonly mime?: string
}

/** Collects the files and notes of a message. Pure. */
export function readContent(message: TelegramContent): Content {
  const attachments: InboundAttachment[] = []
  const notes: string[] = []
  const media = readMedia(message)
  if (media && (media.file.file_size ?? 0) > maxDownloadBytes) notes.push(tooLarge(media))
  else if (media) attachments.push(toAttachment(media))
  if (message.sticker?.emoji) notes.push(`[sticker ${message.sticker.emoji}]`)
  notes.push(...readNotes(message))
  return { attachments, notes: notes.map(oneLine) }
}

/** One short line for a message without text, to stand for it in a quote; empty when there is nothing to name. */
export function describeContent(message: TelegramContent): string {
  const media = readMedia(message)
  if (media) return `[${labelOf(media)}]`
  return readNotes(message).join(' ')
}

function readMedia(message: TelegramContent): Media | undefined {
  // The sizes of one photo come in ascending order.
  const photo = message.photo?.at(-1)
  if (photo) return { kind: 'photo', word: 'photo', file: photo, mime: 'image/jpeg' }
  // An animation also stands as a document, for old clients.
  if (message.animation) return { kind: 'animation', word: 'animation', file: message.animation }
  if (message.video_note) {
    return { kind: 'video', word: 'video note', file: message.video_note, mime: 'video/mp4' }
  }
  if (message.voice) {
    return { kind: 'voice', word: 'voice message', file: message.voice, mime: 'audio/ogg' }
  }
  const { video, audio, sticker, document } = message
  if (video) return { kind: 'video', word: 'video', file: video }
  if (audio) return { kind: 'audio', word: 'audio file', file: audio }
  if (sticker) return { kind: 'sticker', word: 'sticker', file: sticker }
  return document ? { kind: 'document', word: 'file', file: document } : undefined
}

function toAttachment({ kind, file, mime }: Media): InboundAttachment {
  const name = file.file_name ?? (kind === 'audio' ? file.title : undefined)
  const type = file.mime_type ?? mime
  return {
    ref: file.file_id,
    kind,
    ...(name === undefined ? {} : { name }),
    ...(type === undefined ? {} : { mime: type }),
    ...(file.file_size === undefined ? {} : { size: file.file_size }),
    ...(file.duration === undefined ? {} : { durationMs: file.duration * 1000 }),
  }
}

function tooLarge(media: Media): string {
  const megabytes = Math.ceil((media.file.file_size ?? 0) / (1024 * 1024))
  return `[${labelOf(media)}, ${megabytes} MB: too large]`
}

/** Only a document is known by its name; those of videos and voice messages are made up by phones. */
function labelOf({ kind, word, file }: Media): string {
  return kind === 'document' && file.file_name ? `${word} ${file.file_name}` : word
}

function readNotes(message: TelegramContent): string[] {
  const notes: string[] = []
  const { venue, location, contact, poll, dice, game, checklist } = message
  if (venue) notes.push(`[venue ${venue.title}, ${venue.address}, ${place(venue.location)}]`)
  else if (location) notes.push(`[location ${place(location)}]`)
  if (contact) {
    const name = [contact.first_name, contact.last_name].filter(Boolean).join(' ')
    notes.push(`[contact ${name}, ${contact.phone_number}]`)
  }
  if (poll) notes.push(`[poll ${poll.question}: ${join(poll.options)}]`)
  if (dice) notes.push(`[dice ${dice.emoji} ${dice.value}]`)
  if (game) notes.push(`[game ${game.title}]`)
  if (checklist) notes.push(`[checklist ${checklist.title}: ${join(checklist.tasks)}]`)
  if (message.story) notes.push('[story]')
  if (message.paid_media) notes.push('[paid media]')
  if (message.live_photo) notes.push('[live photo]')
  if (message.invoice) notes.push('[invoice]')
  if (message.giveaway) notes.push('[giveaway]')
  if (message.rich_message) notes.push('[rich message that bots cannot read as text]')
  return notes
}

/** Names and questions are strangers' words: they must not look like lines of ours. */
function oneLine(note: string): string {
  return note.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, 1000)
}

function place({ latitude, longitude }: { latitude: number; longitude: number }): string {
  return `${latitude}, ${longitude}`
}

function join(items: readonly { readonly text: string }[]): string {
  return items.map((one) => one.text).join(', ')
}
