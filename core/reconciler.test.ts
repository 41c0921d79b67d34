import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeChannel } from '../test/fakes/fake-channel.ts'
import { startRig } from '../test/fakes/rig.ts'
import { ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'
import { DeliveryError } from './errors.ts'

const unsure = () => new DeliveryError('uncertain', 'The connection was cut off.')
const down = () => new DeliveryError('retry', 'The platform is down.')

test('an uncertain send that did arrive is not repeated', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const { channel } = rig
  channel.onSend = (delivery) => {
    channel.onSend = () => undefined
    channel.onReconcile = () => ({ outcome: 'sent', id: channel.arrived[0]?.id ?? '' })
    channel.arrives(delivery)
    throw unsure()
  }
  await rig.chat.says('one')
  await rig.chat.hears('re: one')
  await rig.chat.says('two')
  await rig.pass(3000)
  await rig.chat.hears('re: two')
  await rig.chat.hearsNothingMore()
  assert.deepEqual(await rig.deliveryStates(), ['re: one: sent', 're: two: sent'])
})

test('an uncertain send that did not arrive is sent again, before what comes after it', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  rig.channel.failsNext(unsure())
  rig.channel.onReconcile = () => ({ outcome: 'not-sent' })
  await rig.chat.says('one')
  await rig.settle()
  await rig.chat.says('two')
  await rig.chat.hearsNothingMore()
  await rig.pass(5000)
  await rig.chat.hears('re: one')
  await rig.chat.hears('re: two')
  await rig.chat.hearsNothingMore()
})

test('what can never be proved stays visible, is not repeated, and holds nothing up', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  rig.channel.failsNext(unsure())
  await rig.chat.says('one')
  await rig.pass(2000)
  await rig.chat.says('two')
  await rig.chat.hears('re: two')
  await rig.restarts()
  await rig.pass(10_000)
  await rig.chat.hearsNothingMore()
  assert.deepEqual(await rig.deliveryStates(), ['re: one: uncertain', 're: two: sent'])
})

test('a send that always stays unsure and never arrives is given up after ten attempts', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  rig.channel.onSend = () => {
    throw unsure()
  }
  rig.channel.onReconcile = () => ({ outcome: 'not-sent' })
  await rig.chat.says('one')
  await rig.pass(100 * 60_000)
  assert.equal(rig.channel.attempts.length, 10)
  assert.deepEqual(await rig.deliveryStates(), ['re: one: discarded'])
})

test('while the platform cannot be asked it is asked again with growing pauses, then given up', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const askedAt: number[] = []
  rig.channel.failsNext(unsure())
  rig.channel.onReconcile = () => {
    askedAt.push(rig.clock.now())
    throw down()
  }
  await rig.chat.says('one')
  await rig.pass(100 * 60_000)
  assert.equal(askedAt.length, 20)
  assert.ok((askedAt[5] ?? 0) - (askedAt[4] ?? 0) > 60_000)
  assert.deepEqual(await rig.deliveryStates(), ['re: one: uncertain'])
})

test('the pauses of one account do not depend on another account', async () => {
  await using rig = await startRig({
    runtime: new ScriptedRuntime(),
    channels: (now) => [
      new FakeChannel({ name: 'first', now }),
      new FakeChannel({ name: 'second', now }),
    ],
  })
  const asked = [0, 0]
  for (const [index, channel] of rig.channels.entries()) {
    channel.failsNext(unsure())
    channel.onReconcile = () => {
      asked[index] = (asked[index] ?? 0) + 1
      throw down()
    }
    await rig.direct({ id: '1' }, channel).says('one')
  }
  await rig.pass(100 * 60_000)
  assert.deepEqual(asked, [20, 20])
})

test('a bug in an adapter’s proof is a fault, ends as unknown, and harms no other chat', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const other = rig.direct({ id: '2' })
  rig.channel.failsNext(unsure(), unsure())
  rig.channel.onReconcile = ({ to }) => {
    if (to.chat === '1') throw new TypeError('x is undefined')
    return { outcome: 'not-sent' }
  }
  await rig.chat.says('one')
  await other.says('two')
  await rig.pass(10_000)
  await other.hears('re: two')
  await rig.pass(100 * 60_000)
  assert.deepEqual(await rig.deliveryStates(), ['re: one: uncertain', 're: two: sent'])
  assert.equal(rig.faults().length, 20)
})

test('an adapter that fails unexpectedly while sending is not trusted: the send is proved', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  rig.channel.failsNext(new TypeError('x is undefined'))
  rig.channel.onReconcile = () => ({ outcome: 'not-sent' })
  await rig.chat.says('one')
  await rig.pass(3000)
  await rig.chat.hears('re: one')
  assert.equal(rig.faults().length, 1)
})

test('what was being sent when the process died is proved after the start', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const { channel } = rig
  channel.onSend = (delivery) => {
    channel.arrives(delivery)
    return new Promise(() => undefined)
  }
  await rig.chat.says('one')
  await rig.chat.hears('re: one')
  await rig.dies()
  channel.onSend = () => undefined
  channel.onReconcile = () => ({ outcome: 'sent', id: channel.arrived[0]?.id ?? '' })
  await rig.start()
  await rig.pass(3000)
  await rig.chat.hearsNothingMore()
  assert.deepEqual(await rig.deliveryStates(), ['re: one: sent'])
})

test('a person can have an uncertain message sent again', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  rig.channel.failsNext(unsure())
  await rig.chat.says('one')
  await rig.pass(3000)
  const { items } = await rig.store.views.deliveries({ state: 'uncertain', limit: 10 })
  assert.ok(await rig.store.deliveries.again(items[0]?.id ?? '', rig.clock.now()))
  rig.core.outbox.wake()
  await rig.chat.hears('re: one')
})
