/**
 * Discord has no published grammar. What is written here holds under the rules of its clients as they are known
 * (https://github.com/brussell98/discord-markdown, https://github.com/jeremy-rifkin/discord-markdown) and does not
 * depend on where those differ: styles end with their line, neighbours never share a marker, and everything that
 * could be read as markdown without being meant so is escaped.
 */
import { codeBlock, separator } from './discord-escape.ts'
import { writeDiscordLine } from './discord-line.ts'
import type { LinePart } from './discord-tokens.ts'
import { styleRuns } from './style-runs.ts'
import type { StyledText } from './styled-text.ts'

type Line = { readonly parts: LinePart[]; isQuoted: boolean }

/** Where a line begins for Discord's desktop client, a script with JavaScript's idea of lines. */
const lineBreak = /\r\n?|[\n\u2028\u2029]/

/** Longer addresses would leave no room for words. */
const maxMaskedUrl = 1_000

/** Whether Discord takes `[words](url)` for a link: it wants the web, and no other address among the words. */
export function canMaskLink(url: string, words: string): boolean {
  if (url.length > maxMaskedUrl || /https?:\/\//i.test(words)) return false
  return /^https?:\/\/[^\s<]{2,}$/i.test(url)
}

/** Writes styled text in Discord's markdown. Pure, and linear in the piece. */
export function toDiscordMarkdown(piece: StyledText): string {
  const written: string[] = []
  let lines: Line[] = [emptyLine()]
  for (const { start, end, spans } of styleRuns(piece)) {
    const text = piece.text.slice(start, end)
    const pre = spans.find(({ style }) => style === 'pre')
    if (pre?.style === 'pre') {
      // The spaces before its first line are part of the code.
      const indent = isBlank(lines.at(-1)) ? (lines.pop()?.parts ?? []) : []
      written.push(...writeLines(lines))
      const code = indent.map((part) => part.text).join('') + text
      const isAfterLink = written.some((part) => part.includes(']('))
      written.push(codeBlock(code, pre.language, isAfterLink))
      lines = [emptyLine()]
      continue
    }
    const inline = spans.filter(({ style }) => style !== 'blockquote')
    const isQuoted = inline.length < spans.length
    text.split(lineBreak).forEach((part, index) => {
      if (index > 0) lines.push(emptyLine())
      const line = lines.at(-1)
      if (part !== '') line?.parts.push({ text: part, spans: inline })
      if (line && isQuoted) line.isQuoted = true
    })
  }
  written.push(...writeLines(lines))
  return written.join('\n')
}

const emptyLine = (): Line => ({ parts: [], isQuoted: false })

function isBlank(line: Line | undefined): boolean {
  return line?.parts.every(({ text }) => text.trim() === '') ?? true
}

/** Without blank lines at the ends: a code block leaves room around itself. */
function writeLines(lines: readonly Line[]): readonly string[] {
  const first = lines.findIndex((line) => !isBlank(line))
  if (first < 0) return []
  const last = lines.findLastIndex((line) => !isBlank(line))
  return lines.slice(first, last + 1).map(({ parts, isQuoted }) => {
    const line = writeDiscordLine(parts)
    // Clients differ on whether a quote goes on across a line that is empty.
    return isQuoted ? `> ${line || separator}` : line
  })
}
