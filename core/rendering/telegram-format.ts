import type { Chunk } from '../model.ts'
import type { RenderTarget } from './plain-reply.ts'
import type { Span, StyledText } from './styled-text.ts'

/** A message entity of the Bot API, of the kinds made here. Offsets and lengths are UTF-16 units. */
export type TelegramEntity = { readonly offset: number; readonly length: number } & (
  | {
      readonly type:
        | 'bold'
        | 'italic'
        | 'underline'
        | 'strikethrough'
        | 'spoiler'
        | 'blockquote'
        | 'code'
    }
  | { readonly type: 'pre'; readonly language?: string }
  | { readonly type: 'text_link'; readonly url: string }
)

/** What `Chunk.format` is for Telegram; absent where nothing is styled. */
export type TelegramFormat = { readonly entities: readonly TelegramEntity[] }

/** https://core.telegram.org/bots/api#sendmessage: 4096 characters; entities after the hundredth are ignored. */
export const telegramTarget: RenderTarget = { limit: 4_096, maxSpans: 100, toChunk }

/** Reads the entities of a chunk that `renderTelegram` made, also after it was stored as JSON. */
export function entitiesOf(chunk: Chunk): readonly TelegramEntity[] {
  return isTelegramFormat(chunk.format) ? chunk.format.entities : []
}

/** Only this file writes the format, so its outline is enough to know it. */
function isTelegramFormat(format: unknown): format is TelegramFormat {
  return (
    typeof format === 'object' &&
    format !== null &&
    'entities' in format &&
    Array.isArray(format.entities)
  )
}

function toChunk({ text, spans }: StyledText): Chunk {
  if (spans.length === 0) return { text }
  const format: TelegramFormat = { entities: spans.map(toEntity) }
  return { text, format }
}

function toEntity(span: Span): TelegramEntity {
  const place = { offset: span.start, length: span.end - span.start }
  switch (span.style) {
    case 'link':
      return { type: 'text_link', ...place, url: span.url }
    case 'pre':
      return {
        type: 'pre',
        ...place,
        ...(span.language === undefined ? {} : { language: span.language }),
      }
    default:
      return { type: span.style, ...place }
  }
}
