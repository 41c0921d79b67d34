/** How a stretch of text looks, in words every platform has an answer to. */
export type Style =
  | {
      readonly style:
        | 'bold'
        | 'italic'
        | 'underline'
        | 'strikethrough'
        | 'spoiler'
        | 'code'
        | 'blockquote'
    }
  | { readonly style: 'pre'; readonly language?: string }
  | { readonly style: 'link'; readonly url: string }

/** A style and where it holds, in UTF-16 units, `end` exclusive. */
export type Span = Style & { readonly start: number; readonly end: number }

/**
 * Text and how it looks. Spans are ordered by start, the longer one first; they nest or are apart, never twice the
 * same style at one place; `code` and `pre` share no place with anything; none begins or ends with whitespace.
 */
export type StyledText = { readonly text: string; readonly spans: readonly Span[] }

export type BlockKind = 'paragraph' | 'heading' | 'item' | 'code' | 'table' | 'rule'

/** A stretch that reads as one; blocks are in order and never overlap. */
export type Block = {
  readonly kind: BlockKind
  readonly start: number
  readonly end: number
  /** A blank line stands before it. */
  readonly isApart: boolean
}

/** A whole text with its blocks, for the splitter. Without blocks, blank lines stand between paragraphs. */
export type StyledDocument = StyledText & { readonly blocks: readonly Block[] }

/** Text without any style. */
export function plainDocument(text: string): StyledDocument {
  return { text, spans: [], blocks: [] }
}

/** Cuts whitespace off both ends of a span; undefined when nothing is left. */
export function trimSpan(text: string, span: Span): Span | undefined {
  let { start, end } = span
  while (start < end && isSpace(text, start)) start += 1
  while (end > start && isSpace(text, end - 1)) end -= 1
  if (start === end) return undefined
  return start === span.start && end === span.end ? span : { ...span, start, end }
}

/** Whether anybody would see anything of the text: not only whitespace and characters without a shape. */
export function isVisible(text: string): boolean {
  return /[^\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u.test(text)
}

function isSpace(text: string, index: number): boolean {
  return /\s/.test(text.charAt(index))
}
