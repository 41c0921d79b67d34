import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { makeOpenCodeRuntime } from '../../../test/fakes/opencode-runtime.ts'
import { runTurn } from '../../../test/fakes/run-turn.ts'
import { makeTurn } from '../../../test/fakes/turn.ts'
import { OpenCodeServer } from '../../../test/servers/opencode.ts'
import { RuntimeError } from '../../errors.ts'
import type { RuntimeEvent, Turn } from '../../runtime-port.ts'
import type { OpenCodeRuntime } from './runtime.ts'

const never = new Promise<void>(() => undefined)

async function compact(
  runtime: OpenCodeRuntime,
  turn: Turn,
  signal = new AbortController().signal,
): Promise<RuntimeEvent[]> {
  const events: RuntimeEvent[] = []
  for await (const event of runtime.compact(turn, signal)) events.push(event)
  return events
}

async function eventually<T>(find: () => T | undefined): Promise<T> {
  for (const limit = AbortSignal.timeout(10_000); !limit.aborted; await turnOfTheLoop()) {
    const found = find()
    if (found !== undefined) return found
  }
  throw new Error('It never came.')
}

/** A turn that was run, as the next one of its session. */
async function spoken(runtime: OpenCodeRuntime): Promise<Turn> {
  const turn = makeTurn()
  const [first] = await runTurn(runtime, turn)
  assert.ok(first?.type === 'session')
  return { ...turn, session: { ...turn.session, runtimeSession: first.runtimeSession } }
}

test('what can be chosen is known soon after the first look, and nobody waits for it', async () => {
  await using server = await OpenCodeServer.start()
  const runtime = makeOpenCodeRuntime(server.url)
  assert.equal(runtime.catalog(), undefined)
  const catalog = await eventually(() => runtime.catalog())
  assert.deepEqual(catalog, {
    models: [
      { id: 'fake/fake-1', label: 'The fake/fake-1' },
      { id: 'other/big/one', label: 'The other/big/one' },
    ],
    modes: [
      { id: 'build', label: 'Does everything' },
      { id: 'plan', label: 'plan' },
    ],
  })
})

test('what a session chose is asked for instead of what is configured', async () => {
  await using server = await OpenCodeServer.start()
  const runtime = makeOpenCodeRuntime(server.url, { model: 'fake/fake-1', agent: 'build' })
  await runTurn(runtime, makeTurn({ choices: { model: 'other/big/one', mode: 'plan' } }))
  await runTurn(runtime, makeTurn({ choices: {} }))
  assert.deepEqual(
    server.prompts.map(({ body }) => [body['model'], body['agent']]),
    [
      [{ providerID: 'other', modelID: 'big/one' }, 'plan'],
      [{ providerID: 'fake', modelID: 'fake-1' }, 'build'],
    ],
  )
})

test('a session that goes back to the usual model is told which that is', async () => {
  await using server = await OpenCodeServer.start()
  const runtime = makeOpenCodeRuntime(server.url)
  const turn = await spoken(runtime)
  await runTurn(runtime, { ...turn, choices: { model: 'other/big/one' } })
  await runTurn(runtime, { ...turn, choices: {} })
  assert.deepEqual(
    server.prompts.map(({ body }) => body['model']),
    [
      undefined,
      { providerID: 'other', modelID: 'big/one' },
      { providerID: 'fake', modelID: 'usual' },
    ],
  )
})

test('a session is shortened with the model that answers in it, and that counts', async () => {
  await using server = await OpenCodeServer.start()
  const runtime = makeOpenCodeRuntime(server.url)
  const turn = await spoken(runtime)
  const events = await compact(runtime, turn)
  assert.deepEqual(
    events.map(({ type }) => type),
    ['usage', 'done'],
  )
  await compact(runtime, { ...turn, choices: { model: 'other/big/one' } })
  assert.deepEqual(server.shortened, [
    { providerID: 'fake', modelID: 'fake-1' },
    { providerID: 'other', modelID: 'big/one' },
  ])
  assert.deepEqual(server.refusals, [])
})

test('a session in which nothing was said is not shortened', async () => {
  await using server = await OpenCodeServer.start()
  const events = await compact(makeOpenCodeRuntime(server.url), makeTurn())
  assert.deepEqual(events.at(-1), { type: 'done', reply: { text: '', format: 'plain' } })
  assert.deepEqual(server.shortened, [])
})

test('shortening is followed past a connection that breaks', async () => {
  await using server = await OpenCodeServer.start()
  const runtime = makeOpenCodeRuntime(server.url)
  const turn = await spoken(runtime)
  const gate = Promise.withResolvers<void>()
  server.shortening = gate.promise
  const running = compact(runtime, turn)
  await server.world.watched.until(
    () => server.shortened.at(0),
    () => 'Nothing is shortened.',
  )
  server.breakConnections()
  gate.resolve()
  assert.equal((await running).at(-1)?.type, 'done')
  assert.equal(server.shortened.length, 1)
})

test('shortening that is stopped stops on the server too', async () => {
  await using server = await OpenCodeServer.start()
  const runtime = makeOpenCodeRuntime(server.url)
  const turn = await spoken(runtime)
  server.shortening = never
  const stop = new AbortController()
  const running = compact(runtime, turn, stop.signal)
  await server.world.watched.until(
    () => server.shortened.at(0),
    () => 'Nothing is shortened.',
  )
  stop.abort()
  assert.deepEqual(await running, [])
  assert.ok([...server.world.sessions.values()].every(({ isBusy }) => !isBusy))
})

test('shortening that its server does not survive is a failure that may pass', async () => {
  await using server = await OpenCodeServer.start()
  const runtime = makeOpenCodeRuntime(server.url)
  const turn = await spoken(runtime)
  server.shortening = never
  const running = compact(runtime, turn)
  await server.world.watched.until(
    () => server.shortened.at(0),
    () => 'Nothing is shortened.',
  )
  server.crash()
  await assert.rejects(running, (error) => error instanceof RuntimeError && error.isRetryable)
})
