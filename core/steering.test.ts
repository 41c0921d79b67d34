import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Rig, startRig } from '../test/fakes/rig.ts'
import { fails, ScriptedRuntime, streams } from '../test/fakes/scripted-runtime.ts'
import { RuntimeError } from './errors.ts'
import type { TurnMessage } from './runtime-port.ts'

/** An agent that thinks about `work` until it is told, and meanwhile does this with what it is handed. */
function steered(steer: (message: TurnMessage) => boolean | Promise<boolean>): ScriptedRuntime {
  const runtime = new ScriptedRuntime({}, { steer })
  runtime.script = (words) => (words.startsWith('work') ? runtime.holds : `re: ${words}`)
  return runtime
}

const queue = { mode: 'steer' } as const
const texts = (runtime: ScriptedRuntime) => runtime.steered.map(({ text }) => text)

function reactions(rig: Rig): readonly string[] {
  return rig.channel.shown.map(({ what }) => what).filter((what) => /👀|👌/.test(what))
}

test('what comes while a turn runs is handed to it, and the person sees that it was noted', async () => {
  const runtime = steered(() => true)
  await using rig = await startRig({ runtime, queue })
  await rig.chat.says('work')
  await runtime.begun('work')
  const ids = [await rig.chat.says('one'), await rig.chat.says('two'), await rig.chat.says('three')]
  await rig.settle()
  assert.deepEqual(texts(runtime), ['one', 'two', 'three'])
  await rig.pass(5000)
  assert.deepEqual(
    reactions(rig),
    ids.map((id) => `👌 ${id}`),
  )
  runtime.finish('work', 'worked')
  await rig.chat.hears('worked')
  await rig.chat.hearsNothingMore()
  assert.equal(runtime.turns.length, 1)
  const [first, ...others] = await rig.runs()
  assert.equal(first?.text, 'work\none\ntwo\nthree')
  assert.ok(others.length > 0)
  for (const { state, supersededBy } of others) {
    assert.deepEqual([state, supersededBy], ['superseded', first.id])
  }
  await rig.chat.says('/why')
  await rig.chat.hears(/handed to the running turn/)
})

for (const [what, steer] of [
  ['says that it is too late', () => false],
  [
    'fails',
    () => {
      throw new RuntimeError('away', 'Away.', { isRetryable: true })
    },
  ],
] as const) {
  test(`an agent that ${what} gets the message as its next turn`, async () => {
    const runtime = steered(steer)
    await using rig = await startRig({ runtime, queue })
    await rig.chat.says('work')
    await runtime.begun('work')
    const id = await rig.chat.says('one')
    await rig.settle()
    await rig.chat.says('two')
    await rig.pass(5000)
    assert.deepEqual(texts(runtime), ['one'])
    assert.equal(reactions(rig)[0], `👀 ${id}`)
    runtime.finish('work', 'worked')
    await rig.chat.hears('worked')
    await rig.chat.hears('re: one\ntwo')
    await rig.chat.hearsNothingMore()
  })
}

test('an agent that never says whether it took a message is not waited for', async () => {
  const runtime = steered(() => new Promise<boolean>(() => undefined))
  await using rig = await startRig({ runtime, queue })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.says('one')
  await rig.settle()
  await rig.chat.says('two')
  await rig.pass(4000)
  runtime.finish('work', 'worked')
  await rig.chat.hears('worked')
  await rig.chat.hears('re: one')
  await rig.chat.hears('re: two')
  await rig.chat.hearsNothingMore()
})

test('a turn that ends while it is asked leaves the message to the next', async () => {
  const runtime = steered(() => new Promise<boolean>(() => undefined))
  await using rig = await startRig({ runtime, queue })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.says('one')
  await rig.settle()
  runtime.finish('work', 'worked')
  await rig.chat.hears('worked')
  await rig.chat.hears('re: one')
  await rig.chat.hearsNothingMore()
})

test('an agent that takes nothing while it works collects', async () => {
  const runtime = new ScriptedRuntime()
  runtime.script = (words) => (words.startsWith('work') ? runtime.holds : `re: ${words}`)
  await using rig = await startRig({ runtime, queue })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.says('one')
  await rig.chat.says('two')
  runtime.finish('work', 'worked')
  await rig.chat.hears('worked')
  await rig.chat.hears('re: one\ntwo')
})

test('what is only partly taken is partly the next turn', async () => {
  const runtime = steered(({ text }) => text !== 'two')
  await using rig = await startRig({ runtime, queue: { ...queue, debounceMs: 1000 } })
  await rig.chat.says('work')
  await rig.pass(1000)
  await runtime.begun('work')
  for (const text of ['one', 'two', 'three']) await rig.chat.says(text)
  await rig.pass(1000)
  runtime.finish('work', 'worked')
  await rig.chat.hears('worked')
  await rig.chat.hears('re: two\nthree')
  await rig.chat.hearsNothingMore()
  assert.deepEqual(
    (await rig.runs()).map(({ text }) => text),
    ['work\none', 'two\nthree'],
  )
})

test('an album is handed over once it is whole, and nobody is told to wait', async () => {
  const runtime = steered(() => true)
  await using rig = await startRig({ runtime, queue })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.says('picture 1', { album: 'a' })
  await rig.pass(1100)
  await rig.chat.says('picture 2', { album: 'a' })
  await rig.pass(1100)
  assert.deepEqual(texts(runtime), [])
  await rig.pass(100)
  assert.deepEqual(texts(runtime), ['picture 1', 'picture 2'])
  assert.ok(reactions(rig).every((what) => what.startsWith('👌')))
  runtime.finish('work', 'worked')
  await rig.chat.hears('worked')
  await rig.chat.hearsNothingMore()
})

test('a message with a file is handed over once the file is there', async () => {
  const runtime = steered(() => true)
  await using rig = await startRig({ runtime, queue })
  const fetched = Promise.withResolvers<void>()
  const fetch = rig.channel.onFetch
  rig.channel.onFetch = async (attachment) => {
    await fetched.promise
    return fetch(attachment)
  }
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.sends([{ ref: 'x', kind: 'document', name: 'x.txt' }])
  await rig.settle()
  assert.equal(runtime.steered.length, 0)
  fetched.resolve()
  await runtime.watched.until(
    () => (runtime.steered.length === 1 ? true : undefined),
    () => 'It was never handed over.',
  )
  assert.ok(runtime.steered[0]?.attachments[0]?.file)
  await rig.settle()
  runtime.finish('work', 'worked')
  await rig.chat.hears('worked')
})

test('a command is never handed over', async () => {
  const runtime = steered(() => true)
  await using rig = await startRig({ runtime, queue })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.says('/status')
  await rig.chat.hearsSomething()
  await rig.chat.says('/stop')
  await rig.chat.hears('Stopped.')
  assert.equal(runtime.steered.length, 0)
})

for (const mode of ['collect', 'followup', 'steer'] as const) {
  test(`in mode ${mode} an edit of what is being answered is handed over as a correction`, async () => {
    const runtime = steered(() => true)
    await using rig = await startRig({ runtime, queue: { mode } })
    const id = await rig.chat.says('work on teh question')
    await runtime.begun('work on teh question')
    await rig.chat.edits(id, 'the question')
    await rig.settle()
    const [message] = runtime.steered
    assert.deepEqual(
      [message?.text, message?.notes],
      ['the question', ['[corrects an earlier message]']],
    )
    runtime.finish('work on teh question', 'worked')
    await rig.chat.hears('worked')
    await rig.chat.hearsNothingMore()
  })
}

test('in mode collect what is no correction waits for its turn', async () => {
  const runtime = steered(() => true)
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.says('next')
  await rig.settle()
  assert.equal(runtime.steered.length, 0)
  runtime.finish('work', 'worked')
  await rig.chat.hears('worked')
  await rig.chat.hears('re: next')
})

test('a turn that is tried again knows what was handed to it', async () => {
  const runtime = steered(() => true)
  await using rig = await startRig({ runtime, queue })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.says('in blue')
  await rig.settle()
  runtime.script = (words) => `re: ${words}`
  runtime.finish('work', fails(new RuntimeError('away', 'Away.', { isRetryable: true })))
  await rig.pass(10_000)
  await rig.chat.hears('re: work\nin blue')
  await rig.chat.hearsNothingMore()
})

test('a turn the agent has lost is begun anew with what was handed to it', async () => {
  const runtime = steered(() => true)
  await using rig = await startRig({ runtime, queue })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.says('in blue')
  await rig.settle()
  runtime.script = (words) => `re: ${words}`
  const lost = fails(new RuntimeError('lost', 'Gone.', { isRetryable: true }))
  runtime.finish('work', streams([{ type: 'accepted', promptId: 'p' }], lost))
  await rig.chat.hears('re: work\nin blue')
  await rig.chat.hearsNothingMore()
})

test('a run of the API takes nothing in', async () => {
  const runtime = steered(() => true)
  await using rig = await startRig({ runtime, queue })
  await rig.chat.says('hello')
  await rig.chat.hears('re: hello')
  const [run] = await rig.runs()
  await rig.store.runs.create(
    {
      source: 'api',
      text: 'work',
      agent: 'main',
      sessionKey: run?.sessionKey ?? '',
      attachments: [],
      maxAttempts: 3,
    },
    rig.clock.now(),
  )
  rig.core.dispatcher.wake()
  await runtime.begun('work')
  await rig.chat.says('one')
  await rig.settle()
  assert.equal(runtime.steered.length, 0)
  runtime.finish('work', 'worked')
  await rig.chat.hears('re: one')
})

test('in a group only what is said to the agent is handed over, with who said it', async () => {
  const runtime = steered(() => true)
  await using rig = await startRig({ runtime, queue })
  const group = rig.group('g')
  await group.asks('work')
  await runtime.begun('work')
  await group.as({ id: '2', name: 'Ben' }).says('I like blue')
  await rig.settle()
  assert.equal(runtime.steered.length, 0)
  const id = await group.as({ id: '3', name: 'Cleo' }).asks('do as Ben says')
  await rig.settle()
  assert.deepEqual(
    runtime.steered.map(({ text, form, author }) => `${author.name} ${form} ${text}`),
    ['Ben context I like blue', 'Cleo full do as Ben says'],
  )
  assert.deepEqual(reactions(rig), [`👌 ${id}`])
  runtime.finish('work', 'worked')
  await group.hears('worked')
})

for (const moment of [
  'before it is asked',
  'while it is asked',
  'before its yes is stored',
] as const) {
  test(`killed ${moment}, the message is answered once and nothing is lost`, async () => {
    const never = () => new Promise<boolean>(() => undefined)
    const runtime = steered(moment === 'before its yes is stored' ? () => true : never)
    await using rig = await startRig({ runtime, queue })
    const { steering } = rig.store
    const stop = never as () => Promise<never>
    if (moment === 'before it is asked') {
      const { offer } = steering
      steering.offer = async (...args) => {
        const found = await offer.apply(steering, args)
        return found.offers.length > 0 ? stop() : found
      }
    }
    if (moment === 'before its yes is stored') steering.settle = stop
    await rig.chat.says('work')
    await runtime.begun('work')
    await rig.chat.says('one')
    await rig.settle()
    assert.equal(runtime.steered.length, moment === 'before it is asked' ? 0 : 1)
    await rig.dies()
    await rig.start()
    await runtime.hasBegun(2)
    runtime.finish('work', 'worked')
    await rig.chat.hears('worked')
    await rig.chat.hears('re: one')
    await rig.chat.hearsNothingMore()
  })
}

test('killed once it was taken, the message is part of the turn that goes on', async () => {
  const runtime = steered(() => true)
  await using rig = await startRig({ runtime, queue })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.says('in blue')
  await rig.settle()
  await rig.dies()
  runtime.script = (words) => `re: ${words}`
  await rig.start()
  await rig.chat.hears('re: work\nin blue')
  await rig.chat.hearsNothingMore()
})

test('what came while nothing executed is handed over after a restart', async () => {
  const runtime = steered(() => true)
  await using rig = await startRig({ runtime, queue: { ...queue, debounceMs: 1000 } })
  await rig.chat.says('work')
  await rig.pass(1000)
  await runtime.begun('work')
  await rig.chat.says('in blue')
  await rig.dies()
  await rig.start()
  await rig.pass(1000)
  assert.deepEqual(texts(runtime), ['in blue'])
  runtime.finish('work', 'worked')
  await rig.chat.hears('worked')
  await rig.chat.hearsNothingMore()
})
