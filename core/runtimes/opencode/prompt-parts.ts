import type { FilePartInput, TextPartInput } from '@opencode-ai/sdk/v2/client'
import type { HistoryEntry, Turn, TurnAttachment } from '../../runtime-port.ts'
import { oneLine } from '../one-line.ts'
import { type AttachmentView, formatPrompt } from '../prompt.ts'
import { readAttachments } from '../read-attachments.ts'

/** Longer texts are left to the agent, which opens the file where it lies. */
const maxTextBytes = 32 * 1024
const maxEntryLength = 1_000
const maxEntries = 20

export type PartsOptions = {
  readonly formatTime: (at: number) => string
  readonly now: number
  /** The agent can open files of this machine. */
  readonly isLocal: boolean
  /** What was said before the runtime had a session for it. */
  readonly history: readonly HistoryEntry[]
  readonly signal: AbortSignal
}

/** A turn as the parts of a prompt: one text, then pictures and PDFs as data; other files by their paths. */
export async function promptParts(
  turn: Turn,
  options: PartsOptions,
): Promise<(TextPartInput | FilePartInput)[]> {
  const { formatTime, now, isLocal, history, signal } = options
  const { files, views } = await readAttachments(turn.messages, {
    maxTextBytes,
    takesFiles: true,
    signal,
  })
  const text = [
    `[It is ${formatTime(now)}.]`,
    ...formatHistory(history),
    formatPrompt(turn, { formatTime, views: isLocal ? withPaths(views) : views }),
  ].join('\n\n')
  return [
    { type: 'text', text },
    ...files.map(
      ({ name, mime, bytes }): FilePartInput => ({
        type: 'file',
        mime,
        filename: oneLine(name, 100),
        url: `data:${mime};base64,${Buffer.from(bytes).toString('base64')}`,
      }),
    ),
  ]
}

function withPaths(
  views: ReadonlyMap<TurnAttachment, AttachmentView>,
): ReadonlyMap<TurnAttachment, AttachmentView> {
  return new Map(
    [...views].map(([attachment, view]) => {
      if ('content' in view || attachment.path === undefined) return [attachment, view]
      return [
        attachment,
        { remark: `It was not put into this message. It lies at ${attachment.path}` },
      ]
    }),
  )
}

function formatHistory(history: readonly HistoryEntry[]): string[] {
  if (history.length === 0) return []
  const lines = history.slice(-maxEntries).map(({ role, text }) => {
    const who = role === 'assistant' ? 'You' : 'They'
    return `> ${who}: ${oneLine(text, maxEntryLength)}`
  })
  return [
    `[Said earlier in this conversation, which you do not remember yourself:]\n${lines.join('\n')}`,
  ]
}
