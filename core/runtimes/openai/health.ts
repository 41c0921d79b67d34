import type { Clock } from '../../clock.ts'
import { guardedFetch } from './guarded-fetch.ts'

const maxWaitMs = 5_000
const maxBytes = 4 * 1024 * 1024

/** Asks the endpoint for its models: the cheapest question that needs a valid key. Never throws. */
export async function checkHealth(
  options: {
    readonly baseUrl: string
    readonly apiKey: string
    readonly model: string
    readonly clock: Clock
  },
  signal: AbortSignal,
): Promise<{ readonly isHealthy: boolean; readonly detail: string }> {
  const { baseUrl, apiKey, model, clock } = options
  const fetch = guardedFetch({ clock, firstByteMs: maxWaitMs, idleMs: maxWaitMs, maxBytes })
  const url = `${baseUrl.replace(/\/+$/, '')}/models`
  try {
    const response = await fetch(url, {
      signal,
      headers: apiKey ? { authorization: `Bearer ${apiKey}` } : {},
    })
    await response.body?.cancel()
    if (response.ok || response.status === 404 || response.status === 405) {
      return { isHealthy: true, detail: `The model server is reachable; the model is ${model}.` }
    }
    const problem =
      response.status === 401 || response.status === 403
        ? 'refuses the API key'
        : `answers with HTTP ${response.status}`
    return { isHealthy: false, detail: `The model server ${problem}.` }
  } catch {
    // The reason may carry the key (a header that cannot be sent names its value).
    return { isHealthy: false, detail: 'The model server cannot be reached.' }
  }
}
