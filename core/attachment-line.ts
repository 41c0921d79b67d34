import { safeFileName } from './file-names.ts'
import type { AttachmentKind, InboundAttachment } from './model.ts'

const labels: Readonly<Record<AttachmentKind, string>> = {
  paste: 'pasted text',
  photo: 'photo',
  document: 'file',
  voice: 'voice message',
  audio: 'audio file',
  video: 'video',
  animation: 'animation',
  sticker: 'sticker',
}

/**
 * The visible line that stands for a file that is not there: `[photo, 31 MB: too large]`,
 * `[file report.pdf: could not be fetched]`. `size` is worded, see `formatSize`.
 */
export function describeMissing(
  attachment: Pick<InboundAttachment, 'kind' | 'name'>,
  size: string | undefined,
  reason: string,
): string {
  const { kind, name } = attachment
  // Only a document is known by its name; those of photos and voice messages are made up by phones.
  const named =
    kind === 'document' && name && name !== kind ? ` ${safeFileName(name, '', undefined)}` : ''
  return `[${labels[kind]}${named}${size === undefined ? '' : `, ${size}`}: ${reason}]`
}

/** Rounded up, in units of 1024: a limit of 26214400 bytes is 25 MB, and one byte more is 26 MB. */
export function formatSize(bytes: number): string {
  if (bytes >= 2 ** 30) return `${Math.ceil((bytes / 2 ** 30) * 10) / 10} GB`
  if (bytes >= 2 ** 20) return `${Math.ceil(bytes / 2 ** 20)} MB`
  if (bytes >= 2 ** 10) return `${Math.ceil(bytes / 2 ** 10)} KB`
  return `${bytes} B`
}
