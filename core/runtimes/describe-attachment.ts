import { formatSize } from '../attachment-line.ts'
import type { TurnAttachment } from '../runtime-port.ts'
import { oneLine } from './one-line.ts'

/** Describes one attachment in one line: `[photo, image/jpeg, 120 KB]`, or why there is no file. Never empty. */
export function describeAttachment(
  attachment: TurnAttachment,
  options: { readonly withName?: boolean } = {},
): string {
  if (attachment.unavailable) return attachment.unavailable.replaceAll(/\s+/g, ' ')
  const parts: string[] = [attachment.kind === 'paste' ? 'pasted text' : attachment.kind]
  const name = options.withName ? oneLine(attachment.name, 100) : ''
  if (name) parts.push(name)
  if (attachment.file)
    parts.push(oneLine(attachment.file.mime, 100), formatSize(attachment.file.size))
  if (attachment.durationMs !== undefined)
    parts.push(`${Math.round(attachment.durationMs / 1000)} s`)
  return `[${parts.join(', ')}]`
}
