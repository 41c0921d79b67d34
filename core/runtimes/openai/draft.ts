import type { ModelMessage } from 'ai'
import type { RuntimeError } from '../../errors.ts'
import type { HistoryEntry, Turn } from '../../runtime-port.ts'
import { formatPrompt } from '../prompt.ts'
import { readAttachments } from '../read-attachments.ts'
import type { ToolOffer } from '../tools/tool-hub.ts'
import { chatMessages, fitHistory, historyTokens, turnTokens } from './messages.ts'
import { estimateTokens } from './tokens.ts'

/** Room kept for the answer, at most a quarter of the context. */
const answerTokens = 4_096
const maxTextFileBytes = 128 * 1024

/** What of a turn goes into the request. Each part is given up at most once, so a turn is asked five times at most. */
export type Plan = {
  readonly maxHistoryTokens: number
  readonly takesFiles: boolean
  readonly takesTools: boolean
  readonly asksUsage: boolean
}

export const wholePlan: Plan = {
  maxHistoryTokens: Number.POSITIVE_INFINITY,
  takesFiles: true,
  takesTools: true,
  asksUsage: true,
}

export type DraftInput = {
  readonly turn: Turn
  readonly history: readonly HistoryEntry[]
  readonly plan: Plan
  /** The whole system prompt. */
  readonly instructions: string
  readonly tools: ToolOffer['tools']
  readonly contextTokens: number
  readonly now: number
  readonly formatTime: (at: number) => string
}

/** A turn as it is asked. */
export type Draft = {
  readonly messages: ModelMessage[]
  /** What the steps of the turn may take of the context. */
  readonly maxStepTokens: number
  readonly historyTokens: number
  readonly hasFiles: boolean
}

/** Puts the question of a turn together so that it fits into the model's context. */
export async function draftTurn(input: DraftInput, signal: AbortSignal): Promise<Draft> {
  const { turn, plan, contextTokens, formatTime } = input
  const { files, views } = await readAttachments(turn.messages, {
    // A third of the context, in tokens of three bytes.
    maxTextBytes: Math.min(maxTextFileBytes, contextTokens),
    takesFiles: plan.takesFiles,
    signal,
  })
  // The time stands in the message, not in the system prompt, so that servers can cache what comes before it.
  const prompt = `[It is ${formatTime(input.now)}.]\n\n${formatPrompt(turn, { formatTime, views })}`
  const room =
    contextTokens -
    Math.min(answerTokens, Math.floor(contextTokens / 4)) -
    estimateTokens(input.instructions) -
    toolTokens(input.tools) -
    turnTokens(prompt, files)
  // With tools the turn grows while it runs; a third of the room is kept for that.
  const forHistory = input.tools.size > 0 ? Math.floor((room * 2) / 3) : room
  const fitting = fitHistory(
    input.history,
    Math.min(plan.maxHistoryTokens, Math.max(forHistory, 0)),
  )
  const taken = historyTokens(fitting)
  return {
    messages: chatMessages({ history: fitting, prompt, files }),
    maxStepTokens: Math.max(room - taken, 0),
    historyTokens: taken,
    hasFiles: files.length > 0,
  }
}

/** What is given up after a request was refused; nothing when there is nothing left to give up. */
export function smallerPlan(
  plan: Plan,
  draft: Draft,
  hasTools: boolean,
  failure: RuntimeError,
): Plan | undefined {
  if (failure.code === 'too-long') {
    const isWhole = plan.maxHistoryTokens === Number.POSITIVE_INFINITY
    if (!isWhole || draft.historyTokens === 0) return undefined
    return { ...plan, maxHistoryTokens: Math.floor(draft.historyTokens / 2) }
  }
  if (failure.code !== 'rejected' && failure.code !== 'not-found') return undefined
  // Some older servers know no `stream_options` and say so.
  if (plan.asksUsage && failure.message.includes('stream_options'))
    return { ...plan, asksUsage: false }
  // Ollama and others refuse tools for models that were not trained on them.
  if (hasTools && /\btools?\b|\bfunctions?\b/i.test(failure.message))
    return { ...plan, takesTools: false }
  // Models without eyes refuse pictures, and most refuse PDFs, in too many ways to tell apart (400, 404 and 422 all occur).
  if (draft.hasFiles) return { ...plan, takesFiles: false }
  return undefined
}

function toolTokens(tools: ToolOffer['tools']): number {
  if (tools.size === 0) return 0
  const all = [...tools].map(([name, { description, inputSchema }]) => [
    name,
    description,
    inputSchema,
  ])
  return estimateTokens(JSON.stringify(all))
}
