import { pathToFileURL } from 'node:url'
import type { HistoryEntry, Turn } from '../../runtime-port.ts'
import { oneLine } from '../one-line.ts'
import { formatPrompt } from '../prompt.ts'
import { readAttachments } from '../read-attachments.ts'
import { formatRemembered } from '../remembered.ts'
import { withPaths } from '../with-paths.ts'
import type { AgentCapabilities } from './capabilities.ts'
import type { Said } from './said.ts'

/** Longer texts are left to the agent, which opens the file where it lies. */
const maxTextBytes = 32 * 1024

export type BlocksOptions = {
  readonly formatTime: (at: number) => string
  readonly now: number
  readonly capabilities: AgentCapabilities
  /** For a session that is new: what the agent is told before everything else; the protocol has no place of its own. */
  readonly introduction: string
  /** What was said before the agent had a session for it. */
  readonly history: readonly HistoryEntry[]
  readonly signal: AbortSignal
}

/** A turn as the blocks of a prompt: one text, then the files that the agent takes; others by their paths. */
export async function promptBlocks(turn: Turn, options: BlocksOptions): Promise<readonly Said[]> {
  const { formatTime, now, capabilities, introduction, history, signal } = options
  const { files, views } = await readAttachments(turn.messages, {
    maxTextBytes,
    takesFiles: (mime) => takes(capabilities, mime),
    signal,
  })
  const text = [
    ...(introduction === '' ? [] : [introduction]),
    `[It is ${formatTime(now)}.]`,
    ...formatRemembered(history),
    formatPrompt(turn, { formatTime, views: withPaths(views) }),
  ].join('\n\n')
  return [
    { type: 'text', text },
    ...files.map(({ name, mime, bytes }): Said => {
      const data = Buffer.from(bytes).toString('base64')
      if (mime.startsWith('image/')) return { type: 'image', mimeType: mime, data }
      if (mime.startsWith('audio/')) return { type: 'audio', mimeType: mime, data }
      const uri = pathToFileURL(`/${oneLine(name, 100).replaceAll('/', '_')}`).href
      return { type: 'resource', resource: { uri, mimeType: mime, blob: data } }
    }),
  ]
}

function takes(capabilities: AgentCapabilities, mime: string): boolean {
  if (mime.startsWith('image/')) return capabilities.takesImages
  if (mime.startsWith('audio/')) return capabilities.takesAudio
  return capabilities.takesEmbedded
}
