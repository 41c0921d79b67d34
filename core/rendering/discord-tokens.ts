import { isSameStyle } from './style-runs.ts'
import { isVisible, type Span } from './styled-text.ts'

/** A stretch of one line and its styles, the outermost first. */
export type LinePart = { readonly text: string; readonly spans: readonly Span[] }

/** A stretch that is written in one way, under styles that can be marked where it begins and ends. */
export type LineToken = LinePart & { readonly kind: 'text' | 'label' | 'code' | 'url' | 'space' }

/** What Discord makes a link of; angle brackets end it, and so do we before what could end the words of a link. */
const address = /https?:\/\/[^\s<>](?:[^\s<>\]]|\](?!\())*[^\s<>.,:;"')\]]/g

/** Cuts a line into tokens, and takes styles away where Discord could not see their end. */
export function tokensOf(parts: readonly LinePart[]): readonly LineToken[] {
  const tokens = joinCode(parts.flatMap(splitPart))
  return withLabels(withInnerSpaces(withoutTails(tokens)))
}

function splitPart({ text, spans }: LinePart): readonly LineToken[] {
  if (spans.some(({ style }) => style === 'code')) {
    return [{ kind: 'code', text, spans: spans.filter(({ style }) => style !== 'code') }]
  }
  if (spans.some(({ style }) => style === 'link')) return splitSpaces('label', text, spans)
  const tokens: LineToken[] = []
  let from = 0
  for (const match of text.matchAll(address)) {
    tokens.push(...splitSpaces('text', text.slice(from, match.index), spans))
    // Nothing in an address can be escaped, so no marker may look for its end there.
    tokens.push({ kind: 'url', text: match[0], spans: /[*_~|`\\]/.test(match[0]) ? [] : spans })
    from = match.index + match[0].length
  }
  tokens.push(...splitSpaces('text', text.slice(from), spans))
  return tokens
}

function splitSpaces(
  kind: 'text' | 'label',
  text: string,
  spans: readonly Span[],
): readonly LineToken[] {
  const words = text.trim()
  const start = words === '' ? text.length : text.indexOf(words)
  const tokens: readonly LineToken[] = [
    { kind: 'space', text: text.slice(0, start), spans },
    { kind, text: words, spans },
    { kind: 'space', text: text.slice(start + words.length), spans },
  ]
  return tokens.filter((token) => token.text !== '')
}

/** Two backticks would end any code, and `](` could end the words of a link that stands before the code. */
const cannotBeCode = /``|^[^[]*\]\(/

/** Inline code beside inline code would be one with backticks in it. */
function joinCode(tokens: readonly LineToken[]): readonly LineToken[] {
  const joined: LineToken[] = []
  for (const token of tokens) {
    const previous = joined.at(-1)
    if (token.kind === 'code' && previous?.kind === 'code') {
      joined[joined.length - 1] = { ...previous, text: previous.text + token.text }
    } else joined.push(token)
  }
  return joined.flatMap((token) =>
    token.kind === 'code' && cannotBeCode.test(token.text) ? splitPart(token) : [token],
  )
}

/** Discord does not look whether the first character of `~~` or `||` is escaped when it looks for the end. */
function withoutTails(tokens: readonly LineToken[]): readonly LineToken[] {
  return tokens.flatMap((token, index) => {
    if (token.kind !== 'text' && token.kind !== 'label') return [token]
    const tail = /[~|]+$/.exec(token.text)?.[0] ?? ''
    const ending = token.spans.findIndex(
      (span, depth) =>
        (span.style === 'strikethrough' || span.style === 'spoiler') &&
        !isSameStyle(tokens[index + 1]?.spans[depth], span),
    )
    if (tail === '' || ending < 0) return [token]
    const words: LineToken = { ...token, text: token.text.slice(0, -tail.length) }
    const rest: LineToken = { kind: 'text', text: tail, spans: token.spans.slice(0, ending) }
    return words.text === '' ? [rest] : [words, rest]
  })
}

/** Spaces have the styles that go on across them, so that markers touch words. */
function withInnerSpaces(tokens: readonly LineToken[]): readonly LineToken[] {
  const styled: LineToken[] = []
  tokens.forEach((token, index) => {
    if (token.kind !== 'space') {
      styled.push(token)
      return
    }
    const before = styled.at(-1)?.spans ?? []
    const after =
      tokens.slice(index + 1, index + 3).find(({ kind }) => kind !== 'space')?.spans ?? []
    const apart = before.findIndex((span, depth) => !isSameStyle(span, after[depth]))
    styled.push({ ...token, spans: apart < 0 ? before : before.slice(0, apart) })
  })
  return styled
}

/** A label may hold brackets in plain pairs; others are left out of the link, which then has several parts. */
function withLabels(tokens: readonly LineToken[]): readonly LineToken[] {
  const labelled: LineToken[] = []
  for (let from = 0; from < tokens.length; ) {
    const link = tokens[from]?.spans.find(({ style }) => style === 'link')
    let to = from + 1
    const goesOn = () => tokens[to]?.spans.some((span) => isSameStyle(span, link)) === true
    while (link !== undefined && goesOn()) to += 1
    const stretch = tokens.slice(from, to)
    labelled.push(...(link === undefined ? stretch : labelTokens(stretch)))
    from = to
  }
  return labelled
}

function labelTokens(tokens: readonly LineToken[]): readonly LineToken[] {
  const label = tokens.map(({ text }) => text).join('')
  if (!isVisible(label) || /https?:\/\//i.test(label)) {
    return tokens.flatMap((token) => {
      const spans = token.spans.filter(({ style }) => style !== 'link')
      return token.kind === 'label' ? splitPart({ text: token.text, spans }) : [{ ...token, spans }]
    })
  }
  if (/^[^[\]]*(?:\[[^[\]]*\](?!\()[^[\]]*)*$/.test(label)) return tokens
  return tokens.flatMap((token) =>
    (token.text.match(/[[\]]+|[^[\]]+/g) ?? []).map((text): LineToken => {
      if (/^[^[\]]/.test(text)) return { ...token, text }
      return { kind: 'text', text, spans: beforeLink(token.spans) }
    }),
  )
}

const beforeLink = (spans: readonly Span[]) =>
  spans.slice(
    0,
    spans.findIndex(({ style }) => style === 'link'),
  )
