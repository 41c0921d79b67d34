import type { AssistantMessage } from '@opencode-ai/sdk/v2/client'
import type { Usage } from '../../runtime-port.ts'

/** What a message has used; undefined until it is complete, and where nothing was counted. */
export function usageOf(info: AssistantMessage): Usage | undefined {
  if (info.time.completed === undefined) return undefined
  const { input, output, reasoning, cache } = info.tokens
  const inputTokens = input + cache.read + cache.write
  const outputTokens = output + reasoning
  if (inputTokens + outputTokens === 0) return undefined
  return {
    id: info.id,
    model: `${info.providerID}/${info.modelID}`,
    inputTokens,
    outputTokens,
    ...(cache.read > 0 ? { cachedTokens: cache.read } : {}),
    // OpenCode says 0 also for a model whose price it does not know.
    ...(info.cost > 0 ? { costUsd: info.cost } : {}),
  }
}
