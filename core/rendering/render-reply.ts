import type { Reply } from '../model.ts'
import type { Rendering } from '../ports.ts'
import { parseMarkdown } from './markdown.ts'
import {
  assemble,
  cut,
  maxChunks,
  type Pieces,
  plainPieces,
  type RenderTarget,
  take,
} from './plain-reply.ts'
import { isVisible } from './styled-text.ts'
import { toStyledText } from './to-styled-text.ts'

/**
 * Renders a reply as the messages of a platform: its text, then one chunk per file; buttons are on the last text.
 * Pure. The cost is bounded: of a text too long for `maxChunks` only the beginning is parsed. Without anything to see,
 * a file or a button there are no chunks.
 */
export function renderReply(reply: Reply, target: RenderTarget): Rendering {
  return assemble(reply, renderText(reply, target), target)
}

function renderText({ text, format }: Reply, target: RenderTarget): Pieces {
  const source = text.toWellFormed()
  if (format === 'plain') return plainPieces(source, target)
  // Markup and addresses rarely make up half of a text, so a source twice as long as what fits does not fit.
  const isLong = source.length > target.limit * maxChunks * 2
  const document = toStyledText(
    parseMarkdown(isLong ? beginning(source, target.limit * 2) : source),
    target,
  )
  if (!isVisible(document.text)) return plainPieces(source, target)
  return isLong ? cut(document, target) : take(document, target)
}

function beginning(source: string, length: number): string {
  const line = source.lastIndexOf('\n', length)
  const end = line > length / 2 ? line : length
  return source.slice(0, end).replace(/[\ud800-\udbff]$/, '')
}
