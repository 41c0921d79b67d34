import type { Clock } from '../clock.ts'
import { hostedModels } from './hosted-models.ts'
import { findModel, findOllamaModel, isOpenCodeRunning } from './probes.ts'
import type { EchoSettings, OpenAiSettings, OpenCodeSettings } from './settings.ts'

export type RuntimeChoice = {
  readonly choice: OpenCodeSettings | OpenAiSettings | EchoSettings
  /** One plain sentence on why, without secrets. */
  readonly reason: string
  /** What would make it better, in one sentence. */
  readonly hint?: string
}

export type ChooseOptions = {
  /** The environment, as the composition root read it. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Folder an agent with tools works in. */
  readonly workspace: string
  /** Where to look. For tests, and for a machine whose servers listen elsewhere. */
  readonly endpoints?: { readonly openCode?: string; readonly ollama?: string }
}

/** Servers of this machine answer within this, or are not there. All are asked at the same time. */
const probeMs = 300
const maxSteps = 20
/** What Ollama gives a model that is not told otherwise; what is longer it cuts off without a word. */
const ollamaContextTokens = 4_096
const echo: EchoSettings = { type: 'echo', prefix: '', delayMs: 0 }

/**
 * Finds what this machine can run an agent on: a running OpenCode, whose agent has tools, before a configured model,
 * before a running Ollama, else the built-in echo with a hint on what to do. Takes 0.3 s at most. Rejects only when `signal` aborts.
 */
export async function chooseRuntime(options: ChooseOptions): Promise<RuntimeChoice> {
  const { env, clock, signal, workspace, endpoints = {} } = options
  const probe = { clock, signal, ms: probeMs }
  const baseUrl = env['OPENAI_BASE_URL']?.trim() ?? ''
  const model = env['OPENAI_MODEL']?.trim() ?? ''
  const apiKey = env['OPENAI_API_KEY']?.trim() ?? ''
  const openCode = endpoints.openCode ?? 'http://127.0.0.1:4096'
  const ollama = endpoints.ollama ?? 'http://127.0.0.1:11434'
  const [hasOpenCode, ollamaModel, ownModel] = await Promise.all([
    isOpenCodeRunning(openCode, probe),
    findOllamaModel(ollama, probe),
    baseUrl && !model ? findModel(baseUrl, apiKey, probe) : model,
  ])
  signal.throwIfAborted()
  const hints: string[] = []
  const decided = (choice: RuntimeChoice['choice'], reason: string): RuntimeChoice => ({
    choice,
    reason,
    ...(hints.length > 0 ? { hint: hints.join(' ') } : {}),
  })

  if (hasOpenCode) {
    const login = { username: 'opencode', password: '' }
    const choice = { type: 'opencode' as const, url: openCode, directory: workspace, ...login }
    return decided(choice, `OpenCode is running here, at ${new URL(openCode).host}.`)
  }
  if (baseUrl && ownModel) {
    const choice = { type: 'openai' as const, baseUrl, apiKey, model: ownModel, maxSteps }
    return decided(choice, `OPENAI_BASE_URL is set; the model is ${ownModel}.`)
  }
  if (baseUrl) hints.push('OPENAI_BASE_URL is set, but no model was found there: set OPENAI_MODEL.')
  for (const hosted of hostedModels) {
    const key = env[hosted.variable]?.trim()
    // A key for a server of one's own is no key for OpenAI.
    if (!key || (hosted.variable === 'OPENAI_API_KEY' && baseUrl)) continue
    const name = (hosted.variable === 'OPENAI_API_KEY' && model) || hosted.model
    const choice = {
      type: 'openai' as const,
      baseUrl: hosted.baseUrl,
      apiKey: key,
      model: name,
      maxSteps,
    }
    return decided(choice, `${hosted.variable} is set; the model is ${name}.`)
  }
  if (ollamaModel) {
    const choice = {
      type: 'openai' as const,
      baseUrl: `${ollama}/v1`,
      apiKey: '',
      model: ollamaModel,
      maxSteps,
      contextTokens: ollamaContextTokens,
    }
    return decided(choice, `Ollama is running here; the model is ${ollamaModel}.`)
  }
  if (!baseUrl) {
    hints.push(
      'For real answers set OPENAI_API_KEY or start Ollama, and start Jackdaw again; or name a runtime under agents.main.runtime in jackdaw.yaml, which takes effect at once.',
    )
  }
  return decided(echo, 'No model is configured or running here, so the built-in echo answers.')
}
