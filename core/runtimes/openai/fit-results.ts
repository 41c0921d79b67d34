import type { ModelMessage } from 'ai'
import { estimateTokens } from './tokens.ts'

const placeholder = '[left out to make room; call the tool again if you need it]'

/** What the steps of a turn take of the context, in tokens, estimated. */
export function stepTokens(messages: readonly ModelMessage[]): number {
  return messages.reduce((sum, { content }) => sum + tokensOf(content), 0)
}

/**
 * The steps of a turn in about `maxTokens`: results are left out, the oldest first, until the rest fits. Those of the
 * newest step stay, because they are what the model goes on with.
 */
export function fitResults(
  messages: readonly ModelMessage[],
  maxTokens: number,
): readonly ModelMessage[] {
  let surplus = stepTokens(messages) - maxTokens
  const newest = messages.findLastIndex(({ role }) => role === 'tool')
  return messages.map((message, at) => {
    if (surplus <= 0 || message.role !== 'tool' || at === newest) return message
    const content = message.content.map((part) => {
      if (part.type !== 'tool-result' || surplus <= 0) return part
      surplus -= Math.max(tokensOf([part]) - estimateTokens(placeholder), 0)
      return { ...part, output: { type: 'text' as const, value: placeholder } }
    })
    return { ...message, content }
  })
}

function tokensOf(content: unknown): number {
  return estimateTokens(typeof content === 'string' ? content : JSON.stringify(content))
}
