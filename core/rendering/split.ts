/**
 * Invariant: pieces are stretches of the document in order, and all that is left out between them is whitespace and
 * characters without a shape.
 */
import { findBreak, type Range } from './break-point.ts'
import {
  isVisible,
  type Span,
  type StyledDocument,
  type StyledText,
  trimSpan,
} from './styled-text.ts'

export type SplitOptions = {
  /** Longest piece, in the units of `measure`. */
  readonly limit: number
  /** Most spans in a piece; at least 20. */
  readonly maxSpans?: number
  /** Whether a piece that begins with code keeps the indentation of its first line; else it has none. */
  readonly keepsIndent?: boolean
  /**
   * How long a piece is on its platform, where that is more than its UTF-16 units (Discord's asterisks, Signal's
   * bytes). Called at most a few times per piece.
   */
  readonly measure?: (piece: StyledText) => number
}

/**
 * Splits a document at the best places: paragraph, line, sentence, word, then between graphemes; code and tables that
 * fit in one piece stay whole. Every piece is trimmed (but see `keepsIndent`), visible and within the limits; a span
 * that is cut goes on in the next piece. Lazy, and linear in what is taken.
 */
export function* splitStyledText(
  document: StyledDocument,
  options: SplitOptions,
): Generator<StyledText> {
  const { text, spans } = document
  const stop = text.trimEnd().length
  let carried: readonly Span[] = []
  let next = 0
  for (let start = skipSpace(text, 0), from = 0; start < stop; ) {
    const isCode = [...carried, spans[next]].some(
      (span) => span?.style === 'pre' && span.start <= start,
    )
    if (options.keepsIndent && isCode) start = indentStart(text, from, start)
    let end = Math.min(stop, start + options.limit)
    const room = (options.maxSpans ?? Number.POSITIVE_INFINITY) - carried.length
    const firstTooMany = spans[next + room]
    if (firstTooMany !== undefined && firstTooMany.start < end) end = firstTooMany.start
    let range: Range = {
      start,
      end: end < stop ? findBreak(document, { start, end }, options.limit) : end,
    }
    let inside = collectSpans(spans, next, carried, range.end)
    let piece = slice(text, inside, range)
    for (let room = range.end - start; options.measure !== undefined && room > 1; ) {
      const length = options.measure(piece)
      if (length <= options.limit) break
      const fitting = Math.floor((room * options.limit) / length)
      room = Math.max(1, Math.min(room - Math.ceil(room / 32), fitting))
      range = { start, end: findBreak(document, { start, end: start + room }, options.limit) }
      inside = collectSpans(spans, next, carried, range.end)
      piece = slice(text, inside, range)
      room = Math.min(room, range.end - start)
    }
    if (isVisible(piece.text)) yield piece
    next += inside.length - carried.length
    from = range.end
    start = skipSpace(text, from)
    carried = inside.filter((span) => span.end > start)
  }
}

function skipSpace(text: string, from: number): number {
  const space = /\s*/y
  space.lastIndex = from
  space.test(text)
  return Math.max(from, space.lastIndex)
}

/** Where the line of `position` begins, if nothing but the space from `from` on stands before it. */
function indentStart(text: string, from: number, position: number): number {
  const line = position === 0 ? 0 : text.lastIndexOf('\n', position - 1) + 1
  return line >= from ? line : position
}

function collectSpans(
  spans: readonly Span[],
  next: number,
  carried: readonly Span[],
  end: number,
): readonly Span[] {
  const inside = [...carried]
  for (let index = next; ; index += 1) {
    const span = spans[index]
    if (span === undefined || span.start >= end) return inside
    inside.push(span)
  }
}

function slice(text: string, spans: readonly Span[], { start, end }: Range): StyledText {
  const piece = text.slice(start, end).trimEnd()
  const cut = spans.flatMap((span) => {
    const inside = {
      ...span,
      start: Math.max(0, span.start - start),
      end: Math.min(piece.length, span.end - start),
    }
    return (inside.start < inside.end ? trimSpan(piece, inside) : undefined) ?? []
  })
  return { text: piece, spans: cut }
}
