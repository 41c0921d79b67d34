import {
  type Block,
  type BlockKind,
  type Span,
  type Style,
  type StyledDocument,
  trimSpan,
} from './styled-text.ts'

/**
 * Collects text and styles in reading order and keeps the promises of `StyledText`: a style inside itself is dropped,
 * `pre` interrupts whatever is open around it, and `code` gives way to a link or quote around it and interrupts the rest.
 */
export class StyledTextBuilder {
  #text = ''
  readonly #spans: Span[] = []
  readonly #blocks: Block[] = []
  readonly #open: { readonly style: Style; start: number }[] = []

  get isEmpty(): boolean {
    return this.#text === ''
  }

  append(text: string): void {
    this.#text += text
  }

  /** Everything `write` appends has the style. */
  within(style: Style, write: () => void): void {
    if (this.#open.some((open) => open.style.style === style.style)) {
      write()
      return
    }
    const open = { style, start: this.#text.length }
    this.#open.push(open)
    write()
    this.#open.pop()
    this.#add(style, open.start)
  }

  /** Text as it is, in `code` or `pre`. */
  literal(text: string, style: Style & { readonly style: 'code' | 'pre' }): void {
    const yields = this.#open.some(
      ({ style: { style: name } }) => name === 'link' || name === 'blockquote',
    )
    if (style.style === 'code' && yields) {
      this.append(text)
      return
    }
    for (const open of this.#open) this.#add(open.style, open.start)
    const start = this.#text.length
    this.#text += text
    this.#add(style, start)
    for (const open of this.#open) open.start = this.#text.length
  }

  /** Everything `write` appends is one block. */
  block(kind: BlockKind, isApart: boolean, write: () => void): void {
    const start = this.#text.length
    write()
    if (this.#text.length > start)
      this.#blocks.push({ kind, start, end: this.#text.length, isApart })
  }

  build(): StyledDocument {
    const text = this.#text
    // Inner styles end first; reversed, the outer one of two of the same length comes first.
    const spans = this.#spans
      .toReversed()
      .flatMap((span) => trimSpan(text, span) ?? [])
      .sort((a, b) => a.start - b.start || b.end - a.end)
    return { text, spans, blocks: this.#blocks }
  }

  #add(style: Style, start: number): void {
    if (this.#text.length > start) this.#spans.push({ ...style, start, end: this.#text.length })
  }
}
