import type { Chunk, Reply } from '../model.ts'
import type { Rendering } from '../ports.ts'
import { type SplitOptions, splitStyledText } from './split.ts'
import { isVisible, plainDocument, type StyledDocument, type StyledText } from './styled-text.ts'
import type { StyleOptions } from './to-styled-text.ts'

/** An answer of more chunks is sent as its beginning and a file. */
export const maxChunks = 5

/** How a platform takes text: its limits, and what it makes of a styled piece. */
export type RenderTarget = SplitOptions &
  StyleOptions & {
    /** Must be pure. A platform with markup of its own escapes here, and gives `measure` to count the result. */
    readonly toChunk: (piece: StyledText) => Chunk
  }

/** The pieces of a text; `isCut` when there would be too many and only the beginning is here. */
export type Pieces = { readonly pieces: readonly StyledText[]; readonly isCut: boolean }

/** Stands where the beginning of a long answer ends. */
const continuation = '\n…'

/** `renderReply` for text that is not markdown: nothing is parsed, and no parser is loaded. */
export function renderPlainReply(reply: Reply, target: RenderTarget): Rendering {
  return assemble(reply, plainPieces(reply.text.toWellFormed(), target), target)
}

export function plainPieces(source: string, target: RenderTarget): Pieces {
  if (source.length <= target.limit && target.measure === undefined) {
    const text = source.trim()
    return { pieces: isVisible(text) ? [{ text, spans: [] }] : [], isCut: false }
  }
  return take(plainDocument(source), target)
}

/** All pieces of a document, or its beginning when they are too many. */
export function take(document: StyledDocument, target: RenderTarget): Pieces {
  const pieces: StyledText[] = []
  for (const piece of splitStyledText(document, target)) {
    if (pieces.length === maxChunks) return cut(document, target)
    pieces.push(piece)
  }
  return { pieces, isCut: false }
}

/** The beginning of a document, marked as such. */
export function cut(document: StyledDocument, target: RenderTarget): Pieces {
  const room = target.measure?.({ text: continuation, spans: [] }) ?? continuation.length
  const options = { ...target, limit: target.limit - room }
  for (const { text, spans } of splitStyledText(document, options)) {
    return { pieces: [{ text: text + continuation, spans }], isCut: true }
  }
  return { pieces: [], isCut: true }
}

/** Text, files and buttons as chunks; what was cut goes along as a whole, to become a file. */
export function assemble(reply: Reply, { pieces, isCut }: Pieces, target: RenderTarget): Rendering {
  const texts = pieces.map((piece) => target.toChunk(piece))
  const files = (reply.files ?? []).map((file): Chunk => ({ text: '', file }))
  const chunks = withButtons(texts, files, reply)
  if (!isCut) return { chunks }
  const name = reply.format === 'plain' ? 'answer.txt' : 'answer.md'
  return { chunks, overflow: { text: reply.text, name } }
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
