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
  /**
   * How long a piece is on its platform, where that is more than its UTF-16 units (Discord's asterisks, Signal's
   * bytes). Called at most a few times per piece.
   */
  readonly measure?: (piece: StyledText) => number
}

/**
 * Splits a document at the best places: paragraph, line, sentence, word, then between graphemes; code and tables that
 * fit in one piece stay whole. Every piece is trimmed, visible and within the limits; a span that is cut goes on in
 * the next piece. Lazy, and linear in what is taken.
 */
export function* splitStyledText(
  document: StyledDocument,
  options: SplitOptions,
): Generator<StyledText> {
  const { text, spans } = document
  const stop = text.trimEnd().length
  let carried: readonly Span[] = []
  let next = 0
  for (let start = skipSpace(text, 0); start < stop; ) {
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
      room = Math.max(1, Math.min(room - 1, Math.floor((room * options.limit) / length)))
      range = { start, end: findBreak(document, { start, end: start + room }, options.limit) }
      inside = collectSpans(spans, next, carried, range.end)
      piece = slice(text, inside, range)
      room = Math.min(room, range.end - start)
    }
    if (isVisible(piece.text)) yield piece
    next += inside.length - carried.length
    start = skipSpace(text, range.end)
    carried = inside.filter((span) => span.end > start)
  }
}

function skipSpace(text: string, from: number): number {
  const space = /\s*/y
  space.lastIndex = from
  space.test(text)
  return Math.max(from, space.lastIndex)
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
