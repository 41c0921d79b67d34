import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { Accepted } from '../../../core/store/inbox.ts'
import { account, ada, group } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

const hourMs = 3_600_000

async function knocks(world: World, sender: string, code: string): Promise<Accepted> {
  const salt = `salt of ${sender}`
  const hash = createHash('sha256').update(`${salt}:${code}`).digest('hex')
  const record = world.record('hi', {
    address: { ...ada, chat: sender },
    author: { id: sender, name: `Stranger ${sender}` },
  })
  return await world.accept(record, {
    as: 'pairing',
    code: { hash, salt, expiresAt: world.now + hourMs },
    maxPending: 3,
    notice: { chunks: [{ text: `Code for ${sender}` }], lane: 'control' },
  })
}

async function statusOf(world: World, senderId: string): Promise<string | undefined> {
  const [facts] = await world.store.inbox.facts([{ address: { ...ada, chat: senderId }, senderId }])
  return facts?.senderStatus
}

export function accessContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} access`, engine)

  scene('a stranger gets one code, however often they write', async (world) => {
    const first = await knocks(world, '1', 'AAAA2222')
    const second = await knocks(world, '1', 'BBBB2222')
    assert.ok(first.pairingId)
    assert.equal(second.pairingId, undefined)
    assert.deepEqual(await world.delivers(), ['Code for 1'])
    const [pairing, ...others] = await world.store.access.pairings(world.now)
    assert.deepEqual(others, [])
    assert.deepEqual(pairing, {
      id: first.pairingId,
      channel: 'telegram',
      account,
      sender: '1',
      senderName: 'Stranger 1',
      createdAt: world.now,
      expiresAt: world.now + hourMs,
    })
    assert.equal(
      (await world.store.access.approve('AAAA2222', false, world.now)).result,
      'approved',
    )
  })

  scene('the fourth stranger gets silence and nobody is evicted', async (world) => {
    for (const sender of ['1', '2', '3', '4']) await knocks(world, sender, `CODE222${sender}`)
    assert.deepEqual(await world.delivers(), ['Code for 1', 'Code for 2', 'Code for 3'])
    assert.equal((await world.store.access.pairings(world.now)).length, 3)
    world.now += hourMs
    assert.deepEqual(await world.store.access.pairings(world.now), [])
    assert.ok((await knocks(world, '4', 'CODE2229')).pairingId)
  })

  scene('approved by id or by code, as what was asked for, once', async (world) => {
    const { pairingId } = await knocks(world, '1', 'AAAA2222')
    await knocks(world, '2', 'BBBB2222')
    const paired = await world.store.access.approve(pairingId ?? '', false, world.now)
    assert.ok(paired.result === 'approved')
    assert.deepEqual(paired.chat, { ...ada, chat: '1' })
    assert.deepEqual(paired.sender, {
      account,
      channel: 'telegram',
      id: '1',
      name: 'Stranger 1',
      status: 'paired',
      at: world.now,
    })
    const owner = await world.store.access.approve('BBBB2222', true, world.now)
    assert.ok(owner.result === 'approved')
    assert.equal(owner.sender.status, 'owner')
    assert.deepEqual([await statusOf(world, '1'), await statusOf(world, '2')], ['paired', 'owner'])
    assert.equal((await world.store.access.approve('BBBB2222', false, world.now)).result, 'unknown')
    assert.equal(await statusOf(world, '2'), 'owner')
  })

  scene('an expired code gives nothing', async (world) => {
    await knocks(world, '1', 'AAAA2222')
    world.now += hourMs
    const { result } = await world.store.access.approve('AAAA2222', false, world.now)
    assert.ok(result === 'expired' || result === 'unknown')
    assert.equal(await statusOf(world, '1'), undefined)
  })

  scene('five wrong codes lock approval by code for an hour, not by id', async (world) => {
    const first = await knocks(world, '1', 'AAAA2222')
    for (let wrong = 0; wrong < 5; wrong++) {
      assert.equal(
        (await world.store.access.approve(`WRONG22${wrong}`, false, world.now)).result,
        'unknown',
      )
    }
    assert.deepEqual(await world.store.access.approve('AAAA2222', false, world.now), {
      result: 'locked',
      until: world.now + hourMs,
    })
    await world.restarts()
    assert.equal(
      (await world.store.access.approve('AAAA2222', false, world.now + 1000)).result,
      'locked',
    )
    assert.equal(
      (await world.store.access.approve(first.pairingId ?? '', false, world.now)).result,
      'approved',
    )
    world.now += hourMs
    await knocks(world, '2', 'CCCC2222')
    assert.equal(
      (await world.store.access.approve('CCCC2222', false, world.now)).result,
      'approved',
    )
  })

  scene('a rejected stranger stays one', async (world) => {
    const { pairingId } = await knocks(world, '1', 'AAAA2222')
    assert.equal(await world.store.access.reject(pairingId ?? '', world.now), true)
    assert.equal(await world.store.access.reject(pairingId ?? '', world.now), false)
    assert.equal((await world.store.access.approve('AAAA2222', false, world.now)).result, 'unknown')
    assert.equal(await statusOf(world, '1'), undefined)
  })

  scene('rights are given, changed and taken away', async (world) => {
    const sender = { account, channel: 'telegram', id: '1', name: 'Ada' }
    await world.store.access.setSender(sender, 'allowed', world.now)
    await world.store.access.setSender(sender, 'blocked', world.now)
    assert.equal(await statusOf(world, '1'), 'blocked')
    assert.deepEqual(await world.store.access.senders(), [
      { ...sender, status: 'blocked', at: world.now },
    ])
    assert.equal(await world.store.access.removeSender(account, '1', world.now), true)
    assert.equal(await world.store.access.removeSender(account, '1', world.now), false)
    assert.equal(await statusOf(world, '1'), undefined)
    assert.deepEqual(await world.store.access.senders(), [])
  })

  scene('rights outlast what their owner writes, and a restart', async (world) => {
    await world.store.access.setSender(
      { account, channel: 'telegram', id: '1', name: 'Ada' },
      'owner',
      world.now,
    )
    await world.says(
      'hi',
      {},
      { address: { ...ada, chat: '1' }, author: { id: '1', name: 'Ada L.' } },
    )
    await world.restarts()
    assert.equal(await statusOf(world, '1'), 'owner')
    assert.equal((await world.store.access.senders())[0]?.name, 'Ada L.')
  })

  scene('a group is approved for all its topics, until that is withdrawn', async (world) => {
    const isApproved = async (thread: string | undefined) => {
      const address = { ...group, ...(thread !== undefined && { thread }) }
      return (await world.store.inbox.facts([{ address, senderId: 'x' }]))[0]?.isChatApproved
    }
    await world.says('hi', {}, { address: { ...group, thread: '1' } })
    await world.store.access.approveChat(group, true, world.now)
    assert.deepEqual(
      [await isApproved(undefined), await isApproved('1'), await isApproved('2')],
      [true, true, true],
    )
    await world.says('hi', {}, { address: { ...group, thread: '3' } })
    assert.equal(await isApproved('3'), true)
    await world.store.access.approveChat(group, false, world.now)
    assert.deepEqual(
      [await isApproved(undefined), await isApproved('1'), await isApproved('3')],
      [false, false, false],
    )
  })

  scene('a space is approved for all its chats, those heard of later included', async (world) => {
    const space = { id: 's1', title: 'Ada HQ' }
    const factsOf = async (chat: string, of?: { id: string }) => {
      const address = { ...group, chat }
      const subject = { address, senderId: 'x', ...(of && { space: of }) }
      const [facts] = await world.store.inbox.facts([subject])
      return [facts?.isChatApproved, facts?.isChatClosed === true]
    }
    await world.says('hi', {}, { address: group, space })
    assert.deepEqual(await factsOf(group.chat), [false, false])
    await world.store.access.approveSpace(account, 's1', true, world.now)
    assert.deepEqual(await factsOf(group.chat), [true, false], 'its space is remembered')
    assert.deepEqual(await factsOf('-201', { id: 's1' }), [true, false])
    assert.deepEqual(await factsOf('-201', { id: 's2' }), [false, false])
    assert.deepEqual(await factsOf('-201'), [false, false])
    await world.store.access.approveChat(group, false, world.now)
    assert.deepEqual(await factsOf(group.chat), [false, true], 'a chat of it can be closed')
    await world.restarts()
    await world.store.access.approveChat(group, null, world.now)
    assert.deepEqual(await factsOf(group.chat), [true, false])
    await world.store.access.approveSpace(account, 's1', false, world.now)
    assert.deepEqual(await factsOf(group.chat), [false, true])
    await world.store.access.approveSpace(account, 's1', null, world.now)
    assert.deepEqual(await factsOf(group.chat), [false, false])
  })

  scene(
    'the direct chat of a person is known once they wrote there, while it is alive',
    async (world) => {
      assert.equal(await world.store.access.directChat(account, 'u1'), undefined)
      await world.says('hi', {}, { address: group, author: { id: 'u1', name: 'Ada' } })
      assert.equal(await world.store.access.directChat(account, 'u1'), undefined)
      await world.says('hi', {}, { address: ada, author: { id: 'u1', name: 'Ada' } })
      assert.deepEqual(await world.store.access.directChat(account, 'u1'), ada)
      await world.store.inbox.setMembership(ada, 'dm', undefined, false, world.now)
      assert.equal(await world.store.access.directChat(account, 'u1'), undefined)
    },
  )
}
