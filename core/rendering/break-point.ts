/**
 * Invariant: a break lies after `start` and at most at `end`, between two graphemes; only a grapheme that alone is
 * longer than the room is cut, and then between code points.
 */
import type { Block, StyledDocument } from './styled-text.ts'

export type Range = { readonly start: number; readonly end: number }

/**
 * Finds the best place to end a piece that begins at `start` and must end by `end`, where the document goes on.
 * `limit` is the length of a whole piece: code and tables that would fit into one of their own are not cut.
 */
export function findBreak(document: StyledDocument, range: Range, limit: number): number {
  const { text } = document
  const { start, end } = range
  const half = start + Math.ceil((end - start) / 2)
  const last = findBlock(document.blocks, end)
  const whole = beforeWholeBlock(document, last, range, limit)
  if (whole !== undefined) return whole
  const paragraph =
    document.blocks.length > 0
      ? betweenBlocks(document, last, start + Math.ceil((end - start) * 0.4))
      : lastOf(text, '\n\n', half, end)
  if (paragraph !== undefined) return paragraph
  const block = document.blocks[last]
  const line =
    block?.kind === 'code' ? betweenCodeLines(text, half, end) : lastOf(text, '\n', half, end)
  if (line !== undefined) return line
  const soft = afterSentence(text, half, end) ?? afterWord(text, start, end)
  if (soft !== undefined) {
    const aligned = graphemeStart(text, start, soft)
    if (aligned > start) return aligned
  }
  const hard = graphemeStart(text, start, end)
  return hard > start ? hard : codePointStart(text, start, end)
}

/** Index of the last block that begins at or before `position`, or -1. */
function findBlock(blocks: readonly Block[], position: number): number {
  let low = 0
  let high = blocks.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((blocks[middle]?.start ?? 0) <= position) low = middle + 1
    else high = middle
  }
  return low - 1
}

function beforeWholeBlock(
  document: StyledDocument,
  last: number,
  { start, end }: Range,
  limit: number,
): number | undefined {
  const { blocks } = document
  const block = blocks[last]
  if (block === undefined || block.end <= end || block.end - block.start > limit) return undefined
  if (block.kind !== 'code' && block.kind !== 'table') return undefined
  // What introduces it goes with it, unless that leaves too short a piece behind.
  const earliest = start + Math.ceil(limit / 8)
  for (const index of isIntroduction(document, last - 1) ? [last - 1, last] : [last]) {
    const begin = blocks[index]?.start ?? 0
    if (begin > earliest) return begin
  }
  return undefined
}

/** The last boundary between blocks with a blank line, never after what introduces the next block. */
function betweenBlocks(
  document: StyledDocument,
  last: number,
  earliest: number,
): number | undefined {
  const { blocks } = document
  for (let index = last; index > 0; index -= 1) {
    const block = blocks[index]
    if (block === undefined || block.start < earliest) return undefined
    if (block.isApart && !isIntroduction(document, index - 1)) return block.start
  }
  return undefined
}

function isIntroduction({ text, blocks }: StyledDocument, index: number): boolean {
  const block = blocks[index]
  return block !== undefined && (block.kind === 'heading' || text[block.end - 1] === ':')
}

function lastOf(text: string, mark: string, earliest: number, end: number): number | undefined {
  const index = text.lastIndexOf(mark, end)
  return index >= earliest ? index : undefined
}

/** The last line end before the least indented line, so that code is cut between functions rather than in one. */
function betweenCodeLines(text: string, earliest: number, end: number): number | undefined {
  let best: number | undefined
  let bestIndent = Number.POSITIVE_INFINITY
  for (let index = text.lastIndexOf('\n', end); index >= earliest && index > 0; ) {
    let next = index + 1
    while (text[next] === ' ' || text[next] === '\t') next += 1
    const indent = next - index - 1
    if (text[next] !== '\n' && next <= end && indent < bestIndent) {
      best = index
      bestIndent = indent
    }
    index = text.lastIndexOf('\n', index - 1)
  }
  return best ?? lastOf(text, '\n', earliest, end)
}

function afterSentence(text: string, earliest: number, end: number): number | undefined {
  let found: number | undefined
  for (const match of text.slice(earliest, end + 1).matchAll(/[.!?…]["'”’»)\]]{0,3}\s|[。！？]/g)) {
    const after = earliest + match.index + match[0].trimEnd().length
    if (after <= end) found = after
  }
  return found
}

function afterWord(text: string, start: number, end: number): number | undefined {
  for (let index = end; index > start; index -= 1) {
    if (/\s/.test(text.charAt(index))) return index
  }
  return undefined
}

function graphemeStart(text: string, start: number, position: number): number {
  // Between two ASCII characters there is always a boundary, CR LF aside, and that is the usual case.
  const before = text.charCodeAt(position - 1)
  const after = text.charCodeAt(position)
  if (before < 0x80 && after < 0x80 && after !== 10) return position
  // Two more units show whether the boundary holds; what is before `start` has been cut off already.
  // Made when it is needed, which is hardly ever: it brings tables of some MB.
  const segments = new Intl.Segmenter().segment(text.slice(start, position + 2))
  return start + (segments.containing(position - start)?.index ?? position - start)
}

function codePointStart(text: string, start: number, end: number): number {
  const isInside =
    /[\ud800-\udbff]/.test(text.charAt(end - 1)) && /[\udc00-\udfff]/.test(text.charAt(end))
  return isInside && end - 1 > start ? end - 1 : end
}
