import type { ListToolsResult, MCPClient } from '@ai-sdk/mcp'
import type { Clock } from '../../clock.ts'
import { oneLine } from '../one-line.ts'
import type { ToolServer } from '../tool-server.ts'
import { StdioTransport } from './stdio-transport.ts'
import { toolEnvironment } from './tool-environment.ts'
import { ToolError } from './tool-error.ts'
import { toolFetch } from './tool-fetch.ts'
import { formatToolResult, type ToolOutcome } from './tool-result.ts'

/** A tool as its server describes it. */
export type ToolDefinition = ListToolsResult['tools'][number]

export type ConnectionOptions = {
  readonly clock: Clock
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A program may be fetched before it runs for the first time. */
const openMs = 60_000
/** As long as people may be asked something, and a little. */
const callMs = 15 * 60_000
const listAgeMs = 60_000
const maxPages = 20
const maxReason = 200

/** One tool server, connected to once. When it has ended, another connection takes its place. */
export class ToolConnection {
  readonly #server: ToolServer
  readonly #options: ConnectionOptions
  readonly #stop = new AbortController()
  readonly #opened: Promise<MCPClient>
  #transport: StdioTransport | undefined
  #list: { readonly at: number; readonly tools: Promise<readonly ToolDefinition[]> } | undefined
  #isSuspect = false
  #calls = 0

  /** Begins to connect. */
  constructor(server: ToolServer, options: ConnectionOptions) {
    this.#server = server
    this.#options = options
    this.#opened = this.#open()
    // Whoever needs it hears of it.
    this.#opened.catch(() => this.#stop.abort())
  }

  /** False once it can be used no more. */
  get isOpen(): boolean {
    return !this.#stop.signal.aborted && !this.#isSuspect
  }

  /** How many calls are under way. */
  get calls(): number {
    return this.#calls
  }

  /** What the server offers, asked for again after a minute. Throws `ToolError`. */
  async tools(): Promise<readonly ToolDefinition[]> {
    const now = this.#options.clock.now()
    if (!this.#list || now - this.#list.at > listAgeMs) {
      const tools = this.#read()
      this.#list = { at: now, tools }
      tools.catch(() => {
        this.#list = undefined
      })
    }
    return await this.#list.tools
  }

  /** Words of the server on how its tools are used. Empty where it has none, or is not connected. */
  async instructions(): Promise<string> {
    return (await this.#opened.catch(() => undefined))?.instructions ?? ''
  }

  /** Throws `ToolError` when the call has no result: then nobody knows what it has done. */
  async call(
    name: string,
    input: Record<string, unknown>,
    maxLength: number,
    signal: AbortSignal,
  ): Promise<ToolOutcome> {
    this.#calls += 1
    try {
      const result = await this.#limited(
        callMs,
        async (within) =>
          await (await this.#opened).callTool({
            name,
            arguments: input,
            options: { signal: within },
          }),
        signal,
      )
      return formatToolResult(result, maxLength)
    } catch (error) {
      // A server over HTTP that was started anew knows the session no more; one that refuses a call says so in words.
      if (!this.#transport && !signal.aborted && !isRefusal(error)) this.#isSuspect = true
      throw error
    } finally {
      this.#calls -= 1
    }
  }

  /** Ends the program, or the session with the server. Never rejects. */
  async close(): Promise<void> {
    this.#stop.abort()
    const client = await this.#opened.catch(() => undefined)
    await client?.close().catch(() => undefined)
    await this.#transport?.close()
  }

  async #open(): Promise<MCPClient> {
    const { createMCPClient, validateJSONRPCMessage } = await import('@ai-sdk/mcp')
    const { clock, env } = this.#options
    const server = this.#server
    if ('command' in server) {
      this.#transport = new StdioTransport({
        command: server.command,
        cwd: server.cwd,
        env: toolEnvironment(env, server.env),
        clock,
        parse: validateJSONRPCMessage,
      })
    }
    const transport =
      this.#transport ??
      ('url' in server
        ? { type: 'http' as const, url: server.url, headers: server.headers, fetch: toolFetch() }
        : undefined)
    if (!transport) throw new ToolError('It has neither command nor url.')
    const client = await this.#limited(
      openMs,
      async (signal) =>
        await createMCPClient({
          transport,
          clientName: 'jackdaw',
          initializationOptions: { signal },
        }),
    ).catch(async (error) => {
      await this.#transport?.close()
      throw error
    })
    if (this.#transport) this.#watch(this.#transport)
    return client
  }

  /** The SDK sets its own listener first, which ends the calls that wait. */
  #watch(transport: StdioTransport): void {
    const told = transport.onclose
    transport.onclose = () => {
      told?.()
      this.#stop.abort()
    }
  }

  async #read(): Promise<readonly ToolDefinition[]> {
    const client = await this.#opened
    const tools: ToolDefinition[] = []
    let cursor: string | undefined
    for (let page = 0; page < maxPages; page += 1) {
      const params = cursor === undefined ? {} : { params: { cursor } }
      const result = await this.#limited(
        openMs,
        async (signal) => await client.listTools({ ...params, options: { signal } }),
      )
      tools.push(...result.tools)
      cursor = result.nextCursor
      if (cursor === undefined) break
    }
    return tools
  }

  async #limited<T>(
    ms: number,
    work: (signal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const settled = new AbortController()
    const late = new AbortController()
    const signals = [this.#stop.signal, late.signal, ...(signal ? [signal] : [])]
    const any = AbortSignal.any(signals)
    void this.#options.clock.sleep(ms, settled.signal).then(() => late.abort())
    try {
      any.throwIfAborted()
      return await Promise.race([work(any), rejectedBy(any, settled.signal)])
    } catch (error) {
      throw this.#toToolError(error, late.signal.aborted ? ms : undefined)
    } finally {
      settled.abort()
    }
  }

  #toToolError(error: unknown, lateMs: number | undefined): ToolError {
    if (error instanceof ToolError) return error
    if (lateMs !== undefined) {
      return new ToolError(`It did not answer within ${Math.round(lateMs / 1000)} seconds.`)
    }
    if (this.#stop.signal.aborted || this.#transport?.hasEnded) {
      const said = oneLine(this.#transport?.lastLine ?? '', maxReason)
      return new ToolError(said ? `It has ended: ${said}` : 'It has ended.')
    }
    const message = error instanceof Error ? (networkReason(error) ?? error.message) : String(error)
    return new ToolError(oneLine(message, maxReason), error)
  }
}

/** The server took the call and answered with an error of the protocol. */
function isRefusal(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'number'
}

function networkReason(error: Error): string | undefined {
  let one: unknown = error
  for (let depth = 0; one instanceof Error && depth < 8; depth += 1) {
    if ('code' in one && typeof one.code === 'string' && /^(E[A-Z_]+|UND_\w+)$/.test(one.code)) {
      return `It cannot be reached (${one.code}).`
    }
    if ('statusCode' in one && typeof one.statusCode === 'number') {
      return `It answered with HTTP ${one.statusCode}.`
    }
    one = one.cause
  }
  return undefined
}

/** Lets go of `signal`, which may live long, once `settled` aborts. */
async function rejectedBy(signal: AbortSignal, settled: AbortSignal): Promise<never> {
  return await new Promise((_, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true, signal: settled })
  })
}
