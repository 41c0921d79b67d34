import type {
  AuthInfo,
  McpHttpHandler,
  McpServer,
  ServerContext,
} from '@modelcontextprotocol/server'
import { RequestError } from '../../core/errors.ts'
import type { Events } from '../../core/events.ts'
import type { ToolCaller } from '../../core/tools/tool-desk.ts'
import { ToolError } from '../../core/tools/tool-error.ts'
import type { AgentTools } from './agent-tools.ts'
import { type CatalogEntry, catalog, type Perform } from './catalog.ts'
import type { ToolTokens } from './tokens.ts'

/** Names the session as the agent's runtime calls it, beside a token that is an agent's. */
const sessionHeader = 'x-jackdaw-session'

/** Requests at a time; questions to people hold theirs for minutes. */
const maxOpen = 200
const keepAliveMs = 15_000
const instructions =
  'Tools of the gateway that connects you with people in chats. They act for the people of the turn you work on now.'

type Parts = {
  readonly tools: AgentTools
  readonly tokens: ToolTokens
  readonly events: Events
  readonly version: string
}

/** The tools over the Model Context Protocol. The SDK is loaded with the first call. */
export class McpEndpoint {
  readonly #parts: Parts
  #catalog: readonly CatalogEntry[] | undefined
  #handler: Promise<McpHttpHandler> | undefined
  #open = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get catalog(): readonly CatalogEntry[] {
    this.#catalog ??= catalog(this.#parts.tools)
    return this.#catalog
  }

  /** Answers one HTTP request. Throws `RequestError` for a caller that is nobody (401) and for too many at once. */
  async answer(request: Request): Promise<Response> {
    const bearer = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''
    const caller = await this.#callerOf(bearer, request.headers.get(sessionHeader))
    if (this.#open >= maxOpen) {
      throw new RequestError(503, 'busy', 'Too many calls at a time. Try again later.')
    }
    this.#handler ??= this.#load()
    const handler = await this.#handler
    const authInfo: AuthInfo = { token: '', clientId: caller.agent, scopes: [], extra: { caller } }
    this.#open += 1
    try {
      const response = await handler.fetch(request, { authInfo })
      return this.#counted(response)
    } catch (error) {
      this.#open -= 1
      throw error
    }
  }

  async #callerOf(bearer: string, runtimeSession: string | null): Promise<ToolCaller> {
    const subject = this.#parts.tokens.verify(bearer)
    if (!subject) throw unauthorized()
    const { agent, sessionId } = subject
    if (sessionId !== undefined) return { agent, sessionId }
    const found = await this.#parts.tools.desk.sessionOf(agent, runtimeSession ?? '')
    // Whose session it is not is told no more than that there is no turn.
    return { agent, sessionId: found ?? '' }
  }

  /** A call is over when its answer has been read, not when it has begun. */
  #counted(response: Response): Response {
    const done = () => {
      this.#open -= 1
    }
    if (!response.body) {
      done()
      return response
    }
    const through = new TransformStream<Uint8Array, Uint8Array>()
    response.body.pipeTo(through.writable).then(done, done)
    const { status, headers } = response
    return new Response(through.readable, { status, headers })
  }

  async #load(): Promise<McpHttpHandler> {
    const { McpServer, createMcpHandler } = await import('@modelcontextprotocol/server')
    const { version, events } = this.#parts
    return createMcpHandler(
      ({ authInfo }) => {
        const server: McpServer = new McpServer({ name: 'jackdaw', version }, { instructions })
        const caller = callerIn(authInfo)
        for (const entry of this.catalog) entry.register(server, this.#performer(caller))
        return server
      },
      {
        keepAliveMs,
        // At once, because clients wait for the first byte for minutes only, and people take longer.
        responseMode: 'sse',
        // What a client got wrong is answered, and is no fault of the gateway.
        onerror: (error) => {
          if (!/parse|json|accept|content-type|method|version/i.test(error.message))
            events.emit({ type: 'fault', where: 'mcp', error })
        },
      },
    )
  }

  #performer(caller: ToolCaller): Perform {
    const { tools, events } = this.#parts
    return async (name, tool, input, context) => {
      const around = { signal: context.mcpReq.signal, progress: progressOf(context) }
      try {
        const said = await tools.desk.call(caller, name, tool, input, around)
        return { content: [{ type: 'text', text: said }] }
      } catch (error) {
        const isExpected = error instanceof ToolError || error instanceof RequestError
        if (!isExpected) events.emit({ type: 'fault', where: `tool ${name}`, error })
        const text = isExpected
          ? error.message
          : 'The gateway failed at this. Nothing more is known.'
        return { content: [{ type: 'text', text }], isError: true }
      }
    }
  }
}

function callerIn(authInfo: AuthInfo | undefined): ToolCaller {
  const caller = authInfo?.extra?.['caller']
  const isCaller = typeof caller === 'object' && caller !== null
  if (isCaller && 'agent' in caller && 'sessionId' in caller) {
    return { agent: String(caller.agent), sessionId: String(caller.sessionId) }
  }
  throw unauthorized()
}

/** Tells a client that asked for it that the call is alive; what cannot be told is no reason to end the call. */
function progressOf({ mcpReq }: ServerContext): (note: string) => void {
  const progressToken = mcpReq._meta?.progressToken
  let progress = 0
  return (message) => {
    if (progressToken === undefined) return
    progress += 1
    mcpReq
      .notify({ method: 'notifications/progress', params: { progressToken, progress, message } })
      .catch(() => undefined)
  }
}

function unauthorized(): RequestError {
  return new RequestError(
    401,
    'unauthorized',
    'This needs a token of a session, made by the gateway.',
  )
}
