import type { Clock } from '../../clock.ts'
import { RuntimeError } from '../../errors.ts'
import { OpenCodeClient } from './client.ts'
import { loadSdk, type Sdk } from './sdk.ts'
import type { OpenCodeServer } from './server.ts'
import type { Endpoint } from './wire.ts'

/** A server that boots takes the connection and then says nothing on it, so a probe is short and repeated. */
const probeMs = 2_000
const probes = 3

/** The way to a server whose address may change, and which is asked for its version before anything else. */
export class OpenCodeLink {
  readonly #server: OpenCodeServer
  readonly #options: { readonly directory: string; readonly clock: Clock; readonly idleMs: number }
  #known: { readonly endpoint: Endpoint; readonly client: OpenCodeClient } | undefined
  #isProbed = false

  constructor(
    server: OpenCodeServer,
    options: { readonly directory: string; readonly clock: Clock; readonly idleMs: number },
  ) {
    this.#server = server
    this.#options = options
  }

  /**
   * The client of a server that can be worked with. Throws `RuntimeError` with code `version` for OpenCode 2.x,
   * `unauthorized`, `bad-response` or `not-found` where something else is wrong with the address, and `unreachable` or
   * `stalled` where it may pass.
   */
  async client(signal?: AbortSignal): Promise<OpenCodeClient> {
    const endpoint = await this.#server.endpoint(signal)
    const client = this.#clientFor(endpoint, await loadSdk())
    if (!this.#isProbed) {
      await this.probe(client, signal)
      this.#isProbed = true
    }
    return client
  }

  #clientFor(endpoint: Endpoint, sdk: Sdk): OpenCodeClient {
    const known = this.#known
    const { url, password } = endpoint
    if (known?.endpoint.url === url && known.endpoint.password === password) return known.client
    const client = new OpenCodeClient(sdk, endpoint, this.#options)
    this.#known = { endpoint, client }
    this.#isProbed = false
    return client
  }

  /** To be called when the server may have been replaced by another. */
  forget(): void {
    this.#isProbed = false
  }

  /** Resolves with the version. */
  async probe(client: OpenCodeClient, signal?: AbortSignal): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return versionIn(await client.health(signal, probeMs), client.where)
      } catch (error) {
        if (!(error instanceof RuntimeError)) throw error
        if (error.code === 'stalled' && attempt < probes && !signal?.aborted) continue
        if (error.code === 'stalled') await this.#server.kill()
        if (error.code === 'not-found' || error.code === 'bad-response') {
          throw (await this.#isSecond(signal))
            ? tooNew(client.where, '2.x')
            : noServer(error, client)
        }
        throw error
      }
    }
  }

  /** OpenCode 2.x has none of the routes of 1.x, but this one. */
  async #isSecond(signal?: AbortSignal): Promise<boolean> {
    const { url, username, password } = await this.#server.endpoint(signal)
    const late = new AbortController()
    const settled = new AbortController()
    void this.#options.clock.sleep(probeMs, settled.signal).then(() => late.abort())
    try {
      const response = await fetch(`${url.replace(/\/+$/, '')}/api/health`, {
        signal: late.signal,
        redirect: 'error',
        headers: {
          Authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        },
      })
      await response.body?.cancel()
      return response.ok && (response.headers.get('content-type') ?? '').includes('json')
    } catch {
      return false
    } finally {
      settled.abort()
    }
  }
}

function versionIn(health: unknown, where: string): string {
  const version =
    typeof health === 'object' && health !== null && 'version' in health
      ? health.version
      : undefined
  if (typeof version !== 'string') {
    throw new RuntimeError(
      'bad-response',
      `What answers at ${where} is no OpenCode server: check url.`,
      { isRetryable: false },
    )
  }
  if (!/^(1\.|0\.0\.0)/.test(version)) throw tooNew(where, version)
  return version
}

function tooNew(where: string, version: string): RuntimeError {
  return new RuntimeError(
    'version',
    `The server at ${where} is OpenCode ${version}, but Jackdaw speaks with OpenCode 1.x: run opencode serve from the npm package opencode-ai@1.`,
    { isRetryable: false },
  )
}

function noServer(error: RuntimeError, { where }: OpenCodeClient): RuntimeError {
  if (error.code === 'bad-response') return error
  return new RuntimeError(
    'not-found',
    `What answers at ${where} is no OpenCode server (it has no /global/health): check url.`,
    { isRetryable: false },
  )
}
