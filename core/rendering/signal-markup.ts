/**
 * The markup of signal-cli-rest-api (`text_mode: styled`), as its parser reads it:
 * https://github.com/bbernhard/signal-cli-rest-api/blob/master/src/utils/textstyleparser.go
 * A marker without a partner is deleted, markers count inside backticks too, a backslash before a marker makes text of
 * it, and three asterisks are a marker of their own. So what stands in the text is escaped, and a style that no marker
 * could begin or end safely is left out.
 */
import type { Span, StyledText } from './styled-text.ts'

/** In the order in which they open at one place. Bit `1 << index` stands for each. */
const markers = ['~', '||', '`', '**', '*'] as const
const bold = 8
const italic = 16

/** Writes a text with the markup of Signal's bridge; undefined when there is no style to show. */
export function toSignalMarkup({ text, spans }: StyledText): string | undefined {
  if (spans.length === 0) return undefined
  const styles = stylesOf(text, spans)
  separateStars(text, styles)
  keepFromBackslashes(text, styles)
  if (styles.every((style) => style === 0)) return undefined
  let markup = ''
  let open = 0
  for (let start = 0; start < text.length; ) {
    const style = styles[start] ?? 0
    markup += junction(open, style)
    const end = stretchEnd(styles, start)
    markup += text.slice(start, end).replace(/[*~`|]/g, '\\$&')
    open = style
    start = end
  }
  return markup + junction(open, 0)
}

/** The styles of every UTF-16 unit as bits. */
function stylesOf(text: string, spans: readonly Span[]): Uint8Array {
  const styles = new Uint8Array(text.length)
  for (const span of spans) {
    const bit = bitOf(span)
    let { start } = span
    // The spaces before the first line of code are part of it.
    while (span.style === 'pre' && /[ \t]/.test(text.charAt(start - 1))) start -= 1
    for (let index = start; index < span.end; index += 1) styles[index]! |= bit
  }
  return styles.map((style) => (style & bold ? style & ~italic : style))
}

function bitOf(span: Span): number {
  switch (span.style) {
    case 'strikethrough':
      return 1
    case 'spoiler':
      return 2
    case 'code':
    case 'pre':
      return 4
    case 'bold':
      return bold
    case 'italic':
      return italic
    default:
      return 0
  }
}

/** What closes and opens between two neighbours, so that markers nest. */
function junction(from: number, to: number): string {
  if (from === to) return ''
  // Everything from the first marker that differs is closed and what goes on is opened again.
  const changed = from ^ to
  const inner = ~((changed & -changed) - 1)
  const closing = markers.filter((_, index) => from & inner & (1 << index)).reverse()
  const opening = markers.filter((_, index) => to & inner & (1 << index))
  return closing.join('') + opening.join('')
}

function stretchEnd(styles: Uint8Array, start: number): number {
  let end = start + 1
  while (end < styles.length && styles[end] === styles[start]) end += 1
  return end
}

/** Takes italics away where their asterisk would stand beside that of bold. */
function separateStars(text: string, styles: Uint8Array): void {
  for (let start = 0; start < text.length; ) {
    const end = stretchEnd(styles, start)
    if ((styles[start] ?? 0) & italic) {
      let from = start
      let to = end
      const isAfterBold = ((styles[start - 1] ?? 0) & bold) !== 0
      const isBeforeBold = ((styles[end] ?? 0) & bold) !== 0
      while (isAfterBold && from < to && /\s/.test(text.charAt(from))) from += 1
      while (isBeforeBold && to > from && /\s/.test(text.charAt(to - 1))) to -= 1
      const isTouching = (isAfterBold && from === start) || (isBeforeBold && to === end)
      for (let index = start; index < end; index += 1)
        if (isTouching || index < from || index >= to) styles[index]! &= ~italic
    }
    start = end
  }
}

/** Moves the end of a style away from what would take its marker for text, and drops what would begin after such. */
function keepFromBackslashes(text: string, styles: Uint8Array): void {
  // Every round takes a style from somewhere, so there are not many.
  for (let isStable = false; !isStable; ) {
    isStable = true
    for (let index = 1; index <= text.length; index += 1) {
      const before = styles[index - 1] ?? 0
      const after = styles[index] ?? 0
      if (!isUnsafe(text.charAt(index - 1), junction(before, after))) continue
      isStable = false
      const common = before & after
      for (let at = index - 1; at >= 0 && styles[at] === before && isSpecial(text, at); at -= 1)
        styles[at] = common
      const end = index < text.length ? stretchEnd(styles, index) : index
      styles.fill(common, index, end)
    }
  }
}

function isUnsafe(previous: string, markup: string): boolean {
  if (markup === '') return false
  return previous === '\\' || ((previous === '*' || previous === '|') && markup[0] === previous)
}

const isSpecial = (text: string, index: number) => /[\\*|]/.test(text.charAt(index))
