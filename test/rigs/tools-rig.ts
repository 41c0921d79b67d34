import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { Sender } from '../../core/model.ts'
import { type FakeGateway, startFakeGateway } from '../../gateway/http/fake-gateway.ts'
import { createAgentTools } from '../../gateway/mcp/agent-tools.ts'
import { McpEndpoint } from '../../gateway/mcp/endpoint.ts'
import { ToolTokens } from '../../gateway/mcp/tokens.ts'
import { DiskBlobStore } from '../../storage/blobs.ts'
import type { Chat } from '../fakes/chat.ts'
import { type Rig, type RigOptions, startRig } from '../fakes/rig.ts'
import { ScriptedRuntime } from '../fakes/scripted-runtime.ts'

/** What a tool answered. */
export type Said = { readonly text: string; readonly isError: boolean }

/** The tools over real HTTP, on core over a real store with an agent that waits while a test calls tools for it. */
export class ToolsRig implements AsyncDisposable {
  readonly rig: Rig
  readonly agent: ScriptedRuntime
  readonly tokens: ToolTokens
  readonly gateway: FakeGateway
  /** The agent's workspace. */
  readonly workspace: string
  readonly #clients: Client[] = []

  constructor(parts: {
    rig: Rig
    agent: ScriptedRuntime
    tokens: ToolTokens
    gateway: FakeGateway
  }) {
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
): Promise<ToolsRig> {
  const agent = new ScriptedRuntime()
  agent.script = Object.fromEntries(held.map((words) => [words, agent.holds]))
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
  return new ToolsRig({ rig, agent, tokens, gateway })
}

function workspaceOf(rig: Rig): string {
  return `${rig.dir}/workspace`
}
