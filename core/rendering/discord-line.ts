/**
 * Invariant: markers nest, hold no whitespace at their inner ends, and no two of them meet whose characters could be
 * taken for another marker.
 */
import { escapeDiscord, escapeLabel, inlineCode, linkTarget, separator } from './discord-escape.ts'
import { type LinePart, type LineToken, tokensOf } from './discord-tokens.ts'
import { isSameStyle } from './style-runs.ts'
import type { Span } from './styled-text.ts'

type Item =
  | { readonly kind: 'text' | 'url'; readonly value: string }
  | { readonly kind: 'open' | 'close'; readonly span: Span; value: string }

/** Writes one line in Discord's markdown. */
export function writeDiscordLine(parts: readonly LinePart[]): string {
  const items = itemsOf(tokensOf(parts))
  chooseItalics(items)
  return join(items)
}

function itemsOf(tokens: readonly LineToken[]): Item[] {
  const items: Item[] = []
  let open: readonly Span[] = []
  let isEmpty = true
  const moveTo = (spans: readonly Span[]) => {
    let common = 0
    while (common < open.length && isSameStyle(open[common], spans[common])) common += 1
    for (const span of open.slice(common).reverse())
      items.push({ kind: 'close', span, value: closing(span, open) })
    const added = spans.slice(common)
    for (const span of added) items.push({ kind: 'open', span, value: opening(span) })
    open = [...open.slice(0, common), ...added]
  }
  for (const { kind, text, spans } of tokens) {
    moveTo(spans)
    const isStart = isEmpty || items.at(-1)?.kind === 'open'
    items.push({ kind: kind === 'url' ? 'url' : 'text', value: written(kind, text, isStart) })
    if (kind !== 'space') isEmpty = false
  }
  moveTo([])
  return items
}

function written(kind: LineToken['kind'], text: string, isStart: boolean): string {
  switch (kind) {
    case 'text':
      return escapeDiscord(text, isStart)
    case 'label':
      return escapeLabel(text)
    case 'code':
      return inlineCode(text)
    default:
      return text
  }
}

function opening(span: Span): string {
  switch (span.style) {
    case 'bold':
      return '**'
    case 'italic':
      return '_'
    case 'underline':
      return '__'
    case 'strikethrough':
      return '~~'
    case 'spoiler':
      return '||'
    case 'link':
      return '['
    default:
      return ''
  }
}

function closing(span: Span, open: readonly Span[]): string {
  if (span.style !== 'link') return opening(span)
  const isInUnderscores = open.some(({ style }) => style === 'italic' || style === 'underline')
  return `](${linkTarget(span.url, isInUnderscores)})`
}

/** Italics are `_a_`, which no asterisk disturbs, but Discord wants that apart from words: inside of one they are `*a*`. */
function chooseItalics(items: readonly Item[]): void {
  const open: number[] = []
  items.forEach((item, index) => {
    if (item.kind !== 'open' && item.kind !== 'close') return
    if (item.span.style !== 'italic') return
    if (item.kind === 'open') {
      open.push(index)
      return
    }
    const start = open.pop() ?? index
    const around = [items[start - 1], items[start + 1], items[index - 1], items[index + 1]]
    const [before, , , after] = around
    const isApart =
      !/[\p{L}\p{N}_]$/u.test(textOf(before)) && !/^[\p{L}\p{N}_]/u.test(textOf(after))
    // An underscore turns strikethrough before it into tildes.
    const isFree = before?.value !== '~~' && !around.some((item) => item?.value === '__')
    if (isApart && isFree) return
    item.value = '*'
    const opener = items[start]
    if (opener?.kind === 'open') opener.value = '*'
  })
}

function textOf(item: Item | undefined): string {
  return item?.kind === 'text' || item?.kind === 'url' ? item.value : ''
}

function join(items: readonly Item[]): string {
  let line = ''
  items.forEach((item, index) => {
    const previous = items[index - 1]
    const isStar = item.value.startsWith('*') && item.kind !== 'text'
    if (isStar && previous?.kind !== 'text' && previous?.value.endsWith('*')) line += separator
    if (item.kind === 'open' && item.value === '[' && line.endsWith('!'))
      line = `${line.slice(0, -1)}\\!`
    line += item.kind === 'url' && !endsByItself(items, index) ? `<${item.value}>` : item.value
  })
  return line
}

/** Whether Discord ends an address where it ends, given what follows; within angle brackets it always does. */
function endsByItself(items: readonly Item[], index: number): boolean {
  for (let next = index + 1; next < items.length; next += 1) {
    const rest = (items[next]?.value ?? '').replace(/^[.,:;"')]+/, '')
    if (rest !== '') return /^\s/.test(rest)
  }
  return true
}
