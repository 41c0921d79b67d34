import type { Capabilities } from '../../core/ports.ts'
import { maxDownloadBytes } from './content.ts'
import { maxTextLength } from './inbound.ts'

/** What the Bot API lets a bot do. */
export const capabilities: Capabilities = {
  maxTextLength,
  maxUploadBytes: 50 * 1024 * 1024,
  maxDownloadBytes,
  canEdit: true,
  hasButtons: true,
  hasReactions: true,
  hasReplies: true,
  // The sign fades after 5 s.
  typingMs: 4500,
  reportsDeletions: false,
}
