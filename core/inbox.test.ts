import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRig } from '../test/fakes/rig.ts'
import { ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'
import { openPolicy } from '../test/fakes/settings.ts'

test('a message the platform delivers twice is answered once', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime({ ping: 'pong' }) })
  await rig.chat.says('ping', { id: '7' })
  await rig.chat.says('ping', { id: '7' })
  await rig.chat.hears('pong')
  await rig.chat.hearsNothingMore()
  await rig.hears('message.repeated')
})

test('a message delivered twice in one batch, or again after a restart, is answered once', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime({ ping: 'pong' }) })
  const event = { type: 'message', message: rig.chat.message('ping') } as const
  await rig.channel.receives(event, event)
  await rig.chat.hears('pong')
  await rig.restarts()
  await rig.channel.receives(event)
  await rig.chat.hearsNothingMore()
})

test('the same id in two chats is two messages', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const other = rig.direct({ id: '2' })
  await rig.chat.says('one', { id: '7' })
  await other.says('two', { id: '7' })
  await rig.chat.hears('re: one')
  await other.hears('re: two')
})

test('a batch is taken in its order, whatever kinds are in it', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime, queue: { mode: 'followup' } })
  await rig.chat.saysAtOnce('one', '/queue', 'two', 'three')
  await rig.chat.hears(/handled as: followup/)
  for (const text of ['one', 'two', 'three']) await rig.chat.hears(`re: ${text}`)
  assert.deepEqual(runtime.heard, ['one', 'two', 'three'])
})

test('batches that overlap are stored in the order they came', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime, queue: { mode: 'followup' } })
  const texts = Array.from({ length: 15 }, (_, index) => `message ${index}`)
  await Promise.all(texts.map((text) => rig.chat.says(text)))
  for (const text of texts) await rig.chat.hears(`re: ${text}`)
})

test('every message has an end and a reason that `/why` and the trace can show', async () => {
  const policies = new Map([['fake', { ...openPolicy, dm: 'allowlist' as const }]])
  await using rig = await startRig({ runtime: new ScriptedRuntime(), settings: { policies } })
  await rig.chat.says('hello')
  const { messageId, disposition, reason } = await rig.hears('message.received')
  assert.equal(disposition, 'dropped')
  assert.match(reason ?? '', /allow list/)
  const trace = await rig.store.views.trace(messageId)
  assert.equal(trace?.message?.reason, reason)
  await rig.chat.hearsNothingMore()
})

test('what comes by a channel that is not configured is dropped with a reason', async () => {
  await using rig = await startRig({
    runtime: new ScriptedRuntime(),
    settings: { policies: new Map() },
  })
  await rig.chat.says('hello')
  await rig.chat.presses('q1:yes')
  const { reason } = await rig.hears('message.received')
  assert.equal(reason, 'the channel is not configured')
})

test('too many messages in a minute: one polite line, then silence, then all is well', async () => {
  await using rig = await startRig({
    runtime: new ScriptedRuntime(),
    queue: { senderPerMinute: 3, mode: 'followup' },
  })
  for (let index = 1; index <= 3; index += 1) {
    await rig.chat.says(`${index}`)
    await rig.chat.hears(`re: ${index}`)
  }
  for (let index = 4; index <= 6; index += 1) await rig.chat.says(`${index}`)
  await rig.chat.hears(/^Please slow down: I read at most 3 messages a minute/)
  await rig.chat.hearsNothingMore()
  await rig.chat.says('/status')
  await rig.chat.hears(/Nothing is running/)
  await rig.pass(60_000)
  await rig.chat.says('back')
  await rig.chat.hears('re: back')
})

test('one person’s haste is nobody else’s', async () => {
  await using rig = await startRig({
    runtime: new ScriptedRuntime(),
    queue: { senderPerMinute: 1, mode: 'followup' },
  })
  const group = rig.group('g')
  await group.asks('one')
  await group.hears('re: one')
  await group.asks('two')
  await group.hears(/slow down/)
  await group.as({ id: '2' }).asks('three')
  await group.hears('re: three')
})

test('an album counts as one message, however many pictures it has', async () => {
  await using rig = await startRig({
    runtime: new ScriptedRuntime(),
    queue: { senderPerMinute: 2 },
  })
  for (let index = 0; index < 10; index += 1) await rig.chat.says('', { album: 'a' })
  await rig.chat.says('what is that?')
  await rig.pass(2000)
  await rig.chat.hears(/what is that\?/)
  await rig.chat.hearsNothingMore()
})

test('two bots that answer each other are cut off', async () => {
  const runtime = new ScriptedRuntime()
  const policies = new Map([['fake', { ...openPolicy, bots: new Set(['b']) }]])
  await using rig = await startRig({
    runtime,
    settings: { policies },
    queue: { mode: 'followup', maxQueued: 50 },
  })
  const bot = rig.group('g').as({ id: 'b', isBot: true })
  for (let index = 0; index < 25; index += 1) await bot.asks('echo')
  await rig.settle()
  assert.equal(runtime.turns.length, 20)
  await rig.pass(61_000)
  await bot.asks('echo')
  await runtime.hasBegun(21)
})

test('a press of a button that belongs to nothing is left alone', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  for (const data of ['', 'q99:yes', 'something else']) await rig.chat.presses(data)
  await rig.chat.hearsNothingMore()
})

test('a group that becomes a supergroup keeps its session', async () => {
  const runtime = new ScriptedRuntime()
  await using rig = await startRig({ runtime })
  const before = rig.group('g')
  const after = rig.group('G')
  await before.asks('one')
  await before.hears('re: one')
  const { account } = rig.channel
  await rig.channel.receives({ type: 'migration', id: '1', account, from: 'g', to: 'G', at: 0 })
  await after.asks('two')
  await after.hears('re: two')
  const [one, two] = runtime.turns
  assert.equal(one?.session.id, two?.session.id)
  assert.equal((await two?.history(10))?.length, 2)
})

test('nothing is taken for stored that could not be stored', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const { store } = rig
  const message = rig.chat.message('hello')
  await store.close()
  await assert.rejects(rig.channel.receives({ type: 'message', message }))
  await rig.dies()
  await rig.start()
  await rig.channel.receives({ type: 'message', message })
  await rig.chat.hears('re: hello')
  rig.faults()
})
