import type { ModelMessage } from 'ai'
import type { HistoryEntry } from '../../runtime-port.ts'
import type { InputFile } from '../read-attachments.ts'
import { estimateTokens } from './tokens.ts'

/** What a picture costs, about, with every provider that says so. */
const tokensPerImage = 1500
/** A page of a PDF is read as a picture and as text; a page has some 50 KB. */
const bytesPerPage = 50_000
const maxPages = 20
/** Roles and separators of one message. */
const tokensPerMessage = 8
/** An entry longer than this share of the room is shortened, so that one long answer does not push out all else. */
const maxEntryShare = 0.25

export type ChatInput = {
  readonly history: readonly HistoryEntry[]
  readonly prompt: string
  readonly files: readonly InputFile[]
}

/** What the new turn takes of the context, in tokens, estimated. */
export function turnTokens(prompt: string, files: readonly InputFile[]): number {
  const ofFiles = files.reduce((sum, file) => sum + pagesOf(file) * tokensPerImage, 0)
  return estimateTokens(prompt) + ofFiles + tokensPerMessage
}

function pagesOf({ mime, bytes }: InputFile): number {
  if (mime !== 'application/pdf') return 1
  return Math.min(maxPages, Math.ceil(bytes.length / bytesPerPage))
}

/**
 * The newest entries that fit into `maxTokens`, oldest first. The newest are kept because a new message refers to
 * what was said last; nothing older than the first entry that does not fit is taken, since a conversation with
 * holes misleads more than a short one.
 */
export function fitHistory(
  history: readonly HistoryEntry[],
  maxTokens: number,
): readonly HistoryEntry[] {
  const kept: HistoryEntry[] = []
  let left = maxTokens
  for (const entry of history.toReversed()) {
    const text = shortened(entry.text, Math.floor(maxTokens * maxEntryShare))
    left -= estimateTokens(text) + tokensPerMessage
    if (left < 0) break
    kept.push({ ...entry, text })
  }
  return kept.reverse()
}

/** How many tokens `history` takes, by the same estimate. */
export function historyTokens(history: readonly HistoryEntry[]): number {
  return history.reduce((sum, entry) => sum + estimateTokens(entry.text) + tokensPerMessage, 0)
}

/**
 * The conversation as chat messages. Begins with the user and alternates, because the chat templates of several
 * model families refuse anything else; entries of one side in a row are joined.
 */
export function chatMessages(input: ChatInput): ModelMessage[] {
  const turns: { role: 'user' | 'assistant'; text: string }[] = []
  for (const { role, text } of [...input.history, { role: 'user' as const, text: input.prompt }]) {
    const last = turns.at(-1)
    if (last?.role === role) last.text += `\n\n${text}`
    else if (last || role === 'user') turns.push({ role, text })
  }
  return turns.map(({ role, text }, index) => {
    if (role === 'assistant') return { role, content: plain(text) }
    return userMessage(text, index === turns.length - 1 ? input.files : [])
  })
}

/** Words of a person, with the files that go along. */
export function userMessage(text: string, files: readonly InputFile[]): ModelMessage {
  if (files.length === 0) return { role: 'user', content: plain(text) }
  return {
    role: 'user',
    content: [
      { type: 'text' as const, text: plain(text) },
      ...files.map((file) => ({
        type: 'file' as const,
        data: file.bytes,
        mediaType: file.mime,
        filename: file.name,
      })),
    ],
  }
}

/** NUL and lone surrogates break JSON parsers of model servers. */
function plain(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}

/** Both ends stay: the beginning says what it is about, the end is what the next message answers. */
function shortened(text: string, maxTokens: number): string {
  if (estimateTokens(text) <= maxTokens) return text
  // As many characters as tokens: for most scripts far below the limit, for Chinese just under it.
  const half = Math.max(Math.floor(maxTokens / 2), 1)
  return `${text.slice(0, half)}\n[… shortened …]\n${text.slice(-half)}`.toWellFormed()
}
