import type { Span, StyledText } from './styled-text.ts'

const mark = '> '

/** Writes quotes as people do in plain text: `> ` before every line. Everything else stays where it was. */
export function withQuoteMarks(piece: StyledText): StyledText {
  const quotes = piece.spans.filter(({ style }) => style === 'blockquote')
  if (quotes.length === 0) return piece
  const { text } = piece
  const places: number[] = []
  for (const quote of quotes) {
    // An indented quote begins after the spaces of its line.
    let start = text.lastIndexOf('\n', quote.start - 1) + 1
    if (quote.start === 0) start = 0
    for (; start < quote.end; start = text.indexOf('\n', start) + 1) {
      places.push(start)
      if (text.indexOf('\n', start) < 0) break
    }
  }
  let marked = ''
  let from = 0
  for (const place of places) {
    marked += text.slice(from, place) + mark
    from = place
  }
  marked += text.slice(from)
  const spans = piece.spans.flatMap((span) =>
    span.style === 'blockquote' ? [] : moved(span, places),
  )
  return { text: marked, spans: spans.sort((a, b) => a.start - b.start || b.end - a.end) }
}

/** The span where its text is now, without the marks that came into it. */
function moved(span: Span, places: readonly number[]): readonly Span[] {
  let count = 0
  while (count < places.length && (places[count] ?? 0) <= span.start) count += 1
  const parts: Span[] = []
  let { start } = span
  for (; count < places.length && (places[count] ?? 0) < span.end; count += 1) {
    // Without the line break before the mark; a blank line has nothing to style.
    const end = (places[count] ?? 0) - 1
    const shift = count * mark.length
    if (end > start) parts.push({ ...span, start: start + shift, end: end + shift })
    start = end + 1
  }
  parts.push({ ...span, start: start + count * mark.length, end: span.end + count * mark.length })
  return parts
}
