import { parseMarkdown } from './markdown.ts'
import { toStyledText } from './to-styled-text.ts'

/** Reads markdown as a person without styles would: no markup, addresses after their words, tables as records. */
export function renderPlain(markdown: string): string {
  return toStyledText(parseMarkdown(markdown), { links: 'visible', maxTableColumns: 0 }).text.trim()
}
