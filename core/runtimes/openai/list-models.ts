import type { Clock } from '../../clock.ts'
import type { RuntimeCatalog } from '../../runtime-port.ts'
import { guardedFetch } from './guarded-fetch.ts'

const maxWaitMs = 10_000
const maxBytes = 4 * 1024 * 1024

/** The models an endpoint says it has. Rejects where it does not say. */
export async function listModels(options: {
  readonly baseUrl: string
  readonly apiKey: string
  readonly clock: Clock
}): Promise<RuntimeCatalog> {
  const { baseUrl, apiKey, clock } = options
  const fetch = guardedFetch({ clock, firstByteMs: maxWaitMs, idleMs: maxWaitMs, maxBytes })
  const response = await fetch(`${baseUrl.replace(/\/+$/, '')}/models`, {
    headers: apiKey ? { authorization: `Bearer ${apiKey}` } : {},
  })
  const body: unknown = response.ok ? await response.json() : await response.body?.cancel()
  const isList = typeof body === 'object' && body !== null && 'data' in body
  if (!isList || !Array.isArray(body.data))
    throw new Error('The endpoint does not list its models.')
  const models = body.data.flatMap((one: unknown) => {
    const id = typeof one === 'object' && one !== null && 'id' in one ? one.id : undefined
    return typeof id === 'string' ? [{ id, label: id }] : []
  })
  return { models, modes: [] }
}
