import type { SessionStore } from '../store/sessions.ts'
import type { SpokenLine, ToolStore } from '../store/tools.ts'
import type { Tool } from './tool-call.ts'

export type ChatHistoryInput = {
  readonly words?: string | undefined
  readonly limit: number
}

const maxLine = 2000
const maxChars = 30_000

/** Reads this conversation, and no other: its newest lines, or those that hold all the words. */
export function chatHistory(parts: {
  readonly tools: Pick<ToolStore, 'search'>
  readonly sessions: Pick<SessionStore, 'history'>
  /** An instant as people of this agent read it. */
  readonly formatTime: (at: number) => string
}): Tool<ChatHistoryInput> {
  return async ({ standing }, { words = '', limit }) => {
    const { id, session, route } = standing.run
    const wanted = words.split(/\s+/).filter((word) => word !== '')
    const found = route
      ? await parts.tools.search(route, { words: wanted, limit })
      : (await parts.sessions.history(session.id, session.generation, id, limit))
          .map(({ role, text, at }): SpokenLine => {
            return { id: '', author: 'user', isOwn: role === 'assistant', text, at }
          })
          .filter(({ text }) =>
            wanted.every((word) => text.toLowerCase().includes(word.toLowerCase())),
          )
          .slice(-limit)
    const lines = withinChars(found.map((line) => formatLine(line, parts.formatTime)))
    const nothing = wanted.length > 0 ? 'Nothing here holds these words.' : 'Nothing was said yet.'
    return {
      text: lines.length === 0 ? nothing : lines.join('\n'),
      target: 'here',
      outcome: `${lines.length} lines`,
    }
  }
}

function formatLine(line: SpokenLine, formatTime: (at: number) => string): string {
  const { id, author, isOwn, text, at } = line
  const said = text.length > maxLine ? `${text.slice(0, maxLine)} […]` : text
  return `[${id === '' ? '' : `${id}, `}${formatTime(at)}] ${isOwn ? 'you' : author}: ${said}`
}

/** The newest that fit. */
function withinChars(lines: readonly string[]): readonly string[] {
  let left = maxChars
  let first = lines.length
  while (first > 0) {
    left -= lines[first - 1]?.length ?? 0
    if (left < 0) break
    first -= 1
  }
  return lines.slice(first)
}
