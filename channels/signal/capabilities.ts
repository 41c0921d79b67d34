import type { Capabilities } from '../../core/ports.ts'
import { signalTarget } from '../../core/rendering/signal-format.ts'

/** What signal-cli-rest-api lets a linked device do. */
export const capabilities: Capabilities = {
  maxTextLength: signalTarget.limit,
  // Signal itself takes about 100 MB, but the server holds a file several times in memory while it sends it.
  maxUploadBytes: 50 * 1024 * 1024,
  maxDownloadBytes: 100 * 1024 * 1024,
  canEdit: true,
  hasButtons: false,
  hasReactions: true,
  hasReplies: true,
  // The sign fades after 15 s.
  typingMs: 10_000,
  reportsDeletions: true,
}
