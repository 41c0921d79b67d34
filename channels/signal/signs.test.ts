import assert from 'node:assert/strict'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { DeliveryError } from '../../core/errors.ts'
import { ManualClock } from '../../test/fakes/manual-clock.ts'
import { quickTiming, signal, startSignalRig } from '../../test/fakes/signal-channel.ts'

test('typing shows in chats and groups, and not to ourselves', async () => {
  await using rig = await startSignalRig()
  const ann = rig.server.person('Ann')
  const group = rig.server.group('Team', [ann])
  for (const chat of [ann.uuid, group.internalId, rig.server.self.uuid]) {
    await rig.channel.typing(rig.deliveryOf(chat, '').to, signal)
  }
  assert.deepEqual(
    rig.server.world.typing.map(({ recipient }) => recipient),
    [ann.uuid, group.id],
  )
  assert.deepEqual(rig.server.breaches, [])
})

test('a reaction is set, replaced and taken back', async () => {
  await using rig = await startSignalRig()
  const ann = rig.server.person('Ann')
  const said = ann.says('hi')
  const { id, address } = await rig.host.waitFor(() => rig.host.messages[0])
  await rig.channel.react(address, id, '👀', signal)
  await rig.channel.react(address, id, null, signal)
  await rig.channel.react(address, 'no message of Signal', '👀', signal)
  const [reaction, ...others] = rig.server.world.reactions
  assert.deepEqual(reaction, {
    recipient: ann.uuid,
    emoji: '👀',
    author: ann.uuid,
    timestamp: said.timestamp,
    isRemoved: true,
  })
  assert.deepEqual(others, [])
  assert.equal(rig.server.calls.at(-1)?.body['reaction'], '👀')
  assert.deepEqual(rig.server.breaches, [])
})

test('read receipts go to the authors, in groups too, and never to ourselves', async () => {
  await using rig = await startSignalRig()
  const [ann, bob] = [rig.server.person('Ann'), rig.server.person('Bob')]
  const group = rig.server.group('Team', [ann, bob])
  const said = [ann.says('one', { group }), bob.says('two', { group })]
  await rig.host.waitFor(() => rig.host.messages.length === 2)
  const ids = rig.host.messages.map(({ id }) => id)
  const to = rig.deliveryOf(group.internalId, '').to
  await rig.channel.seen(to, [...ids, `5.${rig.server.self.uuid}`, 'x'], signal)
  assert.deepEqual(
    rig.server.world.receipts,
    said.map(({ author, timestamp }) => ({ recipient: author.uuid, type: 'read', timestamp })),
  )
  assert.deepEqual(rig.server.breaches, [])
})

test('signs fail as deliveries do', async () => {
  await using rig = await startSignalRig()
  const ann = rig.server.person('Ann')
  rig.server.fail('PUT /v1/typing-indicator/{number}', { kind: 'page', status: 503 })
  const failing = rig.channel.typing(rig.deliveryOf(ann.uuid, '').to, signal)
  await assert.rejects(failing, DeliveryError)
})

test('a file is fetched whole, and deleted at the server a while later', async () => {
  const clock = new ManualClock()
  await using rig = await startSignalRig({ clock, timing: { ...quickTiming, keepFileMs: 60_000 } })
  const { server, channel, host } = rig
  server.person('Ann').says('look', { attachments: [{ content: Buffer.from('pixels') }] })
  const [attachment] = (await host.waitFor(() => host.messages[0])).attachments
  assert.ok(attachment)
  for (const _ of ['once', 'again, should storing it have failed']) {
    assert.equal(await text(await channel.fetch(attachment, signal)), 'pixels')
  }
  await clock.untilSleeping()
  await clock.advance(59_000)
  assert.equal(server.world.files.size, 1)
  await clock.advance(1_000)
  await server.waitFor(() => server.world.files.size === 0)
})

test('a file that is not there any more is refused in plain words', async () => {
  await using rig = await startSignalRig()
  rig.server.person('Ann').says(null, { attachments: [{ isMissing: true }] })
  const [attachment] = (await rig.host.waitFor(() => rig.host.messages[0])).attachments
  assert.ok(attachment)
  await assert.rejects(rig.channel.fetch(attachment, signal), (error) => {
    assert.ok(error instanceof DeliveryError)
    assert.deepEqual([error.failure, error.code], ['rejected', 'no-file'])
    assert.match(error.message, /no longer has this file/)
    return true
  })
})

test('a file that stops half-way ends in an error, and stays at the server', async () => {
  await using rig = await startSignalRig({ timing: { ...quickTiming, fileMs: 200 } })
  const { server, channel, host } = rig
  server.person('Ann').says(null, { attachments: [{ content: Buffer.alloc(1000, 'x') }] })
  const [attachment] = (await host.waitFor(() => host.messages[0])).attachments
  assert.ok(attachment)
  server.fail('GET /v1/attachments/{}', { kind: 'half' })
  await assert.rejects(async () => text(await channel.fetch(attachment, signal)))
  assert.equal(server.world.files.size, 1)
})

test('one hundred megabytes come through without being held in memory', async () => {
  await using rig = await startSignalRig({ timing: { ...quickTiming, fileMs: 30_000 } })
  const size = 100 * 1024 * 1024
  rig.server.person('Ann').says(null, { attachments: [{ content: Buffer.alloc(size) }] })
  const [attachment] = (await rig.host.waitFor(() => rig.host.messages[0])).attachments
  assert.ok(attachment)
  const stream = await rig.channel.fetch(attachment, signal)
  let read = 0
  let held = 0
  for await (const piece of stream) {
    read += piece.length
    // A reader that is slower than the server must hold the server back.
    for (let turn = 0; read < 1_000_000 && turn < 20; turn += 1) await turnOfTheLoop()
    held = Math.max(held, stream.readableLength)
  }
  assert.equal(read, size)
  assert.ok(held < 2_000_000, `${held} bytes were held`)
})
