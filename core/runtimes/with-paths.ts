import type { TurnAttachment } from '../runtime-port.ts'
import type { AttachmentView } from './prompt.ts'

/** The same views for an agent that can open files of this machine: where a file lies instead of that it is missing. */
export function withPaths(
  views: ReadonlyMap<TurnAttachment, AttachmentView>,
): ReadonlyMap<TurnAttachment, AttachmentView> {
  return new Map(
    [...views].map(([attachment, view]) => {
      if ('content' in view || attachment.path === undefined) return [attachment, view]
      return [
        attachment,
        { remark: `It was not put into this message. It lies at ${attachment.path}` },
      ]
    }),
  )
}
