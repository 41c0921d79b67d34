/**
 * An agent of the Agent Client Protocol that does as it is told, well or badly: a program of its own, for the tests of
 * the runtime. It is told by `ACP_AGENT` and by `rules.json`, see `acp-script.ts`.
 */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type AgentContext,
  agent,
  type ContentBlock,
  ndJsonStream,
  RequestError,
  type SessionUpdate,
} from '@agentclientprotocol/sdk'
import type { AcpAct, AcpAgentOptions, AcpNote, AcpRule } from './acp-script.ts'

const options = JSON.parse(process.env['ACP_AGENT'] ?? '{}') as AcpAgentOptions
const { folder } = options
const sessionsFolder = join(folder, 'sessions')
mkdirSync(sessionsFolder, { recursive: true })
let isLoggedIn = false
const cancels = new Map<string, () => void>()

function note(what: AcpNote['what'], detail?: unknown): void {
  const line: AcpNote = { what, pid: process.pid, ...(detail === undefined ? {} : { detail }) }
  appendFileSync(join(folder, 'notes.jsonl'), `${JSON.stringify(line)}\n`)
}

const forever = () => new Promise<never>(() => setInterval(() => undefined, 1_000_000))

note('start', { env: process.env, args: process.argv.slice(2), cwd: process.cwd() })
process.stderr.write('The agent starts.\n')
if (options.isStubborn === true) {
  process.on('SIGTERM', () => undefined)
  void forever()
}
switch (options.begin) {
  case 'exit':
    process.stderr.write(`No model is configured (${process.env['ACP_SECRET'] ?? ''})\n`)
    process.exit(3)
    break
  case 'garbage':
    process.stdout.write('Welcome! What shall we do today?\n')
    await forever()
    break
  case 'silent':
    await forever()
    break
  case 'banner':
    process.stdout.write('Loaded cached credentials.\n\n{"half": \n')
    break
}

function rulesFor(text: string): readonly AcpAct[] {
  const path = join(folder, 'rules.json')
  const rules = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as AcpRule[]) : []
  return rules.find((rule) => text.includes(rule.text))?.acts ?? [{ do: 'text', text: 'Hello!' }]
}

function opened(sessionId: string) {
  writeFileSync(join(sessionsFolder, sessionId), '')
  return {
    ...(options.options ? { configOptions: [...options.options] as never[] } : {}),
    ...(options.modes ? { modes: options.modes as never } : {}),
  }
}

function mustKnow(sessionId: string): void {
  if (!existsSync(join(sessionsFolder, sessionId))) throw RequestError.sessionNotFound(sessionId)
}

async function act(one: AcpAct, sessionId: string, client: AgentContext, turn: AbortSignal) {
  const say = (update: SessionUpdate) => client.notify('session/update', { sessionId, update })
  const text = (words: string, messageId?: string) =>
    say({
      sessionUpdate: 'agent_message_chunk',
      content: { type: 'text', text: words },
      ...(messageId === undefined ? {} : { messageId }),
    })
  switch (one.do) {
    case 'text':
      return await text(one.text, one.message)
    case 'thought':
      return await say({
        sessionUpdate: 'agent_thought_chunk',
        content: { type: 'text', text: one.text },
      })
    case 'update':
      return await say(one.update as SessionUpdate)
    case 'flood':
      for (let time = 0; time < one.times; time += 1) await text(one.text)
      return
    case 'raw':
      process.stdout.write(Buffer.from(one.bytes, 'base64'))
      return
    case 'permission': {
      const request = { sessionId, ...one.request } as never
      const { outcome } = await client.request('session/request_permission', request)
      note('chosen', outcome)
      return await text(outcome.outcome === 'selected' ? outcome.optionId : outcome.outcome)
    }
    case 'question': {
      const form = { mode: 'form', sessionId, message: 'Tell me', requestedSchema: one.schema }
      return await text(JSON.stringify(await client.request('elicitation/create', form as never)))
    }
    case 'hang': {
      await new Promise<void>((resolve) => turn.addEventListener('abort', () => resolve()))
      while (one.until !== undefined && !existsSync(join(folder, one.until))) await delay(10)
      if (one.late !== undefined) await text(one.late)
      return { stopReason: 'cancelled' as const }
    }
    case 'ignore':
      return await forever()
    case 'die':
      process.exit(one.code)
      break
    case 'fork': {
      const stdio = one.isDetached ? ('ignore' as const) : ('inherit' as const)
      const child = spawn('sleep', ['1000'], { stdio, detached: one.isDetached })
      note('fork', child.pid)
      return
    }
    case 'error':
      throw new RequestError(one.code, one.message, one.data)
    case 'stop':
      return { stopReason: one.reason as 'end_turn', ...(one.usage && { usage: one.usage }) }
  }
}

function textOf(blocks: readonly ContentBlock[]): string {
  return blocks.map((block) => (block.type === 'text' ? block.text : '')).join('\n')
}

const stdin = Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>
const connection = agent({ name: 'scripted' })
  .onRequest('initialize', ({ params }) => {
    note('initialize', params)
    if (options.begin === 'deaf') process.stdin.pause()
    return {
      protocolVersion: options.version ?? params.protocolVersion,
      agentInfo: { name: 'scripted', title: 'The scripted agent', version: '1.2' },
      authMethods: [
        { id: 'login', name: 'Log in', description: 'Run `scripted login`' },
        { id: 'browser', name: 'Browser', type: 'terminal' },
      ],
      agentCapabilities: {
        loadSession: options.canLoad === true,
        mcpCapabilities: { http: options.takesHttpTools === true },
        promptCapabilities: Object.fromEntries((options.takes ?? []).map((one) => [one, true])),
        sessionCapabilities: {
          ...(options.canResume === true ? { resume: {} } : {}),
          ...(options.canClose === true ? { close: {} } : {}),
        },
      },
    }
  })
  .onRequest('authenticate', ({ params }) => {
    note('authenticate', params)
    const key = process.env[options.loginNeeds ?? 'HOME']
    if (key === undefined) throw new RequestError(-32000, `${options.loginNeeds} is not set`)
    isLoggedIn = true
    return {}
  })
  .onRequest('session/new', ({ params }) => {
    if (options.wantsLogin === true && !isLoggedIn) throw RequestError.authRequired()
    const sessionId = randomUUID()
    note('new', { ...params, sessionId })
    return { sessionId, ...opened(sessionId) }
  })
  .onRequest('session/resume', ({ params }) => {
    mustKnow(params.sessionId)
    note('resume', params)
    return opened(params.sessionId)
  })
  .onRequest('session/load', async ({ params, client }) => {
    const { sessionId } = params
    mustKnow(sessionId)
    note('load', params)
    for (const text of ['An old answer.', 'Another old answer.']) {
      const content = { type: 'text' as const, text }
      const update = { sessionUpdate: 'agent_message_chunk' as const, content }
      await client.notify('session/update', { sessionId, update })
    }
    return opened(sessionId)
  })
  .onRequest('session/close', ({ params }) => note('close', params))
  .onRequest('session/set_mode', ({ params }) => note('set', params))
  .onRequest('session/set_config_option', ({ params }) => {
    note('set', params)
    const { configId } = params
    const value = String(params.value)
    const configOptions = (options.options ?? []).map((option) =>
      option['id'] === configId ? { ...option, currentValue: value } : option,
    )
    return { configOptions: configOptions as never[] }
  })
  .onNotification('session/cancel', ({ params }) => {
    note('cancel', params)
    cancels.get(params.sessionId)?.()
  })
  .onRequest('session/prompt', async ({ params, client }) => {
    const { sessionId, prompt } = params
    mustKnow(sessionId)
    const turn = new AbortController()
    cancels.set(sessionId, () => turn.abort())
    note('prompt', { sessionId, prompt })
    for (const one of rulesFor(textOf(prompt))) {
      const end = await act(one, sessionId, client, turn.signal)
      if (end) return end
    }
    return { stopReason: turn.signal.aborted ? ('cancelled' as const) : ('end_turn' as const) }
  })
  .connect(ndJsonStream(Writable.toWeb(process.stdout), stdin))
await connection.closed
