import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRig } from '../test/fakes/rig.ts'
import { ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'

function busy(): ScriptedRuntime {
  const runtime = new ScriptedRuntime()
  runtime.script = (words) => (words.startsWith('work') ? runtime.holds : `re: ${words}`)
  return runtime
}

test('an edit while it waits replaces the text', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await runtime.begun('work')
  const id = await rig.chat.says('teh question')
  await rig.chat.edits(id, 'the question')
  runtime.finish('work', 'worked')
  await rig.chat.hears('worked')
  await rig.chat.hears('re: the question')
  await rig.chat.hearsNothingMore()
})

test('an edit while it is answered becomes a correction behind it', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime })
  const id = await rig.chat.says('work on teh question')
  await runtime.begun('work on teh question')
  await rig.chat.edits(id, 'the question')
  runtime.finish('work on teh question', 'worked')
  await rig.chat.hears('worked')
  await rig.chat.hears('re: the question')
  assert.deepEqual(runtime.turns[1]?.messages[0]?.notes, ['[corrects an earlier message]'])
})

test('an edit after the answer does nothing', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime })
  const id = await rig.chat.says('hello')
  await rig.chat.hears('re: hello')
  await rig.chat.edits(id, 'hello!')
  await rig.chat.hearsNothingMore()
  assert.equal(runtime.turns.length, 1)
})

test('the last of several edits counts, and an edit seen twice changes nothing', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await runtime.begun('work')
  const id = await rig.chat.says('one')
  await rig.chat.edits(id, 'two', { version: 5 })
  await rig.chat.edits(id, 'three', { version: 6 })
  await rig.chat.edits(id, 'two', { version: 5 })
  runtime.finish('work', 'worked')
  await rig.chat.hears('worked')
  await rig.chat.hears('re: three')
})

test('an edit of a message that nobody saw is no message', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime })
  await rig.chat.edits('77', 'hello?')
  await rig.chat.hearsNothingMore()
  assert.deepEqual(runtime.heard, [])
})

test('in a group an edit that takes the mention away is still an edit of what was asked', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime })
  const group = rig.group('g')
  await group.asks('work')
  await runtime.begun('work')
  const id = await group.asks('teh question')
  await group.edits(id, 'the question')
  runtime.finish('work', 'worked')
  await group.hears('worked')
  await group.hears('re: the question')
})

test('a deletion while it waits cancels it; the rest of its turn goes on', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await runtime.begun('work')
  const one = await rig.chat.says('one')
  await rig.chat.says('two')
  await rig.chat.deletes(one)
  runtime.finish('work', 'worked')
  await rig.chat.hears('worked')
  await rig.chat.hears('re: two')
})

test('a turn whose every message was deleted is cancelled', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime })
  await rig.chat.says('work')
  await runtime.begun('work')
  const ids = [await rig.chat.says('one'), await rig.chat.says('two')]
  await rig.chat.deletes(...ids)
  runtime.finish('work', 'worked')
  await rig.chat.hears('worked')
  await rig.chat.hearsNothingMore()
  assert.deepEqual(await rig.states(), ['completed', 'cancelled'])
})

test('a deletion while it is answered, or afterwards, changes nothing', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime })
  const id = await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.deletes(id)
  runtime.finish('work', 'worked')
  await rig.chat.hears('worked')
  await rig.chat.deletes(id, 'unknown')
  await rig.chat.hearsNothingMore()
  assert.deepEqual(await rig.states(), ['completed'])
})

test('a message and its deletion in one batch leave nothing behind', async () => {
  const runtime = busy()
  await using rig = await startRig({ runtime, queue: { debounceMs: 600 } })
  const message = rig.chat.message('oops')
  const at = rig.clock.now()
  const { address } = rig.chat
  await rig.channel.receives(
    { type: 'message', message },
    { type: 'deletion', address, messageIds: [message.id], at },
  )
  await rig.pass(1000)
  await rig.chat.hearsNothingMore()
  assert.deepEqual(runtime.heard, [])
})
