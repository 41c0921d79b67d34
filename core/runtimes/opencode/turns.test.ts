import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeOpenCodeRuntime } from '../../../test/fakes/opencode-runtime.ts'
import { runTurn } from '../../../test/fakes/run-turn.ts'
import { makeTurn } from '../../../test/fakes/turn.ts'
import { OpenCodeServer } from '../../../test/servers/opencode.ts'
import { RuntimeError } from '../../errors.ts'
import type { RequestAnswer, RuntimeEvent, Turn } from '../../runtime-port.ts'
import type { OpenCodeRuntime } from './runtime.ts'

const never = new Promise<void>(() => undefined)

function reply(events: readonly RuntimeEvent[]): string | undefined {
  const last = events.at(-1)
  return last?.type === 'done' ? last.reply.text : undefined
}

const isFailure = (code: string) => (error: unknown) =>
  error instanceof RuntimeError && error.code === code

/** Runs a turn whose every request gets the next answer. */
async function answering(runtime: OpenCodeRuntime, turn: Turn, answers: readonly RequestAnswer[]) {
  const events: RuntimeEvent[] = []
  const left = [...answers]
  for await (const event of runtime.execute(turn, new AbortController().signal)) {
    events.push(event)
    const answer = event.type === 'request' ? left.shift() : undefined
    if (event.type !== 'request' || !answer) continue
    assert.equal(await runtime.respond(turn.runId, event.request.id, answer), true)
  }
  return events
}

test('a session is made once, reported, and used again; a new generation gets a new one', async () => {
  await using server = await OpenCodeServer.start()
  const runtime = makeOpenCodeRuntime(server.url)
  const [first] = await runTurn(runtime, makeTurn())
  assert.ok(first?.type === 'session')
  const { runtimeSession } = first
  const session = { id: 's1', key: 'k', generation: 1, runtimeSession }
  const again = await runTurn(makeOpenCodeRuntime(server.url), makeTurn({ session }))
  assert.equal(again[0]?.type, 'accepted')
  const fresh = await runTurn(runtime, makeTurn({ session: { id: 's1', key: 'k', generation: 2 } }))
  assert.ok(fresh[0]?.type === 'session' && fresh[0].runtimeSession !== runtimeSession)
  assert.equal(server.world.sessions.size, 2)
  assert.deepEqual(server.refusals, [])
})

test('a session that the server has lost is made anew, with what was said before', async () => {
  await using server = await OpenCodeServer.start()
  const session = { id: 's1', key: 'k', generation: 1, runtimeSession: 'ses_gone' }
  const history = async () => [{ role: 'user' as const, text: 'I am Ana', at: 1 }]
  await runTurn(makeOpenCodeRuntime(server.url), makeTurn({ session, history }))
  const { text } = await server.prompt('Hello')
  assert.match(text, /Said earlier .*\n> They: I am Ana\n\nHello$/s)
})

test('tools, thoughts and usage are told, and a tool that fails takes nothing from the answer', async () => {
  await using server = await OpenCodeServer.start()
  server.when(
    'Hello',
    { type: 'reasoning', text: 'Hm, a greeting.' },
    { type: 'text', text: 'Let me see.' },
    { type: 'tool', name: 'read', title: 'notes.md', error: 'no such file' },
    { type: 'child', tool: 'grep' },
    { type: 'text', text: 'Nothing there.' },
  )
  const events = await runTurn(makeOpenCodeRuntime(server.url), makeTurn())
  assert.equal(reply(events), 'Let me see.\n\nNothing there.')
  const tools = events.flatMap((event) =>
    event.type === 'tool' ? [`${event.name} ${event.state}`] : [],
  )
  assert.deepEqual(tools, [
    'read running',
    'read failed',
    'task running',
    'grep running',
    'grep completed',
    'task completed',
  ])
  const usage = events.flatMap((event) => (event.type === 'usage' ? [event.usage] : []))
  // Three messages of its own and two of the tool's session.
  assert.equal(new Set(usage.map(({ id }) => id)).size, 5)
  assert.equal(usage.filter(({ isLast }) => isLast).length, 1)
  const { id: _, ...first } = usage[0] ?? {}
  assert.deepEqual(first, {
    model: 'fake/fake-1',
    inputTokens: 150,
    outputTokens: 25,
    cachedTokens: 50,
    costUsd: 0.01,
  })
})

test('what is allowed runs, and what is refused with a word goes on without it', async () => {
  await using server = await OpenCodeServer.start()
  server.when('Hello', { type: 'permission', command: 'rm x' }, { type: 'text', text: 'Done.' })
  const runtime = makeOpenCodeRuntime(server.url)
  const allowed = await answering(runtime, makeTurn(), [{ option: 'once' }])
  assert.equal(reply(allowed), 'Done.')
  const request = allowed.find((event) => event.type === 'request')?.request
  assert.equal(request?.title, 'bash: rm x')
  assert.deepEqual(
    request?.options.map(({ id, allows }) => [id, allows]),
    [
      ['once', 'once'],
      ['reject', 'nothing'],
    ],
  )
  assert.equal(request?.grant, 'bash: echo *')
  assert.equal(allowed.filter(({ type }) => type === 'request').length, 1)
  assert.ok(allowed.some(({ type }) => type === 'request-closed'))
  const note = 'Nobody can be asked.'
  const refused = await answering(runtime, makeTurn(), [{ option: 'reject', note }])
  assert.equal(reply(refused), 'Done.')
})

test('questions put at once are answered one by one, and a refusal without a word ends the turn', async () => {
  await using server = await OpenCodeServer.start()
  const question = {
    type: 'question',
    questions: ['Which?', 'How?'],
    options: ['Red', 'Blue'],
  } as const
  server.when('Hello', question, { type: 'text', text: 'I see.' })
  const runtime = makeOpenCodeRuntime(server.url)
  const events = await answering(runtime, makeTurn(), [{ option: '1' }, { text: 'Slowly' }])
  assert.equal(reply(events), 'I see.')
  assert.ok(events.some((event) => event.type === 'tool' && event.title === 'Blue, Slowly'))
  assert.equal(reply(await answering(runtime, makeTurn(), [{ option: 'dismiss' }])), '')
})

test('an abort is confirmed, its stale permission refused, and the next turn keeps its own end', async () => {
  await using server = await OpenCodeServer.start()
  server.when('Hello', { type: 'permission', command: 'rm x' })
  const runtime = makeOpenCodeRuntime(server.url)
  const stop = new AbortController()
  const turn = makeTurn()
  for await (const event of runtime.execute(turn, stop.signal)) {
    if (event.type === 'request') stop.abort()
  }
  assert.equal(server.world.permissions.size, 0)
  assert.equal(await runtime.respond(turn.runId, 'per_1', { option: 'once' }), false)
  const next = await runTurn(runtime, makeTurn({ messages: ['Next'] }))
  assert.equal(reply(next)?.endsWith('Next'), true)
  assert.ok(!next.some(({ type }) => type === 'request'))
  assert.deepEqual(server.refusals, [])
})

test('a session that is still busy is stopped before it is prompted', async () => {
  await using server = await OpenCodeServer.start()
  server.when('Hello', { type: 'wait', until: never })
  const runtime = makeOpenCodeRuntime(server.url)
  const stop = new AbortController()
  server.faults.ignoresAborts = true
  const first = runtime.execute(makeTurn(), stop.signal)
  const left = (async () => {
    for await (const _ of first);
  })()
  await server.prompt('Hello')
  stop.abort()
  await left
  server.faults.ignoresAborts = false
  assert.equal(
    reply(await runTurn(runtime, makeTurn({ messages: ['Next'] })))?.endsWith('Next'),
    true,
  )
  assert.deepEqual(server.refusals, [])
})

test('an unknown model is only told of in an event, and fails the turn at once', async () => {
  await using server = await OpenCodeServer.start()
  // Origin: OpenCode 1.18.33, session.error after a prompt for a model it does not know.
  const message = 'Model not found: nope/x. Did you mean: other?'
  const error = { name: 'UnknownError', data: { message } } as const
  server.when('Hello', { type: 'error', error, isStored: false })
  await assert.rejects(runTurn(makeOpenCodeRuntime(server.url), makeTurn()), isFailure('not-found'))
})

test('a failure after tools have run is not repeated', async () => {
  await using server = await OpenCodeServer.start()
  const error = {
    name: 'APIError',
    data: { message: 'x', statusCode: 503, isRetryable: true },
  } as const
  server.when('Hello', { type: 'tool', name: 'bash' }, { type: 'error', error })
  await assert.rejects(
    runTurn(makeOpenCodeRuntime(server.url), makeTurn()),
    (failure) => failure instanceof RuntimeError && !failure.isRetryable,
  )
})

test('what others call the session is told once, and what Jackdaw called it is not', async () => {
  await using server = await OpenCodeServer.start()
  const gate = Promise.withResolvers<void>()
  server.when('Hello', { type: 'wait', until: gate.promise })
  const runtime = makeOpenCodeRuntime(server.url)
  const running = runTurn(runtime, makeTurn())
  const { sessionId } = await server.prompt('Hello')
  await server.streaming()
  const session = server.world.sessions.get(sessionId)
  assert.ok(session)
  assert.equal(session.title, 'Hello')
  server.world.rename(session, 'Hello')
  for (const _ of [1, 2]) server.world.rename(session, 'Greetings')
  gate.resolve()
  const titles = (events: readonly RuntimeEvent[]) =>
    events.flatMap((event) => (event.type === 'title' ? [event.title] : []))
  assert.deepEqual(titles(await running), ['Greetings'])
  assert.deepEqual(titles(await runTurn(runtime, makeTurn())), [])
  session.title = 'Hello'
  assert.deepEqual(titles(await runTurn(runtime, makeTurn())), [''])
  session.title = 'Later'
  assert.deepEqual(titles(await runTurn(runtime, makeTurn())), ['Later'])
  session.title = 'New session - 2026-01-01T12:00:00.000Z'
  assert.deepEqual(titles(await runTurn(runtime, makeTurn())), [''])
})

test('model, agent and instructions go with every prompt', async () => {
  await using server = await OpenCodeServer.start()
  const options = { model: 'a/b/c', agent: 'plan', instructions: 'Be kind.' }
  await runTurn(makeOpenCodeRuntime(server.url, options), makeTurn())
  const { body } = await server.prompt('Hello')
  assert.deepEqual(body['model'], { providerID: 'a', modelID: 'b/c' })
  assert.equal(body['agent'], 'plan')
  assert.match(`${body['system']}`, /Be kind\.$/)
})
