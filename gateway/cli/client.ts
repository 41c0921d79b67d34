import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReadableStream } from 'node:stream/web'
import type { ServerEvent } from '../http/read-events.ts'
import { CliError, NotRunningError } from './cli-error.ts'
import type { CommandOptions } from './command-options.ts'
import { loadSettings } from './settings.ts'

/** The HTTP API of the running gateway. Every call throws `CliError` with the gateway's own sentence. */
export class Client {
  readonly #url: string
  readonly #token: string

  constructor(url: string, token: string) {
    this.#url = url
    this.#token = token
  }

  /** `path` begins after `/api/v1/`. The shape of the answer is the API's promise. */
  async get<Answer>(path: string): Promise<Answer> {
    return await this.call<Answer>('GET', path)
  }

  async call<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await this.#fetch(method, path, body)
    return (await response.json()) as Answer
  }

  /** The events of a stream, until the gateway ends it. */
  async events(path: string, signal: AbortSignal): Promise<AsyncIterable<ServerEvent>> {
    const response = await this.#fetch('GET', path, undefined, signal)
    if (response.body === null) throw new CliError('The gateway answered without a stream.')
    const { readEvents } = await import('../http/read-events.ts')
    return readEvents(response.body as ReadableStream<Uint8Array>)
  }

  async #fetch(
    method: string,
    path: string,
    body: unknown,
    signal: AbortSignal | null = null,
  ): Promise<Response> {
    const headers: Record<string, string> = { authorization: `Bearer ${this.#token}` }
    if (body !== undefined) headers['content-type'] = 'application/json'
    let response: Response
    try {
      response = await fetch(new URL(`api/v1/${path}`, this.#url), {
        method,
        headers,
        signal,
        body: body === undefined ? null : JSON.stringify(body),
      })
    } catch (error) {
      if (signal?.aborted) throw error
      throw new NotRunningError(
        `Jackdaw does not answer at ${this.#url}. It has probably stopped; start it with: jackdaw start`,
      )
    }
    if (response.ok) return response
    throw await refusal(response)
  }
}

/** The gateway that uses the same configuration. Throws `NotRunningError` when there is none. */
export async function connect(options: CommandOptions): Promise<Client> {
  const { config } = await loadSettings(options)
  const { runFilePath } = await import('../run-file.ts')
  const file = runFilePath(config.dataDir)
  const url = urlIn(await readIfThere(file))
  if (url === undefined) {
    throw new NotRunningError(
      `Jackdaw is not running (there is no ${file}). Start it with: jackdaw start`,
    )
  }
  const tokenFile = join(config.dataDir, 'token')
  const token = config.http.token || (await readIfThere(tokenFile))?.trim()
  if (token) return new Client(url, token)
  throw new CliError(`There is no token in ${tokenFile}. Start the gateway again to make one.`)
}

async function refusal(response: Response): Promise<CliError> {
  if (response.status === 401) {
    return new CliError(
      'The gateway refuses the token. It runs with another configuration: restart it, or name the file with --config.',
    )
  }
  const answer: unknown = await response.json().catch(() => undefined)
  return new CliError(messageIn(answer) ?? `The gateway answered with status ${response.status}.`)
}

function messageIn(answer: unknown): string | undefined {
  const error = isObject(answer) ? answer['error'] : undefined
  const message = isObject(error) ? error['message'] : undefined
  return typeof message === 'string' ? message : undefined
}

function urlIn(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  try {
    const content: unknown = JSON.parse(text)
    const url = isObject(content) ? content['url'] : undefined
    return typeof url === 'string' && URL.canParse(url) ? url : undefined
  } catch {
    // Half a file is what a gateway that is just starting leaves: it does not run yet.
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') return undefined
    throw new CliError(`${file} cannot be read (${String(code)}). Check its owner and mode.`)
  }
}
