import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRig } from '../test/fakes/rig.ts'
import { ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'
import type { InboundAttachment } from './model.ts'

const photo = (ref: string): InboundAttachment => ({ ref, kind: 'photo' })

test('what is written within the debounce window is one turn', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime, queue: { debounceMs: 600 } })
  await rig.chat.says('one')
  await rig.pass(500)
  await rig.chat.says('two')
  await rig.pass(500)
  assert.deepEqual(runtime.heard, [])
  await rig.pass(100)
  await rig.chat.hears('re: one\ntwo')
  assert.deepEqual(runtime.heard, ['one\ntwo'])
})

test('what is written after the window is another turn', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime, queue: { debounceMs: 600 } })
  await rig.chat.says('one')
  await rig.pass(600)
  await rig.chat.hears('re: one')
  await rig.chat.says('two')
  await rig.pass(600)
  await rig.chat.hears('re: two')
})

test('in followup mode too, what is written within the window is one turn', async () => {
  await using rig = await startRig({
    runtime: new ScriptedRuntime(),
    queue: { debounceMs: 600, mode: 'followup' },
  })
  await rig.chat.says('one')
  await rig.pass(300)
  await rig.chat.says('two')
  await rig.pass(700)
  await rig.chat.hears('re: one\ntwo')
  await rig.chat.hearsNothingMore()
})

test('somebody who never stops writing is answered after ten seconds at the latest', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime, queue: { debounceMs: 600, maxQueued: 100 } })
  const startedAt = rig.clock.now()
  for (let index = 0; runtime.turns.length === 0 && index < 40; index += 1) {
    await rig.chat.says(`line ${index}`)
    await rig.pass(500)
  }
  assert.ok(rig.clock.now() - startedAt <= 10_500)
})

test('an album is one turn with all its pictures, without a general window', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime })
  await rig.chat.says('look', { album: 'a', attachments: [photo('p1')] })
  await rig.pass(800)
  await rig.chat.sends([photo('p2')], { album: 'a' })
  await rig.pass(800)
  await rig.chat.sends([photo('p3')], { album: 'a' })
  await rig.pass(1000)
  assert.equal(runtime.turns.length, 0)
  await rig.pass(300)
  await runtime.hasBegun(1)
  const [turn] = runtime.turns
  const pictures = turn?.messages.flatMap(({ attachments }) => attachments) ?? []
  assert.equal(pictures.length, 3)
  for (const picture of pictures) assert.ok(picture.path, 'the file is there')
  await rig.chat.hears(/re: look/)
})

test('albums of one moment are turns of their own in followup mode', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime, queue: { mode: 'followup' } })
  await rig.chat.says('a1', { album: 'a' })
  await rig.pass(1300)
  await rig.chat.says('b1', { album: 'b' })
  await rig.chat.says('b2', { album: 'b' })
  await rig.pass(1300)
  assert.deepEqual(runtime.heard, ['a1', 'b1\nb2'])
})

test('a long paste that the client split is put together again', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime, queue: { mode: 'followup' } })
  await rig.chat.says('first half', { isNearLimit: true })
  await rig.pass(1900)
  assert.equal(runtime.turns.length, 0)
  await rig.chat.says('second half')
  await rig.pass(100)
  await runtime.begun('first half\nsecond half')
})

test('the window is in the rows: a process that dies within it loses nothing', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime, queue: { debounceMs: 600 } })
  await rig.chat.says('one')
  await rig.pass(300)
  await rig.dies()
  await rig.start()
  await rig.chat.says('two')
  await rig.pass(700)
  await rig.chat.hears('re: one\ntwo')
  await rig.chat.hearsNothingMore()
})

test('commands do not wait for the window, and do not end it', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime, queue: { debounceMs: 600 } })
  await rig.chat.says('one')
  await rig.chat.says('/status')
  await rig.chat.hears(/Nothing is running\. One turn is waiting\./)
  await rig.chat.says('two')
  await rig.pass(700)
  await rig.chat.hears('re: one\ntwo')
})

test('/stop within the window cancels what waits in it', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime, queue: { debounceMs: 600 } })
  await rig.chat.says('one')
  await rig.chat.says('/stop')
  await rig.chat.hears('Stopped.')
  await rig.pass(1000)
  await rig.chat.hearsNothingMore()
  assert.deepEqual(runtime.heard, [])
})

test('a run waits for its files, but not for ever', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime })
  rig.channel.onFetch = () => new Promise(() => undefined)
  await rig.chat.says('look', { attachments: [photo('slow')] })
  await rig.pass(59_000)
  assert.equal(runtime.turns.length, 0)
  await rig.pass(1500)
  await rig.chat.hears('re: look')
  const [attachment] = runtime.turns[0]?.messages[0]?.attachments ?? []
  assert.ok(attachment?.unavailable, 'what is missing is a visible line')
})
