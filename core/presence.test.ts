import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeChannel } from '../test/fakes/fake-channel.ts'
import { type Rig, startRig } from '../test/fakes/rig.ts'
import { ignoresAbort, ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'
import { openPolicy } from '../test/fakes/settings.ts'
import type { Address } from './model.ts'
import type { RuntimeEvent } from './runtime-port.ts'

function busy(): ScriptedRuntime {
  const runtime = new ScriptedRuntime()
  runtime.script = (words) => (words.startsWith('work') ? runtime.holds : `re: ${words}`)
  return runtime
}

/** When each sign was shown, in milliseconds since `from`. */
function shown(rig: Rig, what: string, from: number): number[] {
  return rig.channel.shown.filter((sign) => sign.what === what).map(({ at }) => at - from)
}

test('typing shows soon, is renewed before it fades, and never after the end', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime })
  const from = rig.clock.now()
  await rig.chat.says('work')
  await rig.pass(12_000)
  runtime.finish('work', 'done')
  await rig.chat.hears('done')
  const typed = shown(rig, 'typing', from)
  assert.equal(typed.length, 3)
  assert.ok(typed[0] !== undefined && typed[0] >= 250 && typed[0] <= 500, `first at ${typed[0]}`)
  for (const [index, at] of typed.slice(1).entries()) {
    const pause = at - (typed[index] ?? 0)
    assert.ok(pause >= 5000 && pause <= 5250, `renewed after ${pause} ms`)
  }
  await rig.pass(30_000)
  assert.equal(shown(rig, 'typing', from).length, 3)
})

test('an answer that is there at once shows no typing', async () => {
  await using rig = await startRig({ runtime: busy() })
  await rig.chat.says('hello')
  await rig.chat.hears('re: hello')
  await rig.pass(5000)
  assert.deepEqual(rig.channel.shown, [])
})

test('whoever follows the events hears when typing begins and that it ended', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await rig.pass(1000)
  runtime.finish('work', 'done')
  await rig.chat.hears('done')
  await rig.pass(500)
  const run = rig.said.find((event) => event.type === 'run.changed')?.runId
  const told = rig.said
    .filter((event) => event.type === 'typing')
    .map(({ runId, isOn }) => ({ runId, isOn }))
  assert.deepEqual(told, [
    { runId: run, isOn: true },
    { runId: run, isOn: false },
  ])
})

test('an agent that shows no life for two minutes is not shown as typing any more', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime({ work: ignoresAbort }) })
  const from = rig.clock.now()
  await rig.chat.says('work')
  await rig.pass(600_000)
  const typed = shown(rig, 'typing', from)
  assert.ok(Math.max(...typed) <= 120_000)
  assert.ok(typed.length >= 20)
})

test('an agent that works is shown as typing for as long as it works', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime })
  runtime.script = {
    work: async function* (): AsyncGenerator<RuntimeEvent> {
      for (let step = 0; step < 5; step += 1) {
        await rig.clock.sleep(60_000)
        yield { type: 'tool', name: 'search', state: 'running' }
      }
      yield { type: 'done', reply: { text: 'done', format: 'plain' } }
    },
  }
  const from = rig.clock.now()
  await rig.chat.says('work')
  await rig.pass(300_000)
  await rig.chat.hears('done')
  assert.ok(Math.max(...shown(rig, 'typing', from)) > 290_000)
})

test('a message that waits behind another turn for two seconds gets a 👀, once', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime })
  const from = rig.clock.now()
  await rig.chat.says('work')
  await runtime.begun('work')
  const one = await rig.chat.says('one')
  await rig.pass(1500)
  const two = await rig.chat.says('two')
  await rig.pass(10_000)
  const [first] = shown(rig, `👀 ${one}`, from)
  const [second] = shown(rig, `👀 ${two}`, from)
  assert.ok(first !== undefined && first >= 2000 && first <= 2250, `first at ${first}`)
  assert.ok(second !== undefined && second >= 3500 && second <= 3750, `second at ${second}`)
  assert.equal(rig.channel.shown.filter(({ what }) => what.startsWith('👀')).length, 2)
})

test('a message that waits shortly, is cancelled, or only waits for its window gets none', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime })
  const other = rig.direct({ id: '2' })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.says('one')
  await rig.pass(1000)
  await rig.chat.says('/stop')
  await rig.chat.hears('Stopped.')
  await rig.pass(5000)
  await other.says('long', { isNearLimit: true })
  await rig.pass(1900)
  await other.says('longer', { isNearLimit: true })
  await rig.pass(5000)
  assert.deepEqual(
    rig.channel.shown.filter(({ what }) => what.startsWith('👀')),
    [],
  )
})

test('a platform that knows neither sign is asked for neither', async () => {
  const runtime = busy()
  await using rig = await startRig({
    runtime,
    channels: (now) => [
      new FakeChannel({ now, capabilities: { typingMs: 0, hasReactions: false } }),
    ],
  })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.says('one')
  await rig.pass(20_000)
  assert.deepEqual(rig.channel.shown, [])
})

/** A platform on which the bot can say that it has read something. */
class ReadingChannel extends FakeChannel {
  readonly seenIds: (readonly string[])[] = []

  async seen(to: Address, ids: readonly string[]): Promise<void> {
    this.seenIds.push([to.chat, ...ids])
    throw new Error('the platform is busy')
  }
}

test('messages are shown as read once a run begins with them, and nothing else is', async () => {
  const runtime = busy()
  const policies = new Map([['fake', { ...openPolicy, dm: 'pairing' as const }]])
  await using rig = await startRig({
    runtime,
    settings: { policies },
    channels: (now) => [new ReadingChannel({ now })],
  })
  const { channel } = rig
  assert.ok(channel instanceof ReadingChannel)
  await rig.chat.says('let me in')
  const group = rig.group('g')
  await group.says('not for the bot')
  const first = await group.asks('work')
  await runtime.begun('work')
  const later = [await group.asks('one'), await group.asks('two')]
  await rig.pass(5000)
  assert.deepEqual(channel.seenIds, [['g', first]])
  runtime.finish('work', 'done')
  await group.hears('done')
  await group.hearsSomething()
  assert.deepEqual(channel.seenIds, [
    ['g', first],
    ['g', ...later],
  ])
})

test('a sign that fails harms nobody', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime })
  rig.channel.typing = async () => {
    throw new Error('the platform is busy')
  }
  await rig.chat.says('work')
  await rig.pass(10_000)
  runtime.finish('work', 'done')
  await rig.chat.hears('done')
})

test('typing ends with the last answer also where messages became lines of a later turn', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime, queue: { maxQueued: 1, mode: 'followup' } })
  const from = rig.clock.now()
  await rig.chat.says('work')
  await runtime.begun('work')
  for (const text of ['1', '2', '3']) await rig.chat.says(text)
  await rig.pass(1000)
  runtime.finish('work', 'worked')
  await rig.chat.hears(/^More than 1 message/)
  for (const text of ['worked', 're: 3']) await rig.chat.hears(text)
  const ended = rig.clock.now() - from
  await rig.pass(60_000)
  assert.ok(Math.max(...shown(rig, 'typing', from)) <= ended)
})

test('who waits for the window of further parts sees within 300 ms that they were heard', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime, queue: { debounceMs: 600 } })
  const from = rig.clock.now()
  await rig.chat.says('hello')
  await rig.pass(5000)
  await rig.chat.hears('re: hello')
  const typed = shown(rig, 'typing', from)
  assert.equal(typed.length, 1)
  assert.ok(typed[0] !== undefined && typed[0] >= 250 && typed[0] <= 300, `at ${typed[0]}`)
})
