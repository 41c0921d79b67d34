import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRig } from '../test/fakes/rig.ts'
import { ScriptedRuntime, wordsOf } from '../test/fakes/scripted-runtime.ts'

/** An agent that thinks about `work` until it is told, and answers everything else at once. */
function busy(): ScriptedRuntime {
  const runtime = new ScriptedRuntime()
  runtime.script = (words) => (words.startsWith('work') ? runtime.holds : `re: ${words}`)
  return runtime
}

test('collect: what arrives meanwhile becomes the next turn, together and in order', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await runtime.begun('work')
  for (const text of ['one', 'two', 'three']) await rig.chat.says(text)
  runtime.finish('work', 'worked')
  await rig.chat.hears('worked')
  await rig.chat.hears('re: one\ntwo\nthree')
  await rig.chat.hearsNothingMore()
})

test('followup: everything that arrives meanwhile is a turn of its own, in order', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime, queue: { mode: 'followup' } })
  await rig.chat.says('work')
  await runtime.begun('work')
  for (const text of ['one', 'two', 'three']) await rig.chat.says(text)
  runtime.finish('work', 'worked')
  for (const text of ['worked', 're: one', 're: two', 're: three']) await rig.chat.hears(text)
  await rig.chat.hearsNothingMore()
})

test('interrupt: the running turn is stopped without a word, and the new one starts', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime, queue: { mode: 'interrupt' } })
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.says('better this')
  await rig.chat.hears('re: better this')
  await rig.chat.hearsNothingMore()
  assert.deepEqual(await rig.states(), ['cancelled', 'completed'])
})

test('one session never runs two turns at once', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime, queue: { mode: 'followup' } })
  await rig.chat.says('work a')
  await rig.chat.says('work b')
  await rig.settle()
  assert.deepEqual(runtime.heard, ['work a'])
  runtime.finish('work a', 'a')
  await rig.chat.hears('a')
  await runtime.begun('work b')
  runtime.finish('work b', 'b')
  await rig.chat.hears('b')
})

test('sessions run side by side: two people, a group and its threads', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime })
  const places = [
    rig.chat,
    rig.direct({ id: '2' }),
    rig.group('g'),
    rig.group('g', 't1'),
    rig.group('g', 't2'),
  ]
  for (const [index, place] of places.entries()) await place.asks(`work ${index}`)
  await runtime.hasBegun(places.length)
  for (const [index, place] of places.entries()) {
    runtime.finish(`work ${index}`, `answer ${index}`)
    await place.hears(`answer ${index}`)
  }
})

test('no more turns than `queue.concurrency` run at a time, and the oldest goes first', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime, queue: { concurrency: 2 } })
  const people = ['1', '2', '3', '4'].map((id) => rig.direct({ id }))
  for (const chat of people) await chat.says(`work ${chat.person.id}`)
  await rig.settle()
  assert.deepEqual(runtime.heard, ['work 1', 'work 2'])
  runtime.finish('work 2', 'done')
  await runtime.begun('work 3')
  assert.equal(runtime.turns.length, 3)
  for (const words of ['work 1', 'work 3']) runtime.finish(words, 'done')
  await runtime.begun('work 4')
})

test('over the bound the oldest become a line each, and the person is told once', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime, queue: { maxQueued: 3 } })
  await rig.chat.says('work')
  await runtime.begun('work')
  for (const text of ['1', '2', '3', '4', '5', '6']) await rig.chat.says(text)
  await rig.chat.hears(/^More than 3 messages are waiting/)
  await rig.chat.hearsNothingMore()
  runtime.finish('work', 'worked')
  await rig.chat.hears('worked')
  await rig.chat.hears('re: 4\n5\n6')
  const [, turn] = runtime.turns
  assert.deepEqual(
    turn?.messages.map(({ text, form }) => `${text} ${form}`),
    ['1 summary', '2 summary', '3 summary', '4 full', '5 full', '6 full'],
  )
})

test('over the bound in followup mode the oldest turns are folded, and nothing is lost', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime, queue: { maxQueued: 2, mode: 'followup' } })
  await rig.chat.says('work')
  await runtime.begun('work')
  for (const text of ['1', '2', '3', '4']) await rig.chat.says(text)
  await rig.chat.hears(/^More than 2 messages are waiting/)
  runtime.finish('work', 'worked')
  for (const text of ['worked', 're: 3', 're: 4']) await rig.chat.hears(text)
  await rig.chat.hearsNothingMore()
  assert.deepEqual(
    runtime.turns[1]?.messages.map(({ text, form }) => `${text} ${form}`),
    ['1 summary', '2 summary', '3 full'],
  )
  assert.deepEqual(await rig.states(), [
    'completed',
    'superseded',
    'superseded',
    'completed',
    'completed',
  ])
  const told = rig.said.filter((event) => event.type === 'run.changed')
  assert.equal(told.filter(({ state }) => state === 'superseded').length, 2)
})

test('each message of a collected turn keeps its author and time', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime })
  const group = rig.group('g')
  await group.asks('work')
  await runtime.begun('work')
  await group.as({ id: '2', name: 'Ben' }).asks('what he says')
  await rig.pass(5000)
  await group.as({ id: '3', name: 'Cleo' }).asks('and mine')
  runtime.finish('work', 'worked')
  await group.hears('worked')
  const answer = await group.hears('re: what he says\nand mine')
  const messages = runtime.turns[1]?.messages ?? []
  assert.deepEqual(
    messages.map(({ author }) => author.name),
    ['Ben', 'Cleo'],
  )
  assert.equal((messages[1]?.at ?? 0) - (messages[0]?.at ?? 0), 5000)
  assert.ok(answer.delivery.to.replyTo, 'in a group the answer quotes what it answers')
})

test('unaddressed group messages are context of the next mention, once', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime })
  const group = rig.group('g')
  await group.says('nice weather')
  await group.as({ id: '2' }).says('indeed')
  await group.asks('is it?')
  await group.hears('re: is it?')
  await group.asks('really?')
  await group.hears('re: really?')
  assert.deepEqual(
    runtime.turns.map(({ messages }) => messages.map(({ text, form }) => `${text} ${form}`)),
    [['nice weather context', 'indeed context', 'is it? full'], ['really? full']],
  )
  assert.equal(wordsOf(runtime.turns[0] ?? assert.fail()), 'is it?')
})
