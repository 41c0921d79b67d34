import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { startRig } from '../test/fakes/rig.ts'
import { ends, fails, plain, ScriptedRuntime, streams } from '../test/fakes/scripted-runtime.ts'
import { RuntimeError } from './errors.ts'
import type { Usage } from './runtime-port.ts'

const away = fails(new RuntimeError('unreachable', 'No route to host.', { isRetryable: true }))
const refused = fails(new RuntimeError('refused', 'Not allowed.', { isRetryable: false }))

test('a failure that may pass is tried again after a growing pause, then answered', async () => {
  const runtime = new ScriptedRuntime({ work: away })
  await using rig = await startRig({ runtime })
  const startedAt = rig.clock.now()
  await rig.chat.says('work')
  await runtime.hasBegun(1)
  await rig.pass(1900)
  assert.equal(runtime.turns.length, 1)
  await rig.pass(700)
  assert.equal(runtime.turns.length, 2)
  runtime.script = { work: 'done' }
  await rig.pass(3000)
  await rig.chat.hearsNothingMore()
  await rig.pass(2200)
  const { at } = await rig.chat.hears('done')
  assert.ok(at - startedAt >= 6000)
  assert.deepEqual(
    runtime.turns.map(({ attempt, isInterrupted }) => ({ attempt, isInterrupted })),
    [1, 2, 3].map((attempt) => ({ attempt, isInterrupted: false })),
  )
})

test('the agent’s own wait is obeyed', async () => {
  const busy = { isRetryable: true, retryAfterMs: 40_000 }
  const runtime = new ScriptedRuntime({ work: fails(new RuntimeError('busy', 'Later.', busy)) })
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await runtime.hasBegun(1)
  runtime.script = { work: 'done' }
  await rig.pass(39_900)
  assert.equal(runtime.turns.length, 1)
  await rig.pass(200)
  await rig.chat.hears('done')
})

test('after the last attempt the person gets one plain sentence with the trace id', async () => {
  const runtime = new ScriptedRuntime({ work: away })
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await rig.pass(60_000)
  await rig.chat.hears('I could not reach my agent. Send /retry to try again. (trace r1)')
  await rig.chat.hearsNothingMore()
  assert.equal(runtime.turns.length, 3)
  const [run] = await rig.runs()
  assert.deepEqual([run?.state, run?.attempt, run?.error?.code], ['failed', 3, 'unreachable'])
})

test('a failure that will not pass ends the run at once, in the person’s language', async () => {
  const runtime = new ScriptedRuntime({ work: refused })
  await using rig = await startRig({ runtime })
  const chat = rig.direct({ id: '2', language: 'de' })
  await chat.says('work')
  await chat.hears(
    'Mein Agent hat die Anfrage abgelehnt. Mit /retry versuche ich es noch einmal. (Spur r1)',
  )
  assert.equal(runtime.turns.length, 1)
})

test('an error that is none of the agent’s own is a fault, told without its words', async () => {
  const runtime = new ScriptedRuntime({ work: fails(new TypeError('x is not a function')) })
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await rig.chat.hears(/^Something went wrong on my side\..*trace r1/)
  await rig.chat.says('hello')
  await rig.chat.hears('re: hello')
  assert.equal(rig.faults().length, 1)
})

test('an agent that returns without an answer is tried again', async () => {
  const runtime = new ScriptedRuntime({ work: ends })
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await runtime.hasBegun(1)
  runtime.script = { work: 'done' }
  await rig.pass(3000)
  await rig.chat.hears('done')
})

test('an empty answer is said to be one', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime({ work: ' \n ' }) })
  await rig.chat.says('work')
  await rig.chat.hears('My agent finished without saying anything.')
  await rig.chat.hearsNothingMore()
})

test('an agent that is not configured is a plain failure', async () => {
  await using rig = await startRig({
    runtime: new ScriptedRuntime(),
    settings: { defaultAgent: 'nobody' },
  })
  await rig.chat.says('work')
  await rig.chat.hears(/^I could not reach my agent\./)
  const [run] = await rig.runs()
  assert.equal(run?.error?.code, 'unknown-agent')
})

test('a run that takes longer than `runTimeoutMs` is stopped, and the person is told', async () => {
  const runtime = new ScriptedRuntime()
  runtime.script = { work: runtime.holds }
  await using rig = await startRig({ runtime, queue: { runTimeoutMs: 60_000 } })
  await rig.chat.says('work')
  await rig.pass(59_000)
  await rig.chat.hearsNothingMore()
  await rig.pass(3000)
  await rig.chat.hears(/^That took too long, so I stopped\./)
  await rig.chat.says('hello')
  await rig.chat.hears('re: hello')
})

test('an answer of 200 KB arrives as its beginning and a file with all of it', async () => {
  const text = 'A sentence of an answer that does not end. '.repeat(4800)
  await using rig = await startRig({ runtime: new ScriptedRuntime({ work: plain(text) }) })
  await rig.chat.says('work')
  const beginning = await rig.chat.hearsSomething()
  assert.ok(beginning.delivery.chunk.text.length <= 4096)
  const { delivery } = await rig.chat.hearsSomething()
  assert.ok(delivery.filePath)
  assert.equal(await readFile(delivery.filePath, 'utf8'), text)
  await rig.chat.hearsNothingMore()
})

test('an agent that floods is shown in part, kept in part, and answered with what it says last', async () => {
  const piece = 'x'.repeat(10_000)
  const flood = Array.from({ length: 1000 }, () => ({ type: 'text', delta: piece }) as const)
  await using rig = await startRig({
    runtime: new ScriptedRuntime({ work: streams(flood, 'that was it') }),
  })
  await rig.chat.says('work')
  await rig.chat.hears('that was it')
  const live = rig.said.filter((event) => event.type === 'run.live')
  for (const { text } of live) assert.ok(text.length <= 100_000)
  const kept = await rig.store.views.runEvents('r1', 0, 1000)
  assert.ok(JSON.stringify(kept).length < 300_000)
})

test('an answer that cannot be rendered ends the run all the same', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  rig.channel.render = () => {
    throw new Error('a bug in the renderer')
  }
  await rig.chat.says('work')
  await rig.chat.hears(/^Something went wrong on my side\./)
  assert.deepEqual(await rig.states(), ['failed'])
  assert.equal(rig.faults().length, 1)
})

test('the tokens of a run are told however it ends', async () => {
  const usage: Usage = { model: 'm', inputTokens: 10, outputTokens: 2 }
  const runtime = new ScriptedRuntime({
    good: streams([{ type: 'usage', usage }], 'done'),
    bad: streams([{ type: 'usage', usage }], refused),
  })
  await using rig = await startRig({ runtime })
  await rig.chat.says('good')
  await rig.chat.hears('done')
  await rig.chat.says('bad')
  await rig.chat.hears(/refused/)
  await rig.settle()
  const used = rig.said.filter((event) => event.type === 'tokens.used')
  assert.deepEqual(
    used.map(({ inputTokens }) => inputTokens),
    [10, 10],
  )
})

test('the history of a run holds its steps, densely numbered', async () => {
  const work = streams(
    [
      { type: 'accepted', promptId: 'p1' },
      { type: 'session', runtimeSession: 'rs1' },
      { type: 'text', delta: 'half ' },
      { type: 'tool', name: 'search', state: 'running', title: 'the web' },
      { type: 'tool', name: 'search', state: 'completed' },
    ],
    'done',
  )
  const runtime = new ScriptedRuntime({ work })
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await rig.chat.hears('done')
  await rig.settle()
  const events = await rig.store.views.runEvents('r1', 0, 100)
  assert.deepEqual(
    events.map(({ seq, type }) => `${seq} ${type}`),
    [
      '1 run.accepted',
      '2 run.started',
      '3 run.text',
      '4 run.tool',
      '5 run.tool',
      '6 run.completed',
      '7 delivery.sent',
    ],
  )
  await rig.chat.says('more')
  await rig.chat.hears('re: more')
  assert.equal(runtime.turns[1]?.session.runtimeSession, 'rs1')
})
