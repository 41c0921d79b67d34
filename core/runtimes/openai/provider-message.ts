import { oneLine } from '../one-line.ts'

/** What a model server said about an error: its text in one short line, and its codes in lower case. */
export type ProviderMessage = {
  readonly text: string
  readonly code: string
  readonly type: string
  readonly status?: number
}

const maxTextLength = 300

/**
 * Reads the error of any server that calls itself OpenAI-compatible. They agree on little: `{ error: { message } }`,
 * `{ error: "…" }`, `[{ error }]`, `{ message }`, `{ detail }`, plain text and web pages all occur. Never throws.
 */
export function parseProviderMessage(body: unknown): ProviderMessage {
  if (typeof body === 'string') {
    const parsed = parseJson(body)
    if (parsed !== undefined) return parseProviderMessage(parsed)
    const isPage = /^\s*</.test(body)
    return { text: isPage ? 'a web page' : oneLine(body, maxTextLength), code: '', type: '' }
  }
  if (Array.isArray(body)) return parseProviderMessage(body[0])
  if (!isRecord(body)) return { text: '', code: '', type: '' }
  const inner = body['error']
  if (typeof inner === 'string') return parseProviderMessage({ message: inner })
  if (isRecord(inner)) return parseProviderMessage(inner)
  const text = body['message'] ?? body['detail']
  const status = Number(body['status'] ?? body['code'])
  return {
    text: oneLine(typeof text === 'string' ? text : '', maxTextLength),
    code: word(body['code']),
    type: word(body['type']),
    ...(Number.isInteger(status) && status >= 400 && status <= 599 ? { status } : {}),
  }
}

function parseJson(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function word(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase() : ''
}
