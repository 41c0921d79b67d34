import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeChannel } from '../test/fakes/fake-channel.ts'
import { startRig } from '../test/fakes/rig.ts'
import { ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'
import { openPolicy } from '../test/fakes/settings.ts'
import { DeliveryError } from './errors.ts'

const withOwner = () =>
  startRig({
    runtime: new ScriptedRuntime(),
    settings: { policies: new Map([['fake', { ...openPolicy, owners: new Set(['9']) }]]) },
  })

test('an owner hears what a channel has to say once a day, however often it says it', async () => {
  await using rig = await withOwner()
  const owner = rig.direct({ id: '9' })
  await owner.says('hello')
  await owner.hears('re: hello')
  await rig.channel.host.notice('safety-1', 'The safety number of +1 changed.')
  await rig.channel.host.notice('safety-1', 'The safety number of +1 changed.')
  await rig.channel.host.notice('captcha', 'Signal wants a captcha.')
  await owner.hears('The safety number of +1 changed.')
  await owner.hears('Signal wants a captcha.')
  await rig.pass(86_400_000)
  await rig.channel.host.notice('safety-1', 'The safety number of +1 changed.')
  await owner.hears('The safety number of +1 changed.')
  assert.equal(rig.channel.arrived.length, 4)
})

test('without an owner who can be reached a notice is nobody’s error', async () => {
  await using rig = await withOwner()
  await rig.channel.host.notice('captcha', 'Signal wants a captcha.')
  await rig.pass(1000)
  assert.equal(rig.channel.arrived.length, 0)
})

test('a channel learns where it was heard last, the latest place first', async () => {
  await using rig = await withOwner()
  await rig.direct({ id: '1' }).says('one')
  await rig.group('-5', '7').says('two')
  await rig.direct({ id: '1' }).says('three')
  const places = await rig.channel.host.places(rig.channel.account, 10)
  assert.deepEqual(
    places.map(({ address, chatKind }) => [address.chat, address.thread, chatKind]),
    [
      ['1', undefined, 'dm'],
      ['-5', '7', 'thread'],
    ],
  )
  const [latest] = await rig.channel.host.places(rig.channel.account, 1)
  assert.equal(latest?.address.chat, '1')
  assert.ok(Number(latest?.lastMessageId) > Number(places[1]?.lastMessageId))
})

test('an owner hears once a day that answers cannot be delivered, and of notices nothing', async () => {
  await using rig = await withOwner()
  const owner = rig.direct({ id: '9' })
  await owner.says('hello')
  await owner.hears('re: hello')
  rig.channel.onSend = ({ to }) => {
    if (to.chat !== '9') throw new DeliveryError('dead', 'Blocked by the user.')
  }
  await rig.chat.says('one')
  await owner.hears(/^An answer on fake could not be delivered \(trace r2\): Blocked by the user\./)
  await rig.chat.says('two')
  await rig.pass(5000)
  await owner.hearsNothingMore()
})

test('what a channel has to say about itself goes through another one where it can', async () => {
  const owned = { ...openPolicy, owners: new Set(['9']) }
  await using rig = await startRig({
    runtime: new ScriptedRuntime(),
    channels: (now) => [
      new FakeChannel({ name: 'first', now }),
      new FakeChannel({ name: 'second', now }),
    ],
    settings: {
      policies: new Map([
        ['first', owned],
        ['second', owned],
      ]),
    },
  })
  const here = rig.direct({ id: '9' })
  const there = rig.direct({ id: '9' }, rig.channels[1])
  for (const chat of [here, there]) {
    await chat.says('hello')
    await chat.hears('re: hello')
  }
  await rig.channel.host.notice('captcha', 'Signal wants a captcha.')
  await there.hears('Signal wants a captcha.')
  rig.channels[1]?.reports('retrying', 'No connection.')
  await rig.channel.host.notice('safety', 'A safety number changed.')
  await here.hears('A safety number changed.')
})
