/**
 * Invariant: a tool server that is absent, slow or broken costs a turn some seconds and its tools, never the turn.
 * Connections outlive turns: programs until the agent is closed, sessions over HTTP while they are among the latest.
 */
import { backoffMs } from '../../retry.ts'
import { within } from '../../within.ts'
import type { ToolServer } from '../tool-server.ts'
import { type ConnectionOptions, ToolConnection, type ToolDefinition } from './tool-connection.ts'
import { ToolError } from './tool-error.ts'
import { callTitle, toolName, toolTitle } from './tool-names.ts'
import type { ToolOutcome } from './tool-result.ts'

export type HubOptions = ConnectionOptions & {
  /** The servers of one session (its id). */
  readonly servers: (sessionId: string) => readonly ToolServer[]
  /** How long a turn waits for a server that is not connected yet. */
  readonly connectMs?: number
  /** How many connections over HTTP are kept. */
  readonly maxRemote?: number
}

/** A tool as it is offered to a model. */
export type OfferedTool = {
  readonly description: string
  /** JSON Schema of the input. */
  readonly inputSchema: Readonly<Record<string, unknown>>
  /** What a call with `input` does, for people. */
  readonly title: (input: unknown) => string
  /** Never rejects, except by a bug: what goes wrong is the outcome. */
  readonly call: (input: unknown, maxLength: number, signal: AbortSignal) => Promise<ToolOutcome>
}

export type ToolOffer = {
  /** By the name the model calls them. */
  readonly tools: ReadonlyMap<string, OfferedTool>
  /** What is missing and why, in one sentence each. */
  readonly problems: readonly { readonly server: string; readonly text: string }[]
  /** What the servers say on how to use them, for the system prompt. */
  readonly instructions: string
}

type Entry = { connection: ToolConnection; failures: number; startedAt: number }
type Listed = {
  readonly server: ToolServer
  readonly tools: readonly ToolDefinition[]
  readonly instructions: string
}

const connectMs = 5_000
const maxRemote = 32
const maxTools = 128
const maxDescription = 4_000
const maxInstructions = 2_000
/** A server that ran as long as this did not fail to start. */
const steadyMs = 60_000
const restart = { firstMs: 1_000, maxMs: 60_000 }

/** The tool servers of one agent. Connects to nothing before it is asked. */
export class ToolHub {
  readonly #options: HubOptions
  readonly #entries = new Map<string, Entry>()
  #isClosed = false

  constructor(options: HubOptions) {
    this.#options = options
  }

  /** What the servers of a session offer, in descriptions of at most `maxBytes`. Rejects only when `signal` aborts. */
  async offer(sessionId: string, maxBytes: number, signal: AbortSignal): Promise<ToolOffer> {
    const servers = this.#options.servers(sessionId)
    const problems: { server: string; text: string }[] = []
    const listed = await Promise.all(
      servers.map(async (server, at): Promise<Listed | undefined> => {
        try {
          if (servers.findIndex(({ name }) => name === server.name) !== at) {
            throw new ToolError('Another tool server has the same name.')
          }
          return await this.#list(server, signal)
        } catch (error) {
          if (!(error instanceof ToolError)) throw error
          problems.push({ server: server.name, text: error.message })
          return undefined
        }
      }),
    )
    signal.throwIfAborted()
    const tools = new Map<string, OfferedTool>()
    const instructions: string[] = []
    let bytesLeft = maxBytes
    for (const one of listed) {
      if (!one) continue
      const { server } = one
      const said = one.instructions.trim().slice(0, maxInstructions).toWellFormed()
      if (said) instructions.push(`## Tools of ${server.name}\n\n${said}`)
      const left: string[] = []
      for (const definition of one.tools) {
        const name = toolName(server.name, definition.name)
        const tool = this.#offered(server, definition)
        const bytes = Buffer.byteLength(JSON.stringify([name, tool.description, tool.inputSchema]))
        if (tools.has(name) || tools.size >= maxTools || bytes > bytesLeft) {
          left.push(definition.name)
          continue
        }
        bytesLeft -= bytes
        tools.set(name, tool)
      }
      if (left.length > 0) problems.push({ server: server.name, text: leftOut(left) })
    }
    return { tools, problems, instructions: instructions.join('\n\n') }
  }

  /** Ends every program and session. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true
    const connections = [...this.#entries.values()].map(({ connection }) => connection)
    this.#entries.clear()
    await Promise.all(connections.map((connection) => connection.close()))
  }

  async #list(server: ToolServer, signal: AbortSignal): Promise<Listed> {
    const ms = this.#options.connectMs ?? connectMs
    const connection = this.#connection(server)
    const tools = connection.tools()
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    const first = Promise.race([tools, aborted])
    if (!(await within(this.#options.clock, ms, first))) {
      // It goes on connecting, for a later turn.
      throw new ToolError(`It was not ready within ${Math.round(ms / 1000)} seconds.`)
    }
    signal.throwIfAborted()
    return { server, tools: await tools, instructions: await connection.instructions() }
  }

  #offered(server: ToolServer, definition: ToolDefinition): OfferedTool {
    const title = toolTitle(definition)
    const { $schema: _, ...schema } = definition.inputSchema
    return {
      description: (definition.description ?? title).slice(0, maxDescription).toWellFormed(),
      inputSchema: { ...schema, properties: schema['properties'] ?? {} },
      title: (input) => callTitle(title, input),
      call: async (input, maxLength, signal) => {
        try {
          if (typeof input !== 'object' || input === null || Array.isArray(input)) {
            throw new ToolError('The arguments are not an object.')
          }
          // Not the connection of the offer: it may have ended since.
          return await this.#connection(server).call(
            definition.name,
            { ...input },
            maxLength,
            signal,
          )
        } catch (error) {
          if (!(error instanceof ToolError)) throw error
          return { text: error.message, isError: true }
        }
      },
    }
  }

  /** The connection to a server, a new one where the last has ended. Throws `ToolError` while it is left alone. */
  #connection(server: ToolServer): ToolConnection {
    if (this.#isClosed) throw new ToolError('The gateway is stopping.')
    const key = JSON.stringify(server)
    const entry = this.#entries.get(key)
    if (entry?.connection.isOpen) {
      // The latest used stand last.
      this.#entries.delete(key)
      this.#entries.set(key, entry)
      return entry.connection
    }
    const now = this.#options.clock.now()
    const wasSteady = entry === undefined || now - entry.startedAt >= steadyMs
    const failures = wasSteady ? 0 : entry.failures
    // The first time it is started again at once: most that end do so once.
    if (
      entry &&
      failures > 1 &&
      now - entry.startedAt < backoffMs(failures - 1, restart, () => 0)
    ) {
      throw new ToolError('It has failed several times and is left alone for a moment.')
    }
    void entry?.connection.close()
    const connection = new ToolConnection(server, this.#options)
    this.#entries.delete(key)
    this.#entries.set(key, { connection, failures: failures + 1, startedAt: now })
    this.#evict()
    return connection
  }

  #evict(): void {
    const remote = [...this.#entries].filter(([key]) => 'url' in JSON.parse(key))
    const surplus = remote.length - (this.#options.maxRemote ?? maxRemote)
    for (const [key, { connection }] of remote.slice(0, Math.max(surplus, 0))) {
      if (connection.calls > 0) continue
      this.#entries.delete(key)
      void connection.close()
    }
  }
}

function leftOut(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ')
  const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
  return `Left out, as their names are taken or there is no room for them: ${shown}${more}.`
}
