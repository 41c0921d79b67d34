import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { OwnToolAccess, ToolDefinition } from '../tool-server.ts'
import { writePrivately } from './write-privately.ts'

/** A tool of the gateway is called so in OpenCode, where names of all plugins share one space. */
const prefix = 'jackdaw_'

/**
 * The gateway's tools as a plugin of OpenCode, whose tool servers would belong to the whole server and could not tell
 * who asks. The plugin passes on the session OpenCode calls it for, which is no word of the model's. Where the gateway
 * is, and the agent's token, stand in a file beside it that is read for every call: so a server that outlives its
 * gateway finds the next one.
 */
export class ToolPlugin {
  readonly #folder: string
  readonly #tools: OwnToolAccess

  constructor(folder: string, tools: OwnToolAccess) {
    this.#folder = folder
    this.#tools = tools
  }

  /** As OpenCode's `plugin` setting takes it. */
  get spec(): string {
    return pathToFileURL(this.#file).href
  }

  /** Writes both files. Undefined, and nothing written, where the gateway does not listen. */
  async write(): Promise<string | undefined> {
    const access = this.#tools.access()
    if (!access) return undefined
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const { url, headers } = access
    await writePrivately(
      join(this.#folder, 'jackdaw-access.json'),
      JSON.stringify({ url, headers }),
    )
    await writePrivately(this.#file, source(await this.#tools.definitions()))
    return this.spec
  }

  get #file(): string {
    return join(this.#folder, 'jackdaw-tools.js')
  }
}

/** Runs inside OpenCode, where nothing of ours can be imported. */
function source(definitions: readonly ToolDefinition[]): string {
  const tools = definitions.map(({ name, description, schema }) => {
    const { $schema: _, ...parameters } = schema
    return { name, description, parameters }
  })
  return `// Written by Jackdaw at every start: changes are lost.
import { readFileSync } from 'node:fs'

const definitions = ${JSON.stringify(tools, null, 2)}
const retryMs = 500
const maxRetries = 120
const maxEarly = 20
const interrupted = 'The gateway was interrupted while the question was open, so it was withdrawn. Ask again if you still need the answer.'

/** The session a subagent works for, by OpenCode's own record. */
async function rootOf(client, sessionID) {
  let id = sessionID
  for (let depth = 0; depth < 10; depth += 1) {
    const { data } = await client.session.get({ path: { id } })
    if (!data?.parentID) return id
    id = data.parentID
  }
  return id
}

async function answerOf(response) {
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  const messages = type.includes('text/event-stream')
    ? text.split('\\n').filter((line) => line.startsWith('data:')).map((line) => line.slice(5).trim()).filter(Boolean)
    : [text]
  for (const message of messages.reverse()) {
    const parsed = JSON.parse(message)
    if (parsed.result || parsed.error) return parsed
  }
  throw new Error('The gateway gave no answer.')
}

async function call(client, name, args, context) {
  const session = await rootOf(client, context.sessionID)
  const body = JSON.stringify({ jsonrpc: '2.0', id: context.callID ?? 1, method: 'tools/call', params: { name, arguments: args } })
  for (let attempt = 0; ; attempt += 1) {
    context.abort?.throwIfAborted()
    let response
    try {
      const { url, headers } = JSON.parse(readFileSync(new URL('jackdaw-access.json', import.meta.url), 'utf8'))
      response = await fetch(url, {
        method: 'POST',
        body,
        signal: context.abort,
        // People take longer than Bun waits of its own accord.
        timeout: false,
        headers: { ...headers, 'content-type': 'application/json', accept: 'application/json, text/event-stream', 'x-jackdaw-session': session },
      })
      if (response.status !== 503 && !(response.status === 401 && attempt < maxEarly)) {
        const { result, error } = await answerOf(response)
        if (error) throw Object.assign(new Error(error.message ?? 'The gateway refused.'), { isFinal: true })
        const text = (result.content ?? []).map((part) => part.text ?? '').join('\\n')
        if (result.isError && isTooEarly(text) && attempt < maxEarly) throw new Error(text)
        if (result.isError) throw Object.assign(new Error(text), { isFinal: true })
        return text
      }
    } catch (error) {
      // The gateway is being started again: it knows what it has done, and a repeated call does it once.
      if (error?.isFinal || context.abort?.aborted || attempt >= maxRetries) throw error
      // What a person was asked ended with the call: a repeated one would ask them again, unawares.
      if (name === 'ask_user' && !isRefused(error) && !isTooEarly(error?.message)) throw new Error(interrupted)
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs))
  }
}

/** After a start the gateway takes a moment to find the turns that still run. */
function isTooEarly(text) {
  return String(text).startsWith('No turn of this session is executing')
}

/** Nobody listened there, so nothing was asked. */
function isRefused(error) {
  return ['ConnectionRefused', 'ECONNREFUSED'].includes(error?.code ?? error?.cause?.code)
}

export const Jackdaw = async ({ client }) => ({
  tool: Object.fromEntries(
    definitions.map(({ name, description, parameters }) => [
      '${prefix}' + name,
      {
        description,
        args: parameters.properties ?? {},
        execute: (args, context) => call(client, name, args, context),
      },
    ]),
  ),
  // OpenCode takes every argument of a plugin for required.
  'tool.definition': async ({ toolID }, output) => {
    const found = definitions.find(({ name }) => '${prefix}' + name === toolID)
    if (found) output.jsonSchema = found.parameters
  },
})
`
}
