import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRig } from '../test/fakes/rig.ts'
import {
  type Answer,
  ignoresAbort,
  plain,
  play,
  ScriptedRuntime,
  streams,
} from '../test/fakes/scripted-runtime.ts'
import { openPolicy } from '../test/fakes/settings.ts'
import { RuntimeError } from './errors.ts'
import type { RuntimeCatalog } from './runtime-port.ts'

const catalog: RuntimeCatalog = {
  models: ['acme/fast', 'acme/deep', 'umbra/deep', 'umbra/tiny-1'].map((id) => ({ id, label: id })),
  modes: ['build', 'plan'].map((id) => ({ id, label: id })),
}

function choosing(): ScriptedRuntime {
  return new ScriptedRuntime({}, { catalog: () => catalog })
}

test('/sessions shows what the runtime calls a conversation, as one short line', async () => {
  const runtime = new ScriptedRuntime()
  const title = `Rome\u0007 in\nMay [run r1] ${'x'.repeat(500)}`
  runtime.script = (words) => streams([{ type: 'title', title }], `re: ${words}`)
  await using rig = await startRig({ runtime })
  await rig.chat.asks('plan the trip')
  await rig.chat.hears('re: plan the trip')
  await rig.chat.asks('/new')
  await rig.chat.hears(/^A fresh start/)
  await rig.chat.asks('/sessions')
  await rig.chat.hears(/^1, 1 min ago: Rome in May \(run r1\) x{30,40}…$/m)
})

test('/sessions lists the conversations of a chat, and /resume goes back to one', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime })
  await rig.chat.asks('/sessions')
  await rig.chat.hears('There is no earlier conversation here.')
  await rig.chat.asks('plan the trip to Rome')
  await rig.chat.hears('re: plan the trip to Rome')
  await rig.pass(3 * 3_600_000)
  await rig.chat.asks('/new')
  await rig.chat.hears(/^A fresh start/)
  await rig.chat.asks('mend\nthe bike')
  await rig.chat.hears('re: mend\nthe bike')
  await rig.chat.asks('/sessions')
  await rig.chat.hears(
    [
      'Our conversations here:',
      '2, this one: mend the bike',
      '1, 3 h ago: plan the trip to Rome',
      'Go back to one with /resume and its number.',
    ].join('\n'),
  )
  await rig.chat.asks('/resume 1')
  await rig.chat.hears(/^We are back in conversation 1: plan the trip to Rome\n/)
  await rig.chat.asks('and then?')
  await rig.chat.hears('re: and then?')
  const history = await runtime.turns.at(-1)?.history(10)
  assert.deepEqual(
    history?.map(({ text }) => text),
    ['plan the trip to Rome', 're: plan the trip to Rome'],
  )
  for (const [words, answer] of [
    ['/resume 1', /^We are in that conversation already/],
    ['/resume 9', /^There is no such conversation/],
    ['/resume two', /^There is no such conversation/],
    ['/resume', /^Our conversations here:\n1, this one/],
  ] as const) {
    await rig.chat.asks(words)
    await rig.chat.hears(answer)
  }
})

test('/resume aborts what executes, however the agent takes it', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime({ work: ignoresAbort }) })
  await rig.chat.asks('one')
  await rig.chat.hears('re: one')
  await rig.chat.asks('/new')
  await rig.chat.hears(/^A fresh start/)
  await rig.chat.asks('work')
  await rig.chat.asks('/resume 1')
  await rig.chat.hears(/^We are back in conversation 1/)
  await rig.chat.asks('two')
  await rig.pass(6000)
  await rig.chat.hears('re: two')
  assert.deepEqual(await rig.states(), ['completed', 'cancelled', 'completed'])
})

test('after /stop the next message runs within five seconds, though the agent ignores its abort', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime({ work: ignoresAbort }) })
  await rig.chat.asks('work')
  await rig.chat.asks('/stop')
  await rig.chat.hears('Stopped.')
  await rig.chat.asks('next')
  await rig.pass(4_900)
  await rig.chat.hears('re: next')
})

test('a session starts afresh after it lay idle, and at its hour in its zone', async () => {
  const runtime = new ScriptedRuntime()
  const generations = () => runtime.turns.map(({ session }) => session.generation)
  await using rig = await startRig({
    runtime,
    startAt: Date.parse('2026-03-28T20:00:00Z'),
    settings: {
      sessionReset: { idleMs: 12 * 3_600_000, dailyAt: '04:00', timezone: 'Europe/Berlin' },
    },
  })
  await rig.chat.asks('one')
  await rig.chat.hears('re: one')
  // The clocks are put forward in this night: four o'clock comes at 02:00 UTC.
  await rig.leap(5.9 * 3_600_000)
  await rig.chat.asks('two')
  await rig.chat.hears('re: two')
  assert.deepEqual(generations(), [1, 1])
  await rig.leap(0.2 * 3_600_000)
  await rig.chat.asks('three')
  await rig.chat.hears('re: three')
  assert.deepEqual(generations(), [1, 1, 2])
  await rig.leap(12.1 * 3_600_000)
  await rig.chat.asks('four')
  await rig.chat.hears('re: four')
  assert.deepEqual(generations(), [1, 1, 2, 3])
})

test('/model shows what there is, takes a name it knows, and offers what is like another', async () => {
  const runtime = choosing()
  await using rig = await startRig({ runtime })
  const models = 'acme: acme/fast, acme/deep\numbra: umbra/deep, umbra/tiny-1'
  const hint = 'Choose with /model and a full name, or /model default.'
  for (const [words, answer] of [
    ['/model', `My usual model answers here.\n${models}\n${hint}`],
    ['/model Acme/Fast', 'From my next answer on I use acme/fast here.'],
    ['/model', `Chosen here: acme/fast.\n${models}\n${hint}`],
    ['/model deep', 'I do not know a model deep. There is: acme/deep, umbra/deep.'],
    ['/model acme/fsat', 'I do not know a model acme/fsat. There is: acme/fast, acme/deep.'],
    ['/model qqq', 'I do not know a model qqq. /model lists them.'],
    ['/model tiny-1', 'From my next answer on I use umbra/tiny-1 here.'],
  ] as const) {
    await rig.chat.asks(words)
    await rig.chat.hears(answer)
  }
  await rig.chat.asks('/new')
  await rig.chat.hears(/^A fresh start/)
  await rig.chat.asks('hello')
  await rig.chat.hears('re: hello')
  assert.deepEqual(runtime.turns.at(-1)?.choices, { model: 'umbra/tiny-1' })
  await rig.chat.asks('/model default')
  await rig.chat.hears('From my next answer on I use my usual model here.')
  await rig.chat.asks('again')
  await rig.chat.hears('re: again')
  assert.deepEqual(runtime.turns.at(-1)?.choices, {})
})

test('however many models there are, one message names some and says how many more there are', async () => {
  const models = Array.from({ length: 2_000 }, (_, index) => `acme/model-${index}`)
  const many = { models: models.map((id) => ({ id, label: id })), modes: [] }
  await using rig = await startRig({ runtime: new ScriptedRuntime({}, { catalog: () => many }) })
  await rig.chat.asks('/model')
  await rig.chat.hears(/^[\s\S]{100,1600}$/)
  await rig.chat.asks('/model model-1999')
  await rig.chat.hears('From my next answer on I use acme/model-1999 here.')
})

test('models without a provider in their names are listed as they are', async () => {
  const bare = { models: ['one', 'two'].map((id) => ({ id, label: id })), modes: [] }
  await using rig = await startRig({ runtime: new ScriptedRuntime({}, { catalog: () => bare }) })
  await rig.chat.asks('/model')
  await rig.chat.hears(/^My usual model answers here\.\none, two\n/)
})

test('while it is not known what there is, a model is taken as it is named', async () => {
  const runtime = new ScriptedRuntime({}, { catalog: () => undefined })
  await using rig = await startRig({ runtime })
  await rig.chat.asks('/model')
  await rig.chat.hears(/I do not know yet which models there are/)
  await rig.chat.asks('/model acme/new')
  await rig.chat.hears('From my next answer on I use acme/new here.')
  await rig.chat.asks('hello')
  await rig.chat.hears('re: hello')
  assert.deepEqual(runtime.turns.at(-1)?.choices, { model: 'acme/new' })
})

test('an agent without models or memory of its own says so', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  await rig.chat.asks('/model acme/fast')
  await rig.chat.hears('My agent here has no models to choose from.')
  await rig.chat.asks('/compact')
  await rig.chat.hears('There is nothing to shorten.')
  await rig.chat.asks('/agent')
  await rig.chat.hears(/^Here answers: main\. There are: main\.[^\n]*$/)
})

test('/agent shows the agents and the modes; anybody chooses a mode, owners an agent', async () => {
  const runtime = choosing()
  await using rig = await startRig({ runtime, settings: { agents: ['main', 'ops'] } })
  const policies = new Map([['fake', { ...openPolicy, owners: new Set(['9']) }]])
  rig.settings = { ...rig.settings, policies }
  await rig.chat.asks('/agent')
  await rig.chat.hears(
    /^Here answers: main\..*\nIt works in its usual mode\. Its modes: build, plan\./,
  )
  await rig.chat.asks('/agent Plan')
  await rig.chat.hears('From my next answer on I work in mode plan here.')
  await rig.chat.asks('hello')
  await rig.chat.hears('re: hello')
  assert.deepEqual(runtime.turns.at(-1)?.choices, { mode: 'plan' })
  await rig.chat.asks('/agent default')
  await rig.chat.hears('From my next answer on I work in my usual mode here.')
  await rig.chat.asks('/agent ops')
  await rig.chat.hears('Only my owner can do that.')
  const owner = rig.direct({ id: '9' })
  await owner.asks('/agent ops')
  await owner.hears('From now on ops answers here, with a conversation of its own.')
})

test('/compact waits its turn, says when it is done, and can be stopped', async () => {
  const compact: Answer = (turn, signal) => play(runtime.holds, turn, signal)
  const runtime: ScriptedRuntime = new ScriptedRuntime({}, { compact })
  runtime.script = (words) => (words === 'work' ? runtime.holds : `re: ${words}`)
  await using rig = await startRig({ runtime })
  await rig.chat.asks('/compact')
  await rig.chat.hears('There is nothing to shorten.')
  await rig.chat.asks('hello')
  await rig.chat.hears('re: hello')
  await rig.chat.asks('work')
  await runtime.begun('work')
  await rig.chat.asks('/compact')
  await rig.chat.hears('I am shortening what I remember of our conversation.')
  await rig.chat.asks('next')
  assert.equal(runtime.compacted.length, 0)
  runtime.finish('work', 'worked')
  await rig.chat.hears('worked')
  await rig.settle()
  assert.deepEqual([runtime.compacted.length, runtime.heard.length], [1, 2])
  runtime.finish('/compact', plain(''))
  await rig.chat.hears('Done: I remember our conversation in short now.')
  await rig.chat.hears('re: next')
  await rig.chat.asks('/compact')
  await rig.chat.hears('I am shortening what I remember of our conversation.')
  await rig.settle()
  await rig.chat.asks('/stop')
  await rig.chat.hears('Stopped.')
  assert.equal((await rig.states()).at(-1), 'cancelled')
})

test('shortening is tried again after a failure that may pass, and never becomes a turn', async () => {
  const lost = new RuntimeError('lost', 'It went away.', { isRetryable: true })
  let tries = 0
  const compact = async function* () {
    tries += 1
    if (tries === 1) throw lost
    yield { type: 'done', reply: plain('') } as const
  }
  const runtime = new ScriptedRuntime({}, { compact })
  await using rig = await startRig({ runtime })
  await rig.chat.asks('hello')
  await rig.chat.hears('re: hello')
  await rig.chat.asks('/compact')
  await rig.chat.hears(/^I am shortening/)
  await rig.pass(5_000)
  await rig.chat.hears(/^Done/)
  assert.deepEqual([tries, runtime.heard], [2, ['hello']])
})
