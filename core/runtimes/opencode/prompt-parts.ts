import type { FilePartInput, TextPartInput } from '@opencode-ai/sdk/v2/client'
import type { HistoryEntry, Turn, TurnMessage } from '../../runtime-port.ts'
import { oneLine } from '../one-line.ts'
import { formatPrompt } from '../prompt.ts'
import { readAttachments } from '../read-attachments.ts'
import { formatRemembered } from '../remembered.ts'
import { withPaths } from '../with-paths.ts'

/** Longer texts are left to the agent, which opens the file where it lies. */
const maxTextBytes = 32 * 1024

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
  const { formatTime, now, history } = options
  const [text, files] = await read(turn, options)
  const whole = [`[It is ${formatTime(now)}.]`, ...formatRemembered(history), text]
  return [{ type: 'text', text: whole.join('\n\n') }, ...files]
}

/** A message that is said into a turn that runs, likewise. */
export async function steeredParts(
  turn: Turn,
  message: TurnMessage,
  options: Omit<PartsOptions, 'now' | 'history'>,
): Promise<(TextPartInput | FilePartInput)[]> {
  const said = { ...turn, messages: [message], isInterrupted: false }
  const [text, files] = await read(said, options)
  return [{ type: 'text', text: `[Said while you were at work:]\n\n${text}` }, ...files]
}

async function read(
  turn: Turn,
  { formatTime, isLocal, signal }: Omit<PartsOptions, 'now' | 'history'>,
): Promise<[string, FilePartInput[]]> {
  const { files, views } = await readAttachments(turn.messages, {
    maxTextBytes,
    takesFiles: true,
    signal,
  })
  const parts = files.map(
    ({ name, mime, bytes }): FilePartInput => ({
      type: 'file',
      mime,
      filename: oneLine(name, 100),
      url: `data:${mime};base64,${Buffer.from(bytes).toString('base64')}`,
    }),
  )
  return [formatPrompt(turn, { formatTime, views: isLocal ? withPaths(views) : views }), parts]
}
