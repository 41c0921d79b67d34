import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../test/fakes/manual-clock.ts'
import { makeTurn } from '../../test/fakes/turn.ts'
import { ModelServer } from '../../test/servers/model.ts'
import { OpenCodeServer } from '../../test/servers/opencode.ts'
import { RuntimeError } from '../errors.ts'
import type { AgentRuntime, RuntimeEvent } from '../runtime-port.ts'
import { AutoRuntime } from './auto-runtime.ts'
import { createRuntime, type RuntimeContext } from './create.ts'

function makeContext(
  env: Record<string, string> = {},
): RuntimeContext & { readonly clock: ManualClock } {
  return {
    clock: new ManualClock(),
    instructions: 'Be kind.',
    formatTime: String,
    formatDay: String,
    env,
    folder: '/nowhere/runtimes',
    workspace: '/nowhere/work',
    toolServers: () => [],
    // The discard port, which fetch refuses at once.
    endpoints: { openCode: 'http://127.0.0.1:9', ollama: 'http://127.0.0.1:9' },
  }
}

async function answer(runtime: AgentRuntime): Promise<string | undefined> {
  let last: RuntimeEvent | undefined
  for await (const event of runtime.execute(makeTurn(), new AbortController().signal)) last = event
  return last?.type === 'done' ? last.reply.text : undefined
}

test('every type is made', async () => {
  const echo = createRuntime({ type: 'echo', prefix: '> ', delayMs: 0 }, makeContext())
  assert.equal(await answer(echo), '> Hello')
  await using server = await ModelServer.start()
  const openai = createRuntime(
    { type: 'openai', baseUrl: server.url, apiKey: '', model: 'scripted-1', maxSteps: 2 },
    makeContext(),
  )
  assert.match((await answer(openai)) ?? '', /Hello$/)
  assert.match((await server.request()).systemText, /Be kind\.$/)
  await using openCode = await OpenCodeServer.start()
  const login = { username: 'opencode', password: '', directory: '/work' }
  const opencode = createRuntime({ type: 'opencode', url: openCode.url, ...login }, makeContext())
  const { isHealthy } = (await opencode.health?.(new AbortController().signal)) ?? {}
  assert.equal(isHealthy, true)
  assert.throws(
    () => createRuntime({ type: 'opencode', model: 'gpt', ...login }, makeContext()),
    (error) => error instanceof RuntimeError && /provider\/model/.test(error.message),
  )
  const missing = { type: 'acp', command: ['no-such-agent'], cwd: '/nowhere', env: {} } as const
  assert.equal(createRuntime(missing, makeContext()).name, 'acp')
})

test('auto chooses once, for the gateway and for the first turns alike', async () => {
  await using server = await ModelServer.start()
  const context = makeContext({ OPENAI_BASE_URL: server.url, OPENAI_MODEL: 'scripted-1' })
  const runtime = createRuntime({ type: 'auto' }, context)
  assert.ok(runtime instanceof AutoRuntime)
  const [first, second, choice] = await Promise.all([
    answer(runtime),
    answer(runtime),
    runtime.prepare(),
  ])
  assert.match(`${first} ${second}`, /Hello.*Hello$/s)
  assert.equal(await runtime.prepare(), choice)
  assert.equal(choice.choice.type, 'openai')
  const health = await runtime.health(new AbortController().signal)
  assert.equal(health.isHealthy, true)
  assert.match(health.detail, /OPENAI_BASE_URL is set/)
})

test('auto falls back to the echo, and its health says what to do', async () => {
  const runtime = createRuntime({ type: 'auto' }, makeContext())
  assert.equal(await answer(runtime), 'Hello')
  const health = await runtime.health?.(new AbortController().signal)
  assert.match(health?.detail ?? '', /built-in echo.*set OPENAI_API_KEY/)
})

test('a choice that is cut short by the end of the gateway answers no turn', async () => {
  const runtime = new AutoRuntime({
    choose: async (signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      throw signal.reason
    },
    create: () => assert.fail('nothing was chosen'),
  })
  const turn = answer(runtime)
  const refused = assert.rejects(
    turn,
    (error) => error instanceof RuntimeError && error.isRetryable,
  )
  await runtime.close()
  await runtime.close()
  await refused
})
