import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { Sender } from '../../core/model.ts'
import { ToolPlugin } from '../../core/runtimes/opencode/tool-plugin.ts'
import { type FakeGateway, startFakeGateway } from '../../gateway/http/fake-gateway.ts'
import { createAgentTools } from '../../gateway/mcp/agent-tools.ts'
import { McpEndpoint } from '../../gateway/mcp/endpoint.ts'
import { ownTools } from '../../gateway/mcp/own-tools.ts'
import { ToolTokens } from '../../gateway/mcp/tokens.ts'
import { DiskBlobStore } from '../../storage/blobs.ts'
import type { Chat } from '../fakes/chat.ts'
import { type Rig, type RigOptions, startRig } from '../fakes/rig.ts'
import { ScriptedRuntime } from '../fakes/scripted-runtime.ts'

/** What a tool answered. */
export type Said = { readonly text: string; readonly isError: boolean }

/** What the plugin's file gives OpenCode. */
type Plugin = {
  Jackdaw(input: object): Promise<{
    tool: Record<
      string,
      {
        execute(input: object, context: { sessionID: string; abort: AbortSignal }): Promise<string>
      }
    >
  }>
}

/** The tools over real HTTP, on core over a real store with an agent that waits while a test calls tools for it. */
export class ToolsRig implements AsyncDisposable {
  readonly rig: Rig
  readonly agent: ScriptedRuntime
  readonly tokens: ToolTokens
  readonly gateway: FakeGateway
  /** The agent's workspace. */
  readonly workspace: string
  readonly #mcp: McpEndpoint
  readonly #clients: Client[] = []

  constructor(parts: {
    rig: Rig
    agent: ScriptedRuntime
    tokens: ToolTokens
    gateway: FakeGateway
    mcp: McpEndpoint
  }) {
    this.#mcp = parts.mcp
    this.rig = parts.rig
    this.agent = parts.agent
    this.tokens = parts.tokens
    this.gateway = parts.gateway
    this.workspace = workspaceOf(parts.rig)
  }

  get url(): URL {
    return new URL('mcp', this.gateway.http.url)
  }

  /** Somebody writes, and the agent works on it until `finish`. Returns the session's id and its token. */
  async begin(chat: Chat, words: string): Promise<{ sessionId: string; token: string }> {
    await chat.says(words)
    const { session } = await this.agent.begun(words)
    return {
      sessionId: session.id,
      token: this.tokens.mint({ agent: 'main', sessionId: session.id }),
    }
  }

  direct(person: Partial<Sender> & { readonly id: string }): Chat {
    return this.rig.direct(person)
  }

  async connect(token: string, headers: Record<string, string> = {}): Promise<Client> {
    const client = new Client({ name: 'test', version: '1.0.0' })
    const requestInit = { headers: { Authorization: `Bearer ${token}`, ...headers } }
    await client.connect(new StreamableHTTPClientTransport(this.url, { requestInit }))
    this.#clients.push(client)
    return client
  }

  /** One call by a client of its own. */
  async call(token: string, name: string, input: Record<string, unknown> = {}): Promise<Said> {
    return await callTool(await this.connect(token), name, input)
  }

  /** Calls tools as OpenCode does by its plugin, for one of its sessions. */
  async plugin(
    sessionID: string,
  ): Promise<(name: string, input: object, signal?: AbortSignal) => Promise<string>> {
    const own = ownTools({
      tokens: this.tokens,
      catalog: () => this.#mcp.catalog,
      url: () => this.gateway.http.url,
    })
    const folder = join(this.rig.dir, 'opencode')
    const spec = await new ToolPlugin(folder, {
      access: () => own.server('main'),
      definitions: () => own.definitions(),
    }).write()
    const { Jackdaw }: Plugin = await import(spec ?? '')
    const { tool } = await Jackdaw({ client: { session: { get: async () => ({ data: {} }) } } })
    return async (name, input, abort = new AbortController().signal) => {
      const execute = tool[name]?.execute
      if (!execute) throw new Error(`There is no tool ${name}.`)
      return await execute(input, { sessionID, abort })
    }
  }

  /** A request as no client of the SDK would send it. */
  async post(body: string, headers: Record<string, string>): Promise<Response> {
    return await fetch(this.url, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...headers,
      },
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client.close()
    await this.gateway[Symbol.asyncDispose]()
    await this.rig[Symbol.asyncDispose]()
  }
}

export async function callTool(
  client: Client,
  name: string,
  input: Record<string, unknown> = {},
): Promise<Said> {
  const { content, isError } = await client.callTool({ name, arguments: input })
  const texts = content.map((part) => (part.type === 'text' ? part.text : part.type))
  return { text: texts.join('\n'), isError: isError === true }
}

/** `held` are the words the agent works on until the test finishes them. */
export async function startToolsRig(
  held: readonly string[],
  options: Omit<RigOptions, 'runtime'> = {},
  agent = new ScriptedRuntime(),
): Promise<ToolsRig> {
  if (held.length > 0) agent.script = Object.fromEntries(held.map((words) => [words, agent.holds]))
  const rig = await startRig({ ...options, runtime: agent })
  const tokens = new ToolTokens(randomBytes(32), rig.clock)
  const blobs = await DiskBlobStore.open(join(rig.dir, 'attachments'))
  const { core, store, clock, events } = rig
  const tools = createAgentTools({
    store,
    core,
    blobs,
    clock,
    events,
    settings: () => rig.settings,
    timezone: () => 'UTC',
    foldersOf: () => [workspaceOf(rig)],
  })
  const mcp = new McpEndpoint({ tools, tokens, events, version: '1.2.3' })
  const gateway = await startFakeGateway({ mcp })
  return new ToolsRig({ rig, agent, tokens, gateway, mcp })
}

function workspaceOf(rig: Rig): string {
  return `${rig.dir}/workspace`
}
