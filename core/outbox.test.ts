import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRig } from '../test/fakes/rig.ts'
import { ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'
import { DeliveryError } from './errors.ts'

const down = () => new DeliveryError('retry', 'The platform is down.')
const slow = (retryAfterMs: number) => new DeliveryError('retry', 'Too fast.', { retryAfterMs })

test('a wait the platform asks for is obeyed to the millisecond, and is no attempt', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  rig.channel.failsNext(...Array.from({ length: 15 }, () => slow(7000)))
  const startedAt = rig.clock.now()
  await rig.chat.says('hello')
  await rig.pass(15 * 7000 - 1)
  await rig.chat.hearsNothingMore()
  await rig.pass(1)
  const { at } = await rig.chat.hears('re: hello')
  assert.equal(at - startedAt, 15 * 7000)
})

test('a send that failed is tried again after growing pauses, with the same key', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  rig.channel.failsNext(down(), down(), down())
  await rig.chat.says('hello')
  await rig.pass(12_000)
  await rig.chat.hears('re: hello')
  const { attempts } = rig.channel
  const pauses = attempts.slice(1).map(({ at }, index) => at - (attempts[index]?.at ?? 0))
  assert.equal(new Set(attempts.map(({ key }) => key)).size, 1)
  for (const [index, pause] of pauses.entries()) {
    const base = 1000 * 2 ** index
    assert.ok(pause >= base && pause <= base * 1.3, `pause ${index} is ${pause} ms`)
  }
})

test('after ten attempts it is discarded and shown, and the chat goes on', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  rig.channel.failsNext(...Array.from({ length: 10 }, down))
  await rig.chat.says('one')
  await rig.pass(30 * 60_000)
  await rig.chat.says('two')
  await rig.chat.hears('re: two')
  assert.deepEqual(await rig.deliveryStates(), ['re: one: discarded', 're: two: sent'])
  assert.equal(rig.channel.attempts.length, 11)
  await rig.hears('delivery.changed', ({ state }) => state === 'discarded')
})

test('what the platform rejects is discarded at once, and the chat goes on', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  rig.channel.failsNext(new DeliveryError('rejected', 'Bad request.'))
  await rig.chat.says('one')
  await rig.settle()
  await rig.chat.says('two')
  await rig.chat.hears('re: two')
  const { items } = await rig.store.views.deliveries({ state: 'discarded', limit: 10 })
  assert.deepEqual(
    items.map(({ text, error }) => [text, error]),
    [['re: one', 'Bad request.']],
  )
})

test('a chat that takes nothing is dead until the platform or its people say otherwise', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const other = rig.direct({ id: '2' })
  rig.channel.onSend = ({ to }) => {
    if (to.chat === '1') throw new DeliveryError('dead', 'Blocked by the user.')
  }
  const notice = (text: string) =>
    rig.store.deliveries.queue(
      rig.chat.address,
      { chunks: [{ text }], lane: 'answer' },
      text,
      rig.clock.now(),
    )
  await rig.chat.says('one')
  await rig.settle()
  await notice('nobody hears this')
  await other.says('three')
  await other.hears('re: three')
  assert.equal(rig.channel.attempts.filter(({ text }) => text !== 're: three').length, 1)
  rig.channel.onSend = () => undefined
  await rig.chat.membership(true)
  await notice('welcome back')
  rig.core.outbox.wake()
  await rig.chat.hears('welcome back')
  await rig.chat.membership(false)
  await rig.chat.says('four')
  await rig.chat.hears('re: four')
  await rig.chat.hearsNothingMore()
})

test('in a chat the bot was thrown out of nothing is tried', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const runtime = new ScriptedRuntime()
  runtime.script = { work: runtime.holds }
  rig.runtimes.set('main', runtime)
  await rig.chat.says('work')
  await runtime.begun('work')
  await rig.chat.membership(false)
  runtime.finish('work', 'too late')
  await rig.settle()
  assert.equal(rig.channel.attempts.length, 0)
  assert.deepEqual(await rig.deliveryStates(), ['too late: discarded'])
})

test('a chat that has moved gets its message at the new place', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const before = rig.group('g')
  const after = rig.group('G')
  rig.channel.onSend = ({ to }) => {
    if (to.chat === 'g') throw new DeliveryError('moved', 'Now a supergroup.', { movedTo: 'G' })
  }
  await before.asks('one')
  await after.hears('re: one')
  await after.asks('two')
  await after.hears('re: two')
})

test('a chat that is said to have moved for ever is given up', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  rig.channel.onSend = ({ to }) => {
    const movedTo = to.chat === 'g' ? 'G' : 'g'
    throw new DeliveryError('moved', 'Elsewhere.', { movedTo })
  }
  await rig.group('g').asks('one')
  await rig.pass(60 * 60_000)
  assert.ok(rig.channel.attempts.length <= 10)
  assert.deepEqual(await rig.deliveryStates(), ['re: one: discarded'])
})

test('within a chat the order holds while the first one waits; other chats go on', async () => {
  await using rig = await startRig({
    runtime: new ScriptedRuntime(),
    queue: { mode: 'followup' },
  })
  const other = rig.direct({ id: '2' })
  rig.channel.failsNext(slow(5000))
  await rig.chat.saysAtOnce('one', 'two', 'three')
  await rig.settle()
  await other.says('hello')
  await other.hears('re: hello')
  await rig.chat.hearsNothingMore()
  await rig.pass(5000)
  for (const text of ['one', 'two', 'three']) await rig.chat.hears(`re: ${text}`)
})

test('a control answer overtakes answers that wait in the same chat', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  rig.channel.onSend = ({ chunk }) => {
    if (chunk.text.startsWith('re:')) throw slow(60_000)
  }
  await rig.chat.says('hello')
  await rig.settle()
  await rig.chat.says('/status')
  await rig.chat.hears(/Nothing is running/)
})

test('within a chat one message is sent at a time', async () => {
  await using rig = await startRig({
    runtime: new ScriptedRuntime(),
    queue: { mode: 'followup' },
  })
  let sending = 0
  let most = 0
  rig.channel.onSend = async () => {
    sending += 1
    most = Math.max(most, sending)
    await rig.clock.sleep(100)
    sending -= 1
  }
  await rig.chat.saysAtOnce('1', '2', '3', '4')
  await rig.pass(1000)
  for (const text of ['1', '2', '3', '4']) await rig.chat.hears(`re: ${text}`)
  assert.equal(most, 1)
})

test('limits per account and per chat hold sends back', async () => {
  const limits = new Map([['fake', { perSecond: 2, perChatPerSecond: 1 }]])
  await using rig = await startRig({
    runtime: new ScriptedRuntime(),
    settings: { limits },
    queue: { mode: 'followup' },
  })
  const people = ['1', '2', '3'].map((id) => rig.direct({ id }))
  for (const chat of people) await chat.saysAtOnce('a', 'b')
  await rig.pass(10_000)
  const times = rig.channel.arrived.map(({ at }) => at)
  assert.equal(times.length, 6)
  for (const [index, at] of times.slice(1).entries()) {
    assert.ok(at - (times[index] ?? 0) >= 500, 'two a second for the account')
  }
  for (const { person } of people) {
    const [first, second] = rig.channel.arrived.filter(({ chat }) => chat === person.id)
    assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 1000, 'one a second for a chat')
  }
})

test('the files of an answer are chunks of their own, in order', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const sha256 = 'a'.repeat(64)
  const files = ['one.txt', 'two.txt'].map((name) => ({
    sha256,
    name,
    mime: 'text/plain',
    size: 1,
  }))
  rig.runtimes.set('main', new ScriptedRuntime({ work: { text: 'here', format: 'plain', files } }))
  await rig.chat.says('work')
  await rig.chat.hears('here')
  for (const name of ['one.txt', 'two.txt']) {
    const { delivery } = await rig.chat.hears('')
    assert.equal(delivery.chunk.file?.name, name)
    assert.match(delivery.filePath ?? '', new RegExp(`${sha256}$`))
  }
})

test('a file the platform refuses is told in the chat, once, and stays visible as discarded', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const file = { sha256: 'a'.repeat(64), name: 'film.mp4', mime: 'video/mp4', size: 60 * 2 ** 20 }
  const reply = { text: 'here', format: 'plain', files: [file] } as const
  rig.runtimes.set('main', new ScriptedRuntime({ film: reply }))
  rig.channel.onSend = ({ chunk }) => {
    if (chunk.file) throw new DeliveryError('rejected', 'Too big.', { code: 'too-large' })
  }
  await rig.chat.says('film')
  await rig.chat.hears('here')
  await rig.chat.hears('I have a file for you that is too large to be sent here: film.mp4, 60 MB.')
  const { items } = await rig.store.views.deliveries({ state: 'discarded', limit: 10 })
  assert.deepEqual(
    items.map(({ error }) => error),
    ['Too big.'],
  )
  await rig.store.deliveries.again(items[0]?.id ?? '', rig.clock.now())
  rig.core.outbox.wake()
  await rig.settle()
  await rig.chat.hearsNothingMore()
})

test('a refused file is told in the language and the place of whoever is there', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const file = { sha256: 'a'.repeat(64), name: 'film.mp4', mime: 'video/mp4', size: 1 }
  const reply = { text: 'hier', format: 'plain', files: [file] } as const
  rig.runtimes.set('main', new ScriptedRuntime({ film: reply }))
  rig.channel.onSend = ({ chunk }) => {
    if (chunk.file) throw new DeliveryError('rejected', 'No "Attach Files".')
  }
  const german = rig.direct({ id: '1', name: 'Ana', language: 'de' })
  const topic = rig.group('-5', '7')
  await german.says('film')
  await topic.asks('film')
  await german.hears('hier')
  await german.hears('Ich habe eine Datei, die sich hier nicht verschicken lässt: film.mp4.')
  await topic.hears('hier')
  await topic.hears('I have a file for you that cannot be sent here: film.mp4.')
})

test('when the sentence about a refused file is refused too, that is all', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const file = { sha256: 'a'.repeat(64), name: 'film.mp4', mime: 'video/mp4', size: 1 }
  rig.runtimes.set(
    'main',
    new ScriptedRuntime({ film: { text: '', format: 'plain', files: [file] } }),
  )
  rig.channel.onSend = () => {
    throw new DeliveryError('rejected', 'No.')
  }
  await rig.chat.says('film')
  await rig.settle()
  assert.equal(rig.channel.attempts.length, 2)
})
