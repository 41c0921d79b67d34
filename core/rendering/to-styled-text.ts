import type { List, ListItem, Nodes, Root, RootContent, Table, TableRow } from 'mdast'
import { toString as visibleText } from 'mdast-util-to-string'
import { findLinkTarget } from './link-target.ts'
import type { BlockKind, StyledDocument } from './styled-text.ts'
import { StyledTextBuilder } from './styled-text-builder.ts'
import { alignTable } from './table.ts'

export type StyleOptions = {
  /**
   * `span` (default) hides the address behind its words, `visible` writes it after them; where the platform is
   * particular, a function says which addresses it hides behind which words.
   */
  readonly links?: 'span' | 'visible' | ((url: string, words: string) => boolean)
  /** Widest table, in columns, that is set in monospace; wider ones become one record per row. Default 40, a phone. */
  readonly maxTableColumns?: number
}

/** Indentation stops here, so that deep lists stay readable on a phone. */
const maxIndentLevels = 6
/** A longer address (`data:`, mostly) that cannot be a link is not worth reading. */
const maxShownUrl = 200
const bullets = ['•', '◦', '▪']

/** Turns a tree of `parseMarkdown` into styled text, block by block. */
export function toStyledText(root: Root, options: StyleOptions = {}): StyledDocument {
  const writer = new Writer(options)
  writer.blocks(root.children, 0, true)
  return writer.builder.build()
}

class Writer {
  readonly builder = new StyledTextBuilder()
  readonly #options: StyleOptions
  /** Bullets that wait for the first text of their item. */
  #lead = ''
  /** Whether the next block stands apart; a quote asks for its first block. */
  #isApart = true

  constructor(options: StyleOptions) {
    this.#options = options
  }

  blocks(nodes: readonly RootContent[], level: number, isApart: boolean): void {
    nodes.forEach((node, index) => {
      if (index > 0) this.#isApart = isApart && !(level > 0 && node.type === 'list')
      this.#block(node, level)
    })
  }

  #block(node: RootContent, level: number): void {
    switch (node.type) {
      case 'paragraph':
        this.#start(level > 0 ? 'item' : 'paragraph', level, () =>
          this.#inlines(node.children, level),
        )
        return
      case 'heading':
        this.#start('heading', level, () =>
          this.builder.within({ style: 'bold' }, () => this.#inlines(node.children, level)),
        )
        return
      case 'code':
        this.#literal('code', node.value, node.lang ?? undefined, level)
        return
      case 'math':
        this.#literal('code', node.value, 'latex', level)
        return
      case 'thematicBreak':
        this.#start('rule', level, () => this.builder.append('──────────'))
        return
      case 'blockquote':
        this.#quote(node.children, level)
        return
      case 'list':
        this.#list(node, level)
        return
      case 'table':
        this.#table(node, level)
        return
      default:
        this.#start('paragraph', level, () => this.#inline(node, level))
        return
    }
  }

  /** Begins a block: its distance from the one before, then bullets or indentation, then what `write` writes. */
  #start(kind: BlockKind, level: number, write: () => void): void {
    const lead = this.#takeLead(level)
    this.#separate()
    this.builder.block(kind, this.#isApart, () => {
      this.builder.append(lead)
      write()
    })
    this.#isApart = true
  }

  #bareItem(level: number): void {
    this.#lead = this.#lead.trimEnd()
    this.#start('item', level, () => undefined)
  }

  #separate(): void {
    if (!this.builder.isEmpty) this.builder.append(this.#isApart ? '\n\n' : '\n')
  }

  #takeLead(level: number): string {
    const lead = this.#lead === '' ? indentation(level) : this.#lead
    this.#lead = ''
    return lead
  }

  /** Code is never indented: its own spaces are all that count. */
  #literal(
    kind: 'code' | 'table',
    text: string,
    language: string | undefined,
    level: number,
  ): void {
    if (text.trim() === '') return
    if (this.#lead !== '') {
      this.#bareItem(level)
      this.#isApart = false
    }
    const style =
      language === undefined ? { style: 'pre' as const } : { style: 'pre' as const, language }
    this.#start(kind, 0, () => this.builder.literal(text, style))
  }

  #quote(nodes: readonly RootContent[], level: number): void {
    if (nodes.length === 0) return
    this.builder.within({ style: 'blockquote' }, () => this.blocks(nodes, level, true))
  }

  #list(list: List, level: number): void {
    const isLoose = list.spread === true && list.children.some((item) => item.children.length > 1)
    list.children.forEach((item, index) => {
      if (index > 0) this.#isApart = isLoose
      const lead = this.#lead === '' ? indentation(level) : this.#lead
      this.#lead = lead + marker(list, item, index, level)
      this.blocks(item.children, level + 1, item.spread === true)
      if (this.#lead !== '') this.#bareItem(level)
    })
  }

  #table(table: Table, level: number): void {
    const maxColumns = this.#options.maxTableColumns ?? 40
    const aligned = maxColumns > 0 ? alignTable(table, maxColumns) : undefined
    if (aligned !== undefined) {
      this.#literal('table', aligned, undefined, level)
      return
    }
    const [header, ...rows] = table.children
    if (header === undefined) return
    if (rows.length === 0) {
      this.#record(undefined, header, level)
      return
    }
    for (const row of rows) this.#record(header, row, level)
  }

  #record(header: TableRow | undefined, row: TableRow, level: number): void {
    if (row.children.every((cell) => cell.children.length === 0)) return
    this.#start('table', level, () => {
      let isFirst = true
      row.children.forEach((cell, index) => {
        if (cell.children.length === 0) return
        if (!isFirst) this.builder.append(`\n${indentation(level)}`)
        isFirst = false
        const name = header?.children[index]?.children ?? []
        if (name.length > 0) {
          this.builder.within({ style: 'bold' }, () => this.#inlines(name, level))
          this.builder.append(': ')
        }
        this.#inlines(cell.children, level)
      })
    })
  }

  #inlines(nodes: readonly RootContent[], level: number): void {
    for (const node of nodes) this.#inline(node, level)
  }

  #inline(node: Nodes, level: number): void {
    switch (node.type) {
      case 'break':
        this.builder.append(`\n${indentation(level)}`)
        return
      case 'strong':
        this.builder.within({ style: 'bold' }, () => this.#inlines(node.children, level))
        return
      case 'emphasis':
        this.builder.within({ style: 'italic' }, () => this.#inlines(node.children, level))
        return
      case 'delete':
        this.builder.within({ style: 'strikethrough' }, () => this.#inlines(node.children, level))
        return
      case 'inlineCode':
      case 'inlineMath':
        this.builder.literal(node.value, { style: 'code' })
        return
      case 'link':
        this.#link(node.url, visibleText(node), () => this.#inlines(node.children, level))
        return
      case 'image': {
        const alt = node.alt || (findLinkTarget(node.url) ?? '')
        this.#link(node.url, alt, () => this.builder.append(alt))
        return
      }
      default:
        if ('value' in node) {
          this.builder.append(node.value)
          return
        }
        if ('children' in node) this.#inlines(node.children, level)
    }
  }

  #hidesLink(url: string, words: string): boolean {
    const links = this.#options.links ?? 'span'
    return typeof links === 'function' ? links(url, words) : links === 'span'
  }

  #link(url: string, words: string, write: () => void): void {
    const target = findLinkTarget(url)
    if (target !== undefined && words.trim() !== '' && this.#hidesLink(target, words)) {
      this.builder.within({ style: 'link', url: target }, write)
      return
    }
    write()
    const isShown = words === url || url.replace(/^(?:mailto:|https?:\/\/)/, '') === words
    if (!isShown && url !== '' && (target !== undefined || url.length <= maxShownUrl)) {
      this.builder.append(words.trim() === '' ? url : ` (${url})`)
    }
  }
}

function marker(list: List, item: ListItem, index: number, level: number): string {
  const number = list.ordered ? `${(list.start ?? 1) + index}. ` : ''
  if (item.checked !== undefined && item.checked !== null)
    return `${number}${item.checked ? '☑' : '☐'} `
  return list.ordered ? number : `${bullets[Math.min(level, bullets.length - 1)]} `
}

function indentation(level: number): string {
  return '  '.repeat(Math.min(level, maxIndentLevels))
}
