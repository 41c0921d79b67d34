import type { Capabilities } from '../../core/ports.ts'

/** A bot's message is at most this long; people who pay may write twice as much. */
export const maxTextLength = 2000

/** What Discord takes of a bot in a server that nobody pays for. */
export const maxUploadBytes = 10 * 1024 * 1024

/** What Discord lets a bot do. */
export const capabilities: Capabilities = {
  maxTextLength,
  maxUploadBytes,
  // What people who pay may send.
  maxDownloadBytes: 500 * 1024 * 1024,
  canEdit: true,
  hasButtons: true,
  hasReactions: true,
  hasReplies: true,
  // The sign fades after 10 s.
  typingMs: 8_000,
  reportsDeletions: true,
}
