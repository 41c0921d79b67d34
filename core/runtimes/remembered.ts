import type { HistoryEntry } from '../runtime-port.ts'
import { oneLine } from './one-line.ts'

const maxEntryLength = 1_000
const maxEntries = 20

/** What was said before an agent had a session for it, as a block of a prompt; none where nothing was. */
export function formatRemembered(history: readonly HistoryEntry[]): readonly string[] {
  if (history.length === 0) return []
  const lines = history.slice(-maxEntries).map(({ role, text }) => {
    const who = role === 'assistant' ? 'You' : 'They'
    return `> ${who}: ${oneLine(text, maxEntryLength)}`
  })
  return [
    `[Said earlier in this conversation, which you do not remember yourself:]\n${lines.join('\n')}`,
  ]
}
