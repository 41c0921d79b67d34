import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeOpenCodeRuntime } from '../../../test/fakes/opencode-runtime.ts'
import { runTurn } from '../../../test/fakes/run-turn.ts'
import { makeTurn } from '../../../test/fakes/turn.ts'
import { OpenCodeServer } from '../../../test/servers/opencode.ts'
import { DetachedError, RuntimeError } from '../../errors.ts'
import type { RuntimeEvent, Turn, TurnMessage } from '../../runtime-port.ts'
import type { OpenCodeRuntime } from './runtime.ts'

function message(text: string, id = 'm9'): TurnMessage {
  const [said] = makeTurn({ messages: [{ id, text }] }).messages
  assert.ok(said)
  return said
}

function reply(events: readonly RuntimeEvent[]): string | undefined {
  const last = events.at(-1)
  return last?.type === 'done' ? last.reply.text : undefined
}

const heard = (events: readonly RuntimeEvent[]) =>
  events.flatMap((event) => (event.type === 'steered' ? [event.messageId] : []))
const shown = (events: readonly RuntimeEvent[]) =>
  events.map((event) => (event.type === 'text' ? event.delta : '')).join('')

/** A turn that writes `One.`, waits for `goesOn`, and is over. */
async function working(server: OpenCodeServer, runtime = makeOpenCodeRuntime(server.url)) {
  const gate = Promise.withResolvers<void>()
  const one = { type: 'text', text: 'One.' } as const
  server.when('Hello', one, { type: 'wait', until: gate.promise })
  server.when('And blue?', { type: 'text', text: 'Blue.' })
  const running = runTurn(runtime, makeTurn())
  const prompt = await server.prompt('Hello')
  return { runtime, running, prompt, goesOn: gate.resolve }
}

test('what is said into a turn that writes is answered below, in the same answer', async () => {
  await using server = await OpenCodeServer.start()
  const model = 'a/b'
  const { runtime, running, goesOn } = await working(
    server,
    makeOpenCodeRuntime(server.url, { model, agent: 'plan', instructions: 'Be kind.' }),
  )
  assert.equal(await runtime.steer('r1', message('And blue?')), true)
  goesOn()
  const events = await running
  assert.equal(reply(events), 'One.\n\nBlue.')
  assert.equal(shown(events), 'One.\n\nBlue.')
  assert.deepEqual(heard(events), ['m9'])
  const usage = events.flatMap((event) => (event.type === 'usage' ? [event.usage.isLast] : []))
  assert.deepEqual(usage, [undefined, true])
  const [first, second] = server.prompts
  assert.equal(second?.text, '[Said while you were at work:]\n\nAnd blue?')
  // The rest of the turn is the newest prompt's: its model, its agent, its instructions.
  assert.deepEqual(second?.body['agent'], 'build')
  assert.deepEqual(second?.body['model'], { providerID: 'fake', modelID: 'fake-1' })
  assert.notEqual(second?.messageId, first?.messageId)
  assert.equal(await runtime.steer('r1', message('Late')), false)
  assert.equal(server.prompts.length, 2)
  assert.deepEqual(server.refusals, [])
})

test('what is said while a tool waits for a person is heard in the step after it', async () => {
  await using server = await OpenCodeServer.start()
  server.when('Hello', { type: 'permission', command: 'rm x' }, { type: 'text', text: 'Both.' })
  const runtime = makeOpenCodeRuntime(server.url)
  const events: RuntimeEvent[] = []
  for await (const event of runtime.execute(makeTurn(), new AbortController().signal)) {
    events.push(event)
    if (event.type !== 'request') continue
    assert.equal(await runtime.steer('r1', message('And blue?')), true)
    assert.equal(await runtime.respond('r1', event.request.id, { option: 'once' }), true)
  }
  assert.equal(reply(events), 'Both.')
  assert.deepEqual(heard(events), ['m9'])
})

test('what was said is answered though a tool was refused without a word', async () => {
  await using server = await OpenCodeServer.start()
  server.when('Hello', { type: 'permission', command: 'rm x' })
  server.when('And blue?', { type: 'text', text: 'Blue.' })
  server.faults.overlooksPrompts = true
  const runtime = makeOpenCodeRuntime(server.url)
  const events: RuntimeEvent[] = []
  for await (const event of runtime.execute(makeTurn(), new AbortController().signal)) {
    events.push(event)
    if (event.type !== 'request') continue
    await runtime.steer('r1', message('And blue?'))
    await runtime.respond('r1', event.request.id, { option: 'reject' })
  }
  assert.equal(reply(events), 'Blue.')
})

test('a loop that ends just before a message is stored is made to look at it', async () => {
  await using server = await OpenCodeServer.start()
  server.faults.overlooksPrompts = true
  const { runtime, running, prompt, goesOn } = await working(server)
  assert.equal(await runtime.steer('r1', message('And blue?')), true)
  goesOn()
  assert.equal(reply(await running), 'One.\n\nBlue.')
  const { messages } = server.world.sessions.get(prompt.sessionId) ?? { messages: [] }
  const said = messages.filter(({ info }) => info.role === 'user')
  assert.deepEqual(
    said.map(({ parts }) => parts.length),
    [1, 1],
    'sent twice under one id, it stands there once',
  )
})

test('what arrives late is waited for', async () => {
  await using server = await OpenCodeServer.start()
  const late = Promise.withResolvers<void>()
  server.faults.storesLate = late.promise
  const { runtime, running, goesOn } = await working(
    server,
    makeOpenCodeRuntime(server.url, { limits: { idleMs: 2_000 } }),
  )
  const steering = runtime.steer('r1', message('And blue?'))
  goesOn()
  late.resolve()
  assert.equal(await steering, true)
  assert.equal(reply(await running), 'One.\n\nBlue.')
})

test('what never arrives is not part of the turn, and does not keep it', async () => {
  await using server = await OpenCodeServer.start()
  server.faults.storesLate = new Promise<void>(() => undefined)
  const { runtime, running, goesOn } = await working(server)
  const lost = runtime.steer('r1', message('And blue?'))
  await assert.rejects(lost, (error) => error instanceof RuntimeError && error.isRetryable)
  goesOn()
  const events = await running
  assert.equal(reply(events), 'One.')
  assert.deepEqual(heard(events), [])
})

test('what the server stored without ever saying so is part of the turn', async () => {
  await using server = await OpenCodeServer.start()
  server.faults.hangsPrompts = true
  const { runtime, running, goesOn } = await working(server)
  const steering = runtime.steer('r1', message('And blue?'))
  await server.prompt('And blue?')
  goesOn()
  const events = await running
  assert.equal(reply(events), 'One.\n\nBlue.')
  assert.deepEqual(heard(events), ['m9'])
  assert.equal(await steering, true)
})

test('an abort leaves nothing behind that was said into the turn', async () => {
  await using server = await OpenCodeServer.start()
  const never = new Promise<void>(() => undefined)
  server.when('Hello', { type: 'wait', until: never })
  const runtime = makeOpenCodeRuntime(server.url)
  const stop = new AbortController()
  const running = (async () => {
    for await (const _ of runtime.execute(makeTurn(), stop.signal));
  })()
  const prompt = await server.prompt('Hello')
  await runtime.steer('r1', message('And blue?'))
  stop.abort()
  await running
  assert.equal(server.world.sessions.get(prompt.sessionId)?.isBusy, false)
  const next = await runTurn(runtime, makeTurn({ messages: ['Next'] }))
  assert.equal(reply(next)?.endsWith('Next'), true)
  assert.deepEqual(heard(next), [])
})

/** Cut off as by the end of the gateway, once the agent has begun; the turn as the next one gets it. */
async function leave(runtime: OpenCodeRuntime, meanwhile: () => unknown) {
  const turn = makeTurn()
  const stop = new AbortController()
  let [runtimeSession, promptId] = ['', '']
  for await (const event of runtime.execute(turn, stop.signal)) {
    if (event.type === 'session') runtimeSession = event.runtimeSession
    if (event.type === 'accepted') promptId = event.promptId
    if (event.type !== 'text') continue
    await meanwhile()
    stop.abort(new DetachedError())
  }
  return { ...turn, session: { ...turn.session, runtimeSession }, promptId }
}

async function resume(
  runtime: OpenCodeRuntime,
  turn: Turn,
  onText: () => Promise<void>,
): Promise<RuntimeEvent[]> {
  const events: RuntimeEvent[] = []
  for await (const event of runtime.resume(turn, new AbortController().signal)) {
    events.push(event)
    if (event.type === 'text' && event.delta === 'One.') await onText()
  }
  return events
}

for (const moment of ['while it runs', 'when it is over'] as const) {
  test(`after a restart, ${moment}, a turn tells what was said into it, and takes more`, async () => {
    await using server = await OpenCodeServer.start()
    const gate = Promise.withResolvers<void>()
    const one = { type: 'text', text: 'One.' } as const
    server.when('Hello', one, { type: 'wait', until: gate.promise })
    server.when('And blue?', { type: 'text', text: 'Blue.' })
    server.when('And red?', { type: 'text', text: 'Red.' })
    const before = makeOpenCodeRuntime(server.url)
    const turn = await leave(before, () => before.steer('r1', message('And blue?')))
    const prompt = await server.prompt('And blue?')
    const runtime = makeOpenCodeRuntime(server.url)
    if (moment === 'when it is over') {
      gate.resolve()
      await server.idle(prompt)
    }
    const events = await resume(runtime, turn, async () => {
      if (moment === 'when it is over') return
      assert.equal(await runtime.steer('r1', message('And red?', 'm10')), true)
      gate.resolve()
    })
    const isRunning = moment === 'while it runs'
    assert.equal(reply(events), `One.\n\nBlue.${isRunning ? '\n\nRed.' : ''}`)
    assert.deepEqual(heard(events), isRunning ? ['m9', 'm10'] : ['m9'])
    assert.equal(shown(events), reply(events))
  })
}

test('a server that dies takes what was said into the turn with it', async () => {
  await using server = await OpenCodeServer.start()
  const { runtime, running } = await working(server)
  await runtime.steer('r1', message('And blue?'))
  server.crash()
  await assert.rejects(running, (error) => error instanceof RuntimeError && error.code === 'lost')
})

test('nothing is said into a turn whose prompt is not there yet, nor into none', async () => {
  await using server = await OpenCodeServer.start()
  const runtime = makeOpenCodeRuntime(server.url)
  assert.equal(await runtime.steer('r1', message('Hm')), false)
  server.faults.swallowsPrompts = true
  const running = runTurn(runtime, makeTurn()).catch(() => undefined)
  await server.streaming()
  assert.equal(await runtime.steer('r1', message('Hm')), false)
  await running
  assert.equal(server.prompts.length, 0)
})
