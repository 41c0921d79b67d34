import { z } from '@hono/zod-openapi'
import type { StoredAttachment } from '../../core/store/runs.ts'
import type { ChatLine } from '../../core/store/views.ts'
import { attachmentShape, formatAttachment, formatTime, runStates } from './shapes.ts'

/** One message as the page shows it. */
export const chatLineShape = z
  .object({
    id: z.string(),
    role: z.enum(['user', 'agent', 'notice']),
    text: z.string(),
    html: z.string().nullable(),
    at: z.iso.datetime(),
    run: z.string().nullable(),
    state: z.enum(runStates).nullable(),
    attachments: z.array(attachmentShape),
    buttons: z.array(z.array(z.object({ label: z.string(), data: z.string() }))),
  })
  .openapi('ChatMessage')

export function formatChatLine(line: ChatLine): z.infer<typeof chatLineShape> {
  const { chunk } = line
  return {
    id: line.id,
    role: line.role,
    text: line.text,
    html: htmlOf(chunk?.format),
    at: formatTime(line.at),
    run: line.runId,
    state: line.runState,
    attachments: [
      ...line.attachments.flatMap(formatStored),
      ...(chunk?.file ? [formatAttachment(chunk.file)] : []),
    ],
    buttons: (chunk?.buttons ?? []).map((row) => row.map(({ label, data }) => ({ label, data }))),
  }
}

/** A file that is not fetched yet has no address; the line is told again once it has. */
function formatStored({ file }: StoredAttachment): z.infer<typeof attachmentShape>[] {
  return file === undefined ? [] : [formatAttachment(file)]
}

/** What `WebChannel.render` put there: HTML made by the gateway and safe to show. */
function htmlOf(format: unknown): string | null {
  if (typeof format !== 'object' || format === null || !('html' in format)) return null
  return typeof format.html === 'string' ? format.html : null
}
