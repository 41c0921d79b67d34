import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runtimeContract } from '../../../test/contracts/runtime.ts'
import { makeOpenAiRuntime } from '../../../test/fakes/openai-runtime.ts'
import { runTurn } from '../../../test/fakes/run-turn.ts'
import { makeTurn } from '../../../test/fakes/turn.ts'
import { ModelServer } from '../../../test/servers/model.ts'
import { RuntimeError } from '../../errors.ts'
import type { HistoryEntry, RuntimeEvent } from '../../runtime-port.ts'

const apiKey = 'sk-test-4f9d2c71b0'

function reply(events: readonly RuntimeEvent[]): string {
  const last = events.at(-1)
  assert.equal(last?.type, 'done')
  assert.equal(last.reply.format, 'markdown')
  return last.reply.text
}

const isFailure = (code: string, isRetryable: boolean) => (error: unknown) =>
  error instanceof RuntimeError && error.code === code && error.isRetryable === isRetryable

runtimeContract('openai', async () => {
  const server = await ModelServer.start({ apiKey })
  let turns = 0
  const nextTurn = () => `turn-${++turns}.`
  return {
    runtime: makeOpenAiRuntime(server.url, { apiKey }),
    secret: apiKey,
    answering(answer, turn) {
      const text = nextTurn()
      server.when(text, { type: 'text', text: answer })
      return makeTurn({ ...turn, messages: [text] })
    },
    hanging() {
      const text = nextTurn()
      server.when(text, { type: 'silent', text: 'Hm' })
      const started = server.request()
      return {
        turn: makeTurn({ messages: [text] }),
        started: started.then(() => undefined),
        ended: started.then((request) => request.abandoned),
      }
    },
    failing: () =>
      [
        { status: 401, code: 'unauthorized', isRetryable: false },
        { status: 429, code: 'rate-limited', isRetryable: true },
        { status: 500, code: 'unavailable', isRetryable: true },
        { status: 400, code: 'rejected', isRetryable: false },
      ].map(({ status, code, isRetryable }) => {
        const text = nextTurn()
        server.when(text, { type: 'error', status, message: `Your key ${apiKey} is known here.` })
        return { turn: makeTurn({ messages: [text] }), code, isRetryable }
      }),
    [Symbol.asyncDispose]: async () => await server.close(),
  }
})

test('text, usage and the whole answer come in this order', async () => {
  await using server = await ModelServer.start()
  server.next({
    type: 'text',
    text: 'Good morning!',
    pieceLength: 5,
    reasoning: 'The person greets me.',
    usage: { input: 120, output: 4, cached: 100 },
  })
  const runtime = makeOpenAiRuntime(server.url, { instructions: 'Be kind.' })
  const events = await runTurn(runtime, makeTurn({ messages: ['Morning'] }))
  const usage = { model: 'scripted-1', inputTokens: 120, outputTokens: 4, cachedTokens: 100 }
  assert.deepEqual(events, [
    { type: 'text', delta: 'Good ' },
    { type: 'text', delta: 'morni' },
    { type: 'text', delta: 'ng!' },
    { type: 'usage', usage },
    { type: 'done', reply: { text: 'Good morning!', format: 'markdown' } },
  ])
  const request = await server.request()
  assert.match(request.systemText, /^You are an assistant.*\n\nBe kind\.$/s)
  assert.equal(request.lastUserText, '[It is 2026-01-01T00:00:00.000Z.]\n\nMorning')
})

test('a server that counts nothing reports no usage', async () => {
  await using server = await ModelServer.start()
  server.next({ type: 'text', text: 'Hi', usage: null })
  const events = await runTurn(makeOpenAiRuntime(server.url), makeTurn())
  assert.deepEqual(
    events.map(({ type }) => type),
    ['text', 'done'],
  )
})

test('the history goes along, alternating and beginning with the person', async () => {
  await using server = await ModelServer.start()
  const history: HistoryEntry[] = [
    { role: 'assistant', text: 'zero', at: 0 },
    { role: 'user', text: 'one', at: 1 },
    { role: 'user', text: 'two', at: 2 },
    { role: 'assistant', text: 'three', at: 3 },
  ]
  await runTurn(makeOpenAiRuntime(server.url), makeTurn({ history: async () => history }))
  const { body } = await server.request()
  assert.deepEqual(
    body.messages.slice(1).map(({ role, content }) => [role, content]),
    [
      ['user', 'one\n\ntwo'],
      ['assistant', 'three'],
      ['user', '[It is 2026-01-01T00:00:00.000Z.]\n\nHello'],
    ],
  )
})

test('a request refused as too long is asked once more with half of the history', async () => {
  await using server = await ModelServer.start()
  const history = Array.from({ length: 20 }, (_, index): HistoryEntry => {
    return { role: index % 2 ? 'assistant' : 'user', text: `entry ${index} `.repeat(20), at: index }
  })
  const tooLong = { type: 'error', status: 400, code: 'context_length_exceeded' } as const
  server.next(tooLong, { type: 'text', text: 'fits' })
  const turn = makeTurn({ history: async () => history })
  assert.equal(reply(await runTurn(makeOpenAiRuntime(server.url), turn)), 'fits')
  const [first, second] = server.requests.map(({ body }) => body.messages.length)
  assert.ok(
    first === 22 && second !== undefined && second >= 10 && second <= 13,
    `${first} ${second}`,
  )

  server.next(tooLong, tooLong)
  await assert.rejects(runTurn(makeOpenAiRuntime(server.url), turn), isFailure('too-long', false))
  assert.equal(server.requests.length, 4)
})

test('a server that knows no usage option is asked without it', async () => {
  await using server = await ModelServer.start()
  server.next(
    { type: 'error', status: 422, message: 'stream_options: extra inputs' },
    { type: 'text', text: 'Hi' },
  )
  assert.equal(reply(await runTurn(makeOpenAiRuntime(server.url), makeTurn())), 'Hi')
  assert.deepEqual(
    server.requests.map(({ body }) => body.stream_options),
    [{ include_usage: true }, undefined],
  )
})

test('a rate limit says how long to wait', async () => {
  await using server = await ModelServer.start()
  server.next({ type: 'error', status: 429, headers: { 'retry-after': '12' } })
  await assert.rejects(
    runTurn(makeOpenAiRuntime(server.url), makeTurn()),
    (error) => error instanceof RuntimeError && error.retryAfterMs === 12_000,
  )
  assert.equal(server.requests.length, 1)
})

test('nobody there is a failure that may pass', async () => {
  const server = await ModelServer.start()
  const { url } = server
  await server.close()
  await assert.rejects(runTurn(makeOpenAiRuntime(url), makeTurn()), isFailure('unreachable', true))
})

test('a key that cannot be sent is not shown', async () => {
  await using server = await ModelServer.start()
  const runtime = makeOpenAiRuntime(server.url, { apiKey: `${apiKey}\nx: y` })
  await assert.rejects(runTurn(runtime, makeTurn()), (error) => {
    assert.ok(error instanceof RuntimeError)
    assert.ok(!`${error.stack} ${error.cause}`.includes(apiKey), error.message)
    return true
  })
})

test('health says whether the server can be asked', async () => {
  const server = await ModelServer.start({ apiKey })
  const { signal } = new AbortController()
  assert.equal((await makeOpenAiRuntime(server.url, { apiKey }).health(signal)).isHealthy, true)
  const stranger = await makeOpenAiRuntime(server.url, { apiKey: 'wrong-key' }).health(signal)
  assert.deepEqual(stranger, { isHealthy: false, detail: 'The model server refuses the API key.' })
  const { url } = server
  await server.close()
  assert.equal((await makeOpenAiRuntime(url).health(signal)).isHealthy, false)
})
