import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { ManualClock } from '../../test/fakes/manual-clock.ts'
import { ModelServer } from '../../test/servers/model.ts'
import { systemClock } from '../clock.ts'
import { chooseRuntime } from './auto.ts'
import { hostedModels } from './hosted-models.ts'

/** A server of this machine, or, without a listener, a port where nothing answers. */
async function listen(listener?: RequestListener): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  if (!listener) await close()
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: close }
}

const workspace = '/work/main'

const json =
  (path: string, body: unknown): RequestListener =>
  (request, response) => {
    if (request.url !== path) response.writeHead(404).end()
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

const tags = { models: [{ name: 'nomic-embed-text:latest' }, { name: 'qwen3:8b' }] }

async function choose(
  env: Record<string, string>,
  servers: { openCode?: RequestListener; ollama?: RequestListener } = {},
) {
  await using openCode = await listen(servers.openCode)
  await using ollama = await listen(servers.ollama)
  const endpoints = { openCode: openCode.url, ollama: ollama.url }
  // A minute of probing: the tests are about what is found, not about how fast this machine is today.
  const clock = {
    now: systemClock.now,
    sleep: (_: number, signal?: AbortSignal) => systemClock.sleep(60_000, signal),
  }
  const found = await chooseRuntime({
    env,
    clock,
    workspace,
    signal: new AbortController().signal,
    endpoints,
  })
  return { ...found, ollamaUrl: ollama.url }
}

test('with nothing there the echo answers, with a hint', async () => {
  const { choice, reason, hint } = await choose({})
  assert.deepEqual(choice, { type: 'echo', prefix: '', delayMs: 0 })
  assert.match(reason, /echo/)
  assert.match(hint ?? '', /OPENAI_API_KEY.*Ollama.*jackdaw\.yaml/)
})

test('every known key leads to its own endpoint and model', async () => {
  for (const { variable, baseUrl, model } of hostedModels) {
    const { choice, reason } = await choose({ [variable]: ' sk-secret ' })
    assert.deepEqual(choice, { type: 'openai', baseUrl, apiKey: 'sk-secret', model, maxSteps: 20 })
    assert.ok(reason.includes(variable) && !reason.includes('sk-secret'))
  }
})

test('OPENAI_MODEL names the model, and an empty key is none', async () => {
  const { choice } = await choose({ OPENAI_API_KEY: 'k', OPENAI_MODEL: 'gpt-x', GROQ_API_KEY: 'g' })
  assert.ok(choice.type === 'openai' && choice.model === 'gpt-x' && choice.apiKey === 'k')
  const other = await choose({ OPENAI_API_KEY: ' ', GROQ_API_KEY: 'g' })
  assert.ok(other.choice.type === 'openai' && other.choice.apiKey === 'g')
})

test('a server of one’s own is asked for its models when none is named', async () => {
  await using server = await ModelServer.start({
    models: ['text-embedding-1', 'mine-7b'],
    apiKey: 'sk-own-key',
  })
  const env = { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: 'sk-own-key' }
  const { choice } = await choose(env)
  assert.deepEqual(choice, {
    type: 'openai',
    baseUrl: server.url,
    apiKey: 'sk-own-key',
    model: 'mine-7b',
    maxSteps: 20,
  })
  const named = await choose({ ...env, OPENAI_MODEL: 'other' })
  assert.ok(named.choice.type === 'openai' && named.choice.model === 'other')
})

test('a server of one’s own that does not answer is said, and its key goes nowhere else', async () => {
  await using nobody = await listen()
  const { choice, hint } = await choose({
    OPENAI_BASE_URL: nobody.url,
    OPENAI_API_KEY: 'sk-own-key',
  })
  assert.equal(choice.type, 'echo')
  assert.match(hint ?? '', /set OPENAI_MODEL/)
})

test('Ollama is taken with its first model that can talk', async () => {
  const { choice, ollamaUrl } = await choose({}, { ollama: json('/api/tags', tags) })
  assert.deepEqual(choice, {
    type: 'openai',
    baseUrl: `${ollamaUrl}/v1`,
    apiKey: '',
    model: 'qwen3:8b',
    maxSteps: 20,
    contextTokens: 4096,
  })
})

test('an Ollama without a model that can talk is none', async () => {
  const models = [{ name: 'bge-m3' }, { name: 7 }, null]
  assert.equal((await choose({}, { ollama: json('/api/tags', { models }) })).choice.type, 'echo')
  assert.equal((await choose({}, { ollama: json('/api/tags', 'hello') })).choice.type, 'echo')
  assert.equal(
    (await choose({}, { ollama: (_, response) => response.end('<html>') })).choice.type,
    'echo',
  )
})

test('a running OpenCode is taken before a model: its agent has tools', async () => {
  const openCode = json('/global/health', { healthy: true, version: '1.18.33' })
  const { choice, reason } = await choose({ GROQ_API_KEY: 'g' }, { openCode })
  assert.ok(choice.type === 'opencode' && choice.directory === workspace)
  assert.match(choice.url ?? '', /^http:\/\/127\.0\.0\.1:\d+$/)
  assert.match(reason, /OpenCode is running here/)
})

test('servers that never answer cost 300 ms, all together', async () => {
  const clock = new ManualClock()
  await using mute = await listen(() => undefined)
  const endpoints = { openCode: mute.url, ollama: mute.url }
  const found = chooseRuntime({
    env: {},
    clock,
    workspace,
    signal: new AbortController().signal,
    endpoints,
  })
  await clock.untilSleeping(2)
  await clock.advance(300)
  assert.equal((await found).choice.type, 'echo')
  assert.equal(clock.sleeping, 0)
})

test('an abort ends the search without a choice', async () => {
  const clock = new ManualClock()
  await using mute = await listen(() => undefined)
  const stop = new AbortController()
  const endpoints = { openCode: mute.url, ollama: mute.url }
  const found = chooseRuntime({ env: {}, clock, workspace, signal: stop.signal, endpoints })
  await clock.untilSleeping(2)
  stop.abort(new Error('stopping'))
  await assert.rejects(found, /stopping/)
})
