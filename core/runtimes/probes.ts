import type { Clock } from '../clock.ts'

export type ProbeOptions = {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** How long to wait for the whole answer. */
  readonly ms: number
}

const maxBytes = 1024 * 1024

/** Whether an OpenCode server answers at `url`, also one that wants a password. Never rejects. */
export async function isOpenCodeRunning(url: string, options: ProbeOptions): Promise<boolean> {
  const found = await probe(`${url}/global/health`, {}, options)
  // With a password set it answers 401 and nothing to tell it from any other server, so that is not counted.
  return isRecord(found) && found['healthy'] === true
}

/** The first model of an Ollama server that can talk, or `undefined`. Never rejects. */
export async function findOllamaModel(
  url: string,
  options: ProbeOptions,
): Promise<string | undefined> {
  const found = await probe(`${url}/api/tags`, {}, options)
  return isRecord(found) ? firstTalker(found['models'], 'name') : undefined
}

/** The first model of an OpenAI-compatible server that can talk, or `undefined`. Never rejects. */
export async function findModel(
  baseUrl: string,
  apiKey: string,
  options: ProbeOptions,
): Promise<string | undefined> {
  const headers = apiKey ? { authorization: `Bearer ${apiKey}` } : {}
  const found = await probe(`${baseUrl.replace(/\/+$/, '')}/models`, headers, options)
  return isRecord(found) ? firstTalker(found['data'], 'id') : undefined
}

/** Models that turn text into numbers or speech are listed beside those that answer. */
const noTalker = /embed|rerank|bge-|minilm|gte-|e5-|whisper|tts|dall-e|moderation/i

function firstTalker(models: unknown, key: string): string | undefined {
  if (!Array.isArray(models)) return undefined
  for (const model of models) {
    const name = isRecord(model) ? model[key] : undefined
    if (typeof name === 'string' && name !== '' && !noTalker.test(name)) return name
  }
  return undefined
}

/** The JSON of a 200, or `undefined` for everything else: a probe has no errors, only absence. */
async function probe(
  url: string,
  headers: Readonly<Record<string, string>>,
  { clock, signal, ms }: ProbeOptions,
): Promise<unknown> {
  const stop = new AbortController()
  const settled = new AbortController()
  const read = async () => {
    const response = await fetch(url, {
      headers,
      redirect: 'error',
      signal: AbortSignal.any([signal, stop.signal]),
    })
    return response.ok ? parseJson(await readText(response)) : undefined
  }
  try {
    return await Promise.race([read(), clock.sleep(ms, settled.signal)])
  } catch {
    return undefined
  } finally {
    settled.abort()
    stop.abort()
  }
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > maxBytes) return ''
  }
  return text
}

function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  return value
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
