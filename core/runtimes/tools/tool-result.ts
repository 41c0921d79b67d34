import type { CallToolResult } from '@ai-sdk/mcp'
import { cutMiddle } from '../cut-middle.ts'

/** What a call came to, as the model reads it. */
export type ToolOutcome = { readonly text: string; readonly isError: boolean }

const maxParts = 200

/**
 * The result of a call as text of at most `maxLength` UTF-16 units. Pictures, sounds and files are named, not shown:
 * the chat API of most models takes none from a tool.
 */
export function formatToolResult(result: CallToolResult, maxLength: number): ToolOutcome {
  const content = Array.isArray(result.content) ? result.content : []
  const parts = content.slice(0, maxParts).map(partText)
  if (content.length > maxParts) parts.push(`[… and ${content.length - maxParts} more parts …]`)
  // Servers that speak in structures repeat them as text, for clients that know only text.
  if (parts.length === 0) {
    const other = 'toolResult' in result ? result['toolResult'] : result['structuredContent']
    if (other !== undefined) parts.push(JSON.stringify(other))
  }
  const text = plain(parts.join('\n\n')).trim()
  const isError = result['isError'] === true
  return {
    text: cutMiddle(
      text || (isError ? 'It failed and said nothing.' : 'Done; it said nothing.'),
      maxLength,
      `[… cut here: the result has ${text.length} characters …]`,
    ),
    isError,
  }
}

function partText(part: unknown): string {
  if (!isRecord(part)) return ''
  if (typeof part['text'] === 'string') return part['text']
  const { resource } = part
  if (isRecord(resource)) {
    const text = resource['text']
    const uri = textOf(resource['uri'])
    return typeof text === 'string' ? `${uri}\n${text}` : `[${uri}: a file you cannot see]`
  }
  if (typeof part['uri'] === 'string') return `[${textOf(part['name'])}: ${part['uri']}]`
  const kind = textOf(part['mimeType']) || textOf(part['type']) || 'something'
  return `[${kind}: you cannot see it]`
}

/** NUL and lone surrogates break JSON parsers of model servers. */
function plain(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 1_000) : ''
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
