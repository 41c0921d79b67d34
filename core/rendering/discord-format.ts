import type { Chunk } from '../model.ts'
import { canMaskLink, toDiscordMarkdown } from './discord-markdown.ts'
import type { RenderTarget } from './plain-reply.ts'
import type { StyledText } from './styled-text.ts'

/** What `Chunk.format` is for Discord: the markdown to send. Absent where it is the text itself. */
export type DiscordFormat = { readonly content: string }

/**
 * A message has at most 2,000 characters, which are code points
 * (https://github.com/discord/discord-api-docs/issues/1315); UTF-16 units are never fewer. A code block on a phone has room for about 36 columns.
 */
export const discordTarget: RenderTarget = {
  limit: 2_000,
  keepsIndent: true,
  links: canMaskLink,
  maxTableColumns: 36,
  measure: (piece) => toDiscordMarkdown(piece).length,
  toChunk,
}

/** The markdown to send for a chunk that `renderDiscord` made, also after it was stored as JSON. */
export function discordContentOf(chunk: Chunk): string {
  return isDiscordFormat(chunk.format) ? chunk.format.content : chunk.text
}

/** Only this file writes the format, so its outline is enough to know it. */
function isDiscordFormat(format: unknown): format is DiscordFormat {
  return (
    typeof format === 'object' &&
    format !== null &&
    'content' in format &&
    typeof format.content === 'string'
  )
}

function toChunk(piece: StyledText): Chunk {
  const content = toDiscordMarkdown(piece)
  if (content === piece.text) return { text: piece.text }
  const format: DiscordFormat = { content }
  return { text: piece.text, format }
}
