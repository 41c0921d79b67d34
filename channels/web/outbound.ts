import type { Chunk, Reply } from '../../core/model.ts'
import type { Rendering } from '../../core/ports.ts'

/** What `Chunk.format` is on this channel: HTML that is safe to put into the page. */
type WebFormat = { readonly html: string }

/**
 * One message for the text, with its HTML where it is markdown, then one per file; buttons are under the text. Of a
 * text longer than `maxLength` the message holds the beginning.
 */
export async function renderWeb(reply: Reply, maxLength: number): Promise<Rendering> {
  const text = reply.text.toWellFormed()
  const isLong = text.length > maxLength
  const shown = isLong ? `${beginning(text, maxLength - 2)}\n…` : text
  const said = shown.trim() === '' ? [] : [await toChunk(shown, reply)]
  const files = (reply.files ?? []).map((file): Chunk => ({ text: '', file }))
  const chunks = [...withButtons(said, reply), ...files]
  if (!isLong) return { chunks }
  return { chunks, overflow: { text, name: reply.format === 'plain' ? 'answer.txt' : 'answer.md' } }
}

function withButtons(said: readonly Chunk[], { buttons }: Reply): readonly Chunk[] {
  if (buttons === undefined || buttons.length === 0) return said
  return [{ ...(said[0] ?? { text: '' }), buttons }]
}

async function toChunk(text: string, { format }: Reply): Promise<Chunk> {
  if (format === 'plain') return { text }
  // Loaded with the first answer that needs it: the parser is some 10 MB.
  const { renderHtml } = await import('../../core/rendering/html.ts')
  const html = renderHtml(text)
  return html === '' ? { text } : { text, format: { html } satisfies WebFormat }
}

/** Ends with a whole line where there is one, and never inside a surrogate pair. */
function beginning(text: string, length: number): string {
  const line = text.lastIndexOf('\n', length)
  return text.slice(0, line > length / 2 ? line : length).replace(/[\ud800-\udbff]$/, '')
}
