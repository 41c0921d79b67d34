import type { ServerResponse } from 'node:http'
import type { ChatBody } from './model-request.ts'

/** How the scripted model answers one request. */
export type ModelReply =
  | {
      readonly type: 'text'
      readonly text: string
      /** Length of one streamed piece, in UTF-16 units. */
      readonly pieceLength?: number
      readonly finish?: 'stop' | 'length' | 'content_filter'
      /** `null`: the server counts nothing. */
      readonly usage?: {
        readonly input: number
        readonly output: number
        readonly cached?: number
      } | null
      /** Thoughts before the answer, in the field of their own that most servers use. */
      readonly reasoning?: string
    }
  /** Each piece goes out when the test hands it over, so the pace is a matter of conditions. */
  | { readonly type: 'paced'; readonly pieces: AsyncIterable<string> }
  | { readonly type: 'tool'; readonly name: string; readonly arguments: Record<string, unknown> }
  /** Several calls at once, after `text`. Arguments given as a string go out as they are. */
  | {
      readonly type: 'tools'
      readonly text?: string
      readonly calls: readonly {
        readonly name: string
        readonly arguments: Record<string, unknown> | string
      }[]
      /** The connection drops once the calls are out. */
      readonly isCut?: boolean
    }
  | {
      readonly type: 'error'
      readonly status: number
      readonly code?: string
      readonly message?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** An error event inside a stream that has begun with `text`. */
  | { readonly type: 'stream-error'; readonly text: string; readonly error: unknown }
  | {
      readonly type: 'raw'
      readonly status: number
      readonly contentType: string
      readonly body: string
    }
  /** Sends `text` and then drops the connection, or, when `politely`, ends the stream without its end mark. */
  | { readonly type: 'cut'; readonly text: string; readonly politely?: boolean }
  /** Says nothing more after `text`; without it, not even the headers. */
  | { readonly type: 'silent'; readonly text?: string; readonly keepAlive?: AsyncIterable<string> }

/** Sends `reply` as an OpenAI-compatible server would, streamed or whole as `body` asks. */
export async function sendReply(
  response: ServerResponse,
  reply: ModelReply,
  body: ChatBody,
  id: string,
): Promise<void> {
  const stream = new ReplyStream(response, body, id)
  switch (reply.type) {
    case 'text': {
      const usage = reply.usage === undefined ? { input: 11, output: 7 } : reply.usage
      if (!body.stream)
        return whole(response, body, id, { content: reply.text }, reply.finish ?? 'stop')
      if (reply.reasoning) await stream.delta({ reasoning_content: reply.reasoning })
      const length = reply.pieceLength ?? 64
      for (let start = 0; start < reply.text.length; start += length) {
        await stream.delta({ content: reply.text.slice(start, start + length) })
      }
      return await stream.end(reply.finish ?? 'stop', usage)
    }
    case 'paced':
      for await (const piece of reply.pieces) await stream.delta({ content: piece })
      return await stream.end('stop', { input: 11, output: 7 })
    case 'tool':
      return await sendReply(response, { type: 'tools', calls: [reply] }, body, id)
    case 'tools': {
      const calls = reply.calls.map(({ name, arguments: input }, index) => ({
        index,
        id: index === 0 ? `call-${id}` : `call-${id}-${index}`,
        type: 'function',
        function: { name, arguments: typeof input === 'string' ? input : JSON.stringify(input) },
      }))
      if (!body.stream) return whole(response, body, id, { tool_calls: calls }, 'tool_calls')
      if (reply.text) await stream.delta({ content: reply.text })
      for (const call of calls) await stream.delta({ tool_calls: [call] })
      if (reply.isCut) {
        response.socket?.end()
        return
      }
      return await stream.end('tool_calls', { input: 11, output: 7 })
    }
    case 'error':
      return sendError(
        response,
        reply.status,
        reply.code ?? null,
        reply.message ?? 'scripted',
        reply.headers,
      )
    case 'stream-error':
      if (reply.text) await stream.delta({ content: reply.text })
      await stream.event(JSON.stringify({ error: reply.error }))
      response.end()
      return
    case 'raw':
      response.writeHead(reply.status, { 'content-type': reply.contentType }).end(reply.body)
      return
    case 'cut':
      if (reply.text) await stream.delta({ content: reply.text })
      // What was written still goes out, but the end of the chunked body never comes.
      if (reply.politely) response.end()
      else response.socket?.end()
      return
    case 'silent':
      if (reply.text) await stream.delta({ content: reply.text })
      for await (const comment of reply.keepAlive ?? []) await stream.comment(comment)
  }
}

/** Sends an error as OpenAI words it. */
export function sendError(
  response: ServerResponse,
  status: number,
  code: string | null,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify({ error: { message, type: 'scripted_error', param: null, code } }))
}

function whole(
  response: ServerResponse,
  body: ChatBody,
  id: string,
  message: object,
  finish: string,
): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(
    JSON.stringify({
      id,
      object: 'chat.completion',
      created: 1,
      model: body.model,
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: null, ...message },
          finish_reason: finish,
        },
      ],
      usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
    }),
  )
}

class ReplyStream {
  readonly #response: ServerResponse
  readonly #body: ChatBody
  readonly #id: string

  constructor(response: ServerResponse, body: ChatBody, id: string) {
    this.#response = response
    this.#body = body
    this.#id = id
  }

  async delta(delta: object): Promise<void> {
    await this.event(this.#chunk([{ index: 0, delta, finish_reason: null }]))
  }

  async end(
    finish: string,
    usage: { readonly input: number; readonly output: number; readonly cached?: number } | null,
  ): Promise<void> {
    await this.event(this.#chunk([{ index: 0, delta: {}, finish_reason: finish }]))
    if (usage && this.#body.stream_options?.include_usage) {
      await this.event(
        this.#chunk([], {
          prompt_tokens: usage.input,
          completion_tokens: usage.output,
          total_tokens: usage.input + usage.output,
          ...(usage.cached === undefined
            ? {}
            : { prompt_tokens_details: { cached_tokens: usage.cached } }),
        }),
      )
    }
    await this.event('[DONE]')
    this.#response.end()
  }

  async event(data: string): Promise<void> {
    await this.#write(`data: ${data}\n\n`)
  }

  async comment(text: string): Promise<void> {
    await this.#write(`: ${text}\n\n`)
  }

  /** Waits for the client where it reads slowly, and stops quietly once it has gone. */
  async #write(text: string): Promise<void> {
    const response = this.#response
    if (response.destroyed) return
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' })
    if (response.write(text)) return
    await new Promise<void>((resolve) => {
      const go = () => {
        response.off('drain', go).off('close', go)
        resolve()
      }
      response.on('drain', go).on('close', go)
    })
  }

  #chunk(choices: readonly object[], usage?: object): string {
    return JSON.stringify({
      id: this.#id,
      object: 'chat.completion.chunk',
      created: 1,
      model: this.#body.model,
      choices,
      ...(usage ? { usage } : {}),
    })
  }
}
