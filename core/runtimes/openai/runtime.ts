/**
 * Invariant: a turn either ends with the whole answer or throws; what a broken stream had said is never an answer.
 * Nothing is repeated once an event is out. Before that, a refused request is asked again only in a smaller form
 * (half of the history, no files, no usage), once for each; every other repetition is the core's decision.
 */
import type { Clock } from '../../clock.ts'
import type { RuntimeError } from '../../errors.ts'
import type {
  AgentRuntime,
  HistoryEntry,
  RuntimeCatalog,
  RuntimeEvent,
  Turn,
} from '../../runtime-port.ts'
import { CatalogMemory } from '../catalog-memory.ts'
import { formatPrompt } from '../prompt.ts'
import { readAttachments } from '../read-attachments.ts'
import type { OpenAiSettings } from '../settings.ts'
import { systemPrompt } from '../system-prompt.ts'
import { guardedFetch } from './guarded-fetch.ts'
import { checkHealth } from './health.ts'
import { listModels } from './list-models.ts'
import { chatMessages, fitHistory, historyTokens, turnTokens } from './messages.ts'
import { loadSdk } from './sdk.ts'
import { type AnswerRequest, streamAnswer } from './stream-answer.ts'
import { toRuntimeError } from './to-runtime-error.ts'
import { estimateTokens } from './tokens.ts'

const defaultContextTokens = 32_000
const maxHistoryEntries = 200
/** Room kept for the answer, at most a quarter of the context. */
const answerTokens = 4_096
const maxTextFileBytes = 128 * 1024
/** An event of a stream wraps a word in some 250 bytes; this holds the longest answer that is kept. */
const maxResponseBytes = 64 * 1024 * 1024

export type OpenAiOptions = Omit<OpenAiSettings, 'type'> & {
  /** Added to the system prompt. */
  readonly instructions: string
  readonly clock: Clock
  readonly formatTime: (at: number) => string
  /** How long the first byte may take; `fetch` itself gives up after 300 000. */
  readonly firstByteMs?: number
  /** How long the stream may pause. */
  readonly idleMs?: number
}

/** What of a turn goes into the request. Each part is given up at most once, so a turn is asked four times at most. */
type Plan = {
  readonly maxHistoryTokens: number
  readonly takesFiles: boolean
  readonly asksUsage: boolean
}

type Draft = {
  readonly request: AnswerRequest
  readonly historyTokens: number
  readonly hasFiles: boolean
}

/** Any model behind an OpenAI-compatible endpoint. It has no memory: the session's history goes along every time. */
export class OpenAiRuntime implements AgentRuntime {
  readonly name = 'openai'
  readonly #options: OpenAiOptions
  readonly #contextTokens: number
  readonly #fetch: typeof fetch
  readonly #catalog: CatalogMemory

  constructor(options: OpenAiOptions) {
    this.#options = options
    this.#contextTokens = options.contextTokens ?? defaultContextTokens
    this.#catalog = new CatalogMemory(options.clock, () => listModels(options))
    this.#fetch = guardedFetch({
      clock: options.clock,
      firstByteMs: options.firstByteMs ?? 290_000,
      idleMs: options.idleMs ?? 120_000,
      maxBytes: maxResponseBytes,
    })
  }

  async *execute(turn: Turn, signal: AbortSignal): AsyncGenerator<RuntimeEvent> {
    const sdk = await loadSdk()
    const history = await turn.history(maxHistoryEntries)
    let plan: Plan = {
      maxHistoryTokens: Number.POSITIVE_INFINITY,
      takesFiles: true,
      asksUsage: true,
    }
    while (!signal.aborted) {
      const draft = await this.#draft(turn, history, plan, signal)
      if (!draft) return
      let isUnderWay = false
      try {
        for await (const event of streamAnswer(sdk, draft.request, signal)) {
          isUnderWay = true
          yield event
        }
        return
      } catch (error) {
        if (signal.aborted) return
        const failure = toRuntimeError(sdk, error, {
          baseUrl: this.#options.baseUrl,
          apiKey: this.#options.apiKey,
          now: this.#options.clock.now(),
        })
        const next = isUnderWay ? undefined : smaller(plan, draft, failure)
        if (!next) throw failure
        plan = next
      }
    }
  }

  catalog(): RuntimeCatalog | undefined {
    return this.#catalog.get()
  }

  async health(
    signal: AbortSignal,
  ): Promise<{ readonly isHealthy: boolean; readonly detail: string }> {
    return await checkHealth(this.#options, signal)
  }

  /** Returns nothing when the turn was aborted meanwhile. */
  async #draft(
    turn: Turn,
    history: readonly HistoryEntry[],
    plan: Plan,
    signal: AbortSignal,
  ): Promise<Draft | undefined> {
    const { formatTime, clock, baseUrl, apiKey, model, maxSteps } = this.#options
    const { files, views } = await readAttachments(turn.messages, {
      // A third of the context, in tokens of three bytes.
      maxTextBytes: Math.min(maxTextFileBytes, this.#contextTokens),
      takesFiles: plan.takesFiles,
      signal,
    })
    if (signal.aborted) return undefined
    const instructions = systemPrompt(this.#options.instructions)
    // The time stands in the message, not in the system prompt, so that servers can cache what comes before it.
    const prompt = `[It is ${formatTime(clock.now())}.]\n\n${formatPrompt(turn, { formatTime, views })}`
    const room =
      this.#contextTokens -
      Math.min(answerTokens, Math.floor(this.#contextTokens / 4)) -
      estimateTokens(instructions) -
      turnTokens(prompt, files)
    const fitting = fitHistory(history, Math.min(plan.maxHistoryTokens, Math.max(room, 0)))
    return {
      request: {
        baseUrl,
        apiKey,
        model: turn.choices?.model ?? model,
        maxSteps,
        instructions,
        messages: chatMessages({ history: fitting, prompt, files }),
        asksUsage: plan.asksUsage,
        fetch: this.#fetch,
      },
      historyTokens: historyTokens(fitting),
      hasFiles: files.length > 0,
    }
  }
}

function smaller(plan: Plan, draft: Draft, failure: RuntimeError): Plan | undefined {
  if (failure.code === 'too-long') {
    const isWhole = plan.maxHistoryTokens === Number.POSITIVE_INFINITY
    if (!isWhole || draft.historyTokens === 0) return undefined
    return { ...plan, maxHistoryTokens: Math.floor(draft.historyTokens / 2) }
  }
  if (failure.code !== 'rejected' && failure.code !== 'not-found') return undefined
  // Some older servers know no `stream_options` and say so.
  if (plan.asksUsage && failure.message.includes('stream_options'))
    return { ...plan, asksUsage: false }
  // Models without eyes refuse pictures, and most refuse PDFs, in too many ways to tell apart (400, 404 and 422 all occur).
  if (draft.hasFiles) return { ...plan, takesFiles: false }
  return undefined
}
