import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeOpenCodeRuntime } from '../../../test/fakes/opencode-runtime.ts'
import { runTurn } from '../../../test/fakes/run-turn.ts'
import { makeTurn } from '../../../test/fakes/turn.ts'
import { OpenCodeServer } from '../../../test/servers/opencode.ts'
import { systemClock } from '../../clock.ts'
import { RuntimeError } from '../../errors.ts'

const { signal } = new AbortController()

async function failureAt(server: OpenCodeServer, password = ''): Promise<RuntimeError> {
  const runtime = makeOpenCodeRuntime(server.url, { password })
  const error = await runTurn(runtime, makeTurn()).then(
    () => undefined,
    (failure: unknown) => failure,
  )
  assert.ok(error instanceof RuntimeError)
  assert.deepEqual(await runtime.health(signal), { isHealthy: false, detail: error.message })
  return error
}

test('OpenCode 2.x is refused with what to run instead', async () => {
  await using server = await OpenCodeServer.start()
  server.faults.isSecond = true
  const { code, message, isRetryable } = await failureAt(server)
  assert.deepEqual([code, isRetryable], ['version', false])
  assert.match(message, /is OpenCode 2\.x.*opencode-ai@1/)
})

test('the page of a proxy is no answer, whatever its status', async () => {
  await using server = await OpenCodeServer.start()
  for (const status of [200, 502]) {
    server.faults.page = { status, html: '<h1>Log in</h1>' }
    const { code, message } = await failureAt(server)
    assert.equal(code, 'bad-response')
    assert.match(message, /A web page came.*proxy/)
  }
})

test('a wrong password is said, and not shown', async () => {
  await using server = await OpenCodeServer.start({ password: 'right-password' })
  const { code, message } = await failureAt(server, 'wrong-password')
  assert.equal(code, 'unauthorized')
  assert.match(message, /check username and password/)
  assert.ok(!message.includes('wrong-password'))
})

test('nobody there is a failure that may pass', async () => {
  const server = await OpenCodeServer.start()
  await server.close()
  const { code, isRetryable } = await failureAt(server)
  assert.deepEqual([code, isRetryable], ['unreachable', true])
})

test('a probe that hangs while the server boots is repeated', async () => {
  await using server = await OpenCodeServer.start()
  server.faults.hangingProbes = 2
  // The time of the two that hang passes at once; everything else takes the time it takes.
  let probes = 0
  const clock = {
    now: systemClock.now,
    sleep(ms: number, stop?: AbortSignal) {
      if (ms === 2_000) probes += 1
      return systemClock.sleep(ms === 2_000 && probes <= 2 ? 20 : ms, stop)
    },
  }
  const events = await runTurn(makeOpenCodeRuntime(server.url, { clock }), makeTurn())
  assert.equal(events.at(-1)?.type, 'done')
})

test('a proxy that shows a page in the middle of a turn does not cost the answer', async () => {
  await using server = await OpenCodeServer.start()
  const gate = Promise.withResolvers<void>()
  server.when('Hello', { type: 'wait', until: gate.promise }, { type: 'text', text: 'Here' })
  const running = runTurn(makeOpenCodeRuntime(server.url), makeTurn())
  await server.prompt('Hello')
  server.faults.page = { status: 502, html: '<h1>Bad gateway</h1>' }
  server.endStreams()
  gate.resolve()
  await server.world.watched.until(
    () => (server.pages >= 2 ? true : undefined),
    () => 'The page was not seen.',
  )
  server.faults.page = undefined
  const last = (await running).at(-1)
  assert.ok(last?.type === 'done' && last.reply.text === 'Here')
})

test('a request that no event told of is found by asking', async () => {
  await using server = await OpenCodeServer.start()
  server.faults.isHalfOpen = true
  server.when('Hello', { type: 'permission', command: 'ls' }, { type: 'text', text: 'Done' })
  const runtime = makeOpenCodeRuntime(server.url)
  const turn = makeTurn()
  let text = ''
  for await (const event of runtime.execute(turn, signal)) {
    if (event.type === 'request')
      await runtime.respond(turn.runId, event.request.id, { option: 'once' })
    if (event.type === 'done') text = event.reply.text
  }
  assert.equal(text, 'Done')
})
