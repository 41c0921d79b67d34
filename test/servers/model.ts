import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ModelReply, sendError, sendReply } from './model-reply.ts'
import { type ModelRequest, parseChatBody, textOf } from './model-request.ts'

const maxBodyBytes = 64 * 1024 * 1024

/**
 * An OpenAI-compatible server on loopback whose answers a test scripts. A request takes the reply for its last user
 * text (`when`), else the next one queued (`next`), else the model repeats the last user text. Requests no real
 * server would take get a 400, and requests for a session's title get `A title` without using up a reply.
 */
export class ModelServer {
  readonly #server: Server
  readonly #models: readonly string[]
  readonly #apiKey: string | undefined
  readonly #queue: ModelReply[] = []
  readonly #rules: { readonly text: string; readonly replies: readonly ModelReply[] }[] = []
  readonly #watchers = new Set<() => void>()
  /** Every chat request that was well-formed, in the order of arrival, without those for titles. */
  readonly requests: ModelRequest[] = []
  /** What was wrong with every request that was not. */
  readonly refusals: string[] = []

  private constructor(server: Server, options: ModelServerOptions) {
    this.#server = server
    this.#models = options.models ?? ['scripted-1']
    this.#apiKey = options.apiKey
    server.on('request', (request, response) => {
      this.#handle(request, response).catch((error) => response.destroy(error))
    })
  }

  /** Listens on a free port. With `apiKey`, any other key gets a 401. */
  static async start(options: ModelServerOptions = {}): Promise<ModelServer> {
    const server = createServer()
    const model = new ModelServer(server, options)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return model
  }

  /** With its `/v1`. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}/v1`
  }

  /** The next requests that no rule takes get these, one each. */
  next(...replies: readonly ModelReply[]): void {
    this.#queue.push(...replies)
  }

  /**
   * Every request whose last user text contains `text` gets the first reply; each step of the turn after that, such as
   * a tool's result, the next one. Newer rules win.
   */
  when(text: string, ...replies: readonly ModelReply[]): void {
    this.#rules.unshift({ text, replies })
  }

  /** Resolves with the request that is the `count`th, once it has arrived. */
  async request(count = 1): Promise<ModelRequest> {
    for (;;) {
      const request = this.requests[count - 1]
      if (request) return request
      await new Promise<void>((resolve) => {
        const look = () => {
          this.#watchers.delete(look)
          resolve()
        }
        this.#watchers.add(look)
      })
    }
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request)
    const path = request.url ?? ''
    if (this.#apiKey !== undefined && request.headers.authorization !== `Bearer ${this.#apiKey}`) {
      // As OpenAI does it, the key is repeated; unlike there, whole.
      const seen = (request.headers.authorization ?? '').replace('Bearer ', '')
      return sendError(response, 401, 'invalid_api_key', `Incorrect API key provided: ${seen}.`)
    }
    if (request.method === 'GET' && path === '/v1/models') {
      const data = this.#models.map((id) => ({ id, object: 'model', created: 1, owned_by: 'test' }))
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ object: 'list', data }))
      return
    }
    if (request.method !== 'POST' || path !== '/v1/chat/completions') {
      return sendError(response, 404, null, `Invalid URL (${request.method} ${path})`)
    }
    const chat = parseChatBody(body)
    if (typeof chat === 'string') {
      this.refusals.push(chat)
      return sendError(response, 400, null, chat)
    }
    if (!this.#models.includes(chat.model)) {
      this.refusals.push(`model ${chat.model}`)
      return sendError(response, 404, 'model_not_found', `The model ${chat.model} does not exist.`)
    }
    const systemText = chat.messages
      .filter(({ role }) => role === 'system' || role === 'developer')
      .map(textOf)
      .join('\n')
    const id = `chatcmpl-${this.requests.length + 1}`
    if (/title generator/i.test(systemText)) {
      return await sendReply(response, { type: 'text', text: 'A title' }, chat, id)
    }
    const lastUser = chat.messages.findLastIndex(({ role }) => role === 'user')
    const lastUserText = textOf(chat.messages[lastUser])
    const steps = chat.messages.slice(lastUser).filter(({ role }) => role === 'assistant').length
    const abandoned = new Promise<void>((resolve) => {
      response.on('close', () => {
        if (!response.writableFinished) resolve()
      })
    })
    const { headers } = request
    this.requests.push({ path, headers, body: chat, lastUserText, systemText, abandoned })
    for (const look of this.#watchers) look()
    const rule = this.#rules.find(({ text }) => lastUserText.includes(text))
    const reply = rule?.replies[Math.min(steps, rule.replies.length - 1)] ??
      this.#queue.shift() ?? { type: 'text' as const, text: lastUserText }
    await sendReply(response, reply, chat, id)
  }
}

export type ModelServerOptions = {
  readonly models?: readonly string[]
  readonly apiKey?: string
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > maxBodyBytes) throw new Error('The request is larger than any test means it to be.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
