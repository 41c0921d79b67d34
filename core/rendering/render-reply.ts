import type { Chunk, Reply } from '../model.ts'
import type { Rendering } from '../ports.ts'
import { parseMarkdown } from './markdown.ts'
import { type SplitOptions, splitStyledText } from './split.ts'
import { isVisible, plainDocument, type StyledDocument, type StyledText } from './styled-text.ts'
import { type StyleOptions, toStyledText } from './to-styled-text.ts'

/** An answer of more chunks is sent as its beginning and a file. */
export const maxChunks = 5

/** How a platform takes text: its limits, and what it makes of a styled piece. */
export type RenderTarget = SplitOptions &
  StyleOptions & {
    /** Must be pure. A platform with markup of its own escapes here, and gives `measure` to count the result. */
    readonly toChunk: (piece: StyledText) => Chunk
  }

/** Stands where the beginning of a long answer ends. */
const continuation = '\n…'

/**
 * Renders a reply as the messages of a platform: its text, then one chunk per file; buttons are on the last text.
 * Pure. The cost is bounded: of a text too long for `maxChunks` only the beginning is parsed and becomes one chunk, and
 * `overflow` is the whole source. Without anything to see, a file or a button there are no chunks.
 */
export function renderReply(reply: Reply, target: RenderTarget): Rendering {
  const { pieces, isCut } = renderText(reply, target)
  const texts = pieces.map((piece) => target.toChunk(piece))
  const files = (reply.files ?? []).map((file): Chunk => ({ text: '', file }))
  const chunks = withButtons(texts, files, reply)
  if (!isCut) return { chunks }
  const name = reply.format === 'plain' ? 'answer.txt' : 'answer.md'
  return { chunks, overflow: { text: reply.text, name } }
}

type Pieces = { readonly pieces: readonly StyledText[]; readonly isCut: boolean }

function renderText({ text, format }: Reply, target: RenderTarget): Pieces {
  const source = text.toWellFormed()
  if (format === 'plain') return renderPlain(source, target)
  // Markup and addresses rarely make up half of a text, so a source twice as long as what fits does not fit.
  const isLong = source.length > target.limit * maxChunks * 2
  const document = toStyledText(
    parseMarkdown(isLong ? beginning(source, target.limit * 2) : source),
    target,
  )
  if (!isVisible(document.text)) return renderPlain(source, target)
  return isLong ? cut(document, target) : take(document, target)
}

function renderPlain(source: string, target: RenderTarget): Pieces {
  if (source.length <= target.limit && target.measure === undefined) {
    const text = source.trim()
    return { pieces: isVisible(text) ? [{ text, spans: [] }] : [], isCut: false }
  }
  return take(plainDocument(source), target)
}

function take(document: StyledDocument, target: RenderTarget): Pieces {
  const pieces: StyledText[] = []
  for (const piece of splitStyledText(document, target)) {
    if (pieces.length === maxChunks) return cut(document, target)
    pieces.push(piece)
  }
  return { pieces, isCut: false }
}

function cut(document: StyledDocument, target: RenderTarget): Pieces {
  const options = { ...target, limit: target.limit - continuation.length }
  for (const { text, spans } of splitStyledText(document, options)) {
    return { pieces: [{ text: text + continuation, spans }], isCut: true }
  }
  return { pieces: [], isCut: true }
}

function beginning(source: string, length: number): string {
  const line = source.lastIndexOf('\n', length)
  const end = line > length / 2 ? line : length
  return source.slice(0, end).replace(/[\ud800-\udbff]$/, '')
}

function withButtons(
  texts: readonly Chunk[],
  files: readonly Chunk[],
  reply: Reply,
): readonly Chunk[] {
  if (reply.buttons === undefined || reply.buttons.length === 0) return [...texts, ...files]
  const holders = texts.length > 0 ? texts : files
  const last = holders.at(-1) ?? { text: '' }
  const held = [...holders.slice(0, -1), { ...last, buttons: reply.buttons }]
  return texts.length > 0 ? [...held, ...files] : held
}
