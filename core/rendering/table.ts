import type { Nodes, Table, TableRow } from 'mdast'
import { toString as visibleText } from 'mdast-util-to-string'

const wide =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/**
 * Sets a table in monospace with aligned columns. Returns undefined when a line would be wider than `maxColumns`, or
 * when monospace would lose something: links, line breaks.
 */
export function alignTable(table: Table, maxColumns: number): string | undefined {
  if (table.children.some(hasRichCell)) return undefined
  const rows = table.children.map((row) => row.children.map((cell) => visibleText(cell).trim()))
  const count = Math.max(0, ...rows.map((row) => row.length))
  const separators = 3 * Math.max(0, count - 1)
  if (separators + count > maxColumns) return undefined
  // Width in units is never less than half of width in columns: this keeps huge cells away from the segmenter.
  if (rows.some((row) => row.some((cell) => cell.length > maxColumns * 8))) return undefined
  const widths: number[] = Array.from({ length: count }, () => 1)
  for (const row of rows) {
    row.forEach((cell, index) => {
      widths[index] = Math.max(widths[index] ?? 1, columnsOf(cell))
    })
  }
  if (widths.reduce((sum, width) => sum + width, separators) > maxColumns) return undefined
  const lines = rows.map((row) =>
    widths
      .map((width, index) => pad(row[index] ?? '', width, table.align?.[index] === 'right'))
      .join(' │ ')
      .trimEnd(),
  )
  const rule = widths.map((width) => '─'.repeat(width)).join('─┼─')
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}

function hasRichCell(row: TableRow): boolean {
  return row.children.some((cell) => cell.children.some(isRich))
}

function isRich(node: Nodes): boolean {
  if (node.type === 'link' || node.type === 'image' || node.type === 'break') return true
  return 'children' in node && node.children.some(isRich)
}

function pad(cell: string, width: number, isRight: boolean): string {
  const space = ' '.repeat(Math.max(0, width - columnsOf(cell)))
  return isRight ? space + cell : cell + space
}

/** Columns the text takes in a monospace font: two for emoji and for Chinese, Japanese and Korean. */
function columnsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let columns = 0
  for (const { segment } of segmenter.segment(text)) columns += wide.test(segment) ? 2 : 1
  return columns
}
