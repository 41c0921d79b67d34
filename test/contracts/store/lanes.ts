import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Lane } from '../../../core/model.ts'
import { account, ada, bob, group, topic } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

async function queue(world: World, to: typeof ada, lane: Lane, ...texts: string[]): Promise<void> {
  const chunks = texts.map((text) => ({ text }))
  await world.store.deliveries.queue(to, { chunks, lane }, randomUUID(), world.now)
}

async function inFlight(world: World): Promise<string[]> {
  return (await world.claimDeliveries()).map(({ chunk }) => chunk.text)
}

export function lanesContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} lanes`, engine)

  scene('one message at a time per chat, in the order they were queued', async (world) => {
    await queue(world, ada, 'answer', 'a1', 'a2')
    await queue(world, bob, 'answer', 'b1')
    await queue(world, ada, 'answer', 'a3')
    const first = await world.claimDeliveries()
    assert.deepEqual(
      first.map(({ chunk }) => chunk.text),
      ['a1', 'b1'],
    )
    assert.deepEqual(await inFlight(world), [])
    await world.store.deliveries.sent(first[0]?.id ?? '', '1', world.now)
    assert.deepEqual(await world.delivers(), ['a2', 'a3'])
  })

  scene('the threads of one chat share its lane', async (world) => {
    await queue(world, group, 'answer', 'in the group')
    await queue(world, topic, 'answer', 'in the topic')
    assert.deepEqual(await inFlight(world), ['in the group'])
    assert.deepEqual(await inFlight(world), [])
  })

  scene('control answers wait for no answer, nor the other way round', async (world) => {
    await queue(world, ada, 'answer', 'a1', 'a2')
    await queue(world, ada, 'control', 'c1', 'c2')
    assert.deepEqual((await inFlight(world)).sort(), ['a1', 'c1'])
    assert.deepEqual(await inFlight(world), [])
  })

  scene('a postponed message holds its lane until its time', async (world) => {
    await queue(world, ada, 'answer', 'a1', 'a2')
    await queue(world, ada, 'control', 'c1')
    const [a1, c1] = await world.claimDeliveries()
    assert.ok(a1 && c1)
    await world.store.deliveries.postpone(a1.id, world.now + 5000, 'busy', true, world.now)
    await world.store.deliveries.sent(c1.id, '1', world.now)
    const args = { accounts: [account], now: world.now, limit: 10 }
    assert.deepEqual(await world.store.deliveries.claim(args), {
      deliveries: [],
      nextAt: world.now + 5000,
    })
    world.now += 5000
    assert.deepEqual(await world.delivers(), ['a1', 'a2'])
    assert.equal((await world.store.deliveries.claim(args)).nextAt, undefined)
  })

  scene(
    'an uncertain message holds its lane until it is settled; parked, it stays uncertain',
    async (world) => {
      await queue(world, ada, 'answer', 'a1', 'a2')
      const a1 = await world.claimDelivery()
      await world.store.deliveries.uncertain(a1.id, 'timeout', world.now)
      await queue(world, ada, 'answer', 'a3')
      await world.restarts()
      await world.store.deliveries.recover(world.now)
      assert.deepEqual(await inFlight(world), [])
      assert.equal((await world.store.deliveries.unsettled(account)).length, 1)
      await world.store.deliveries.park(a1.id, 'Nobody knows.', world.now)
      assert.deepEqual(await world.delivers(), ['a2', 'a3'])
      assert.equal((await world.store.views.delivery(a1.id))?.state, 'uncertain')
      assert.deepEqual(
        await world.store.deliveries.unsettled(account),
        [],
        'it is not asked about again',
      )
      await world.restarts()
      await world.store.deliveries.recover(world.now)
      assert.deepEqual(await world.store.deliveries.unsettled(account), [])
    },
  )

  scene(
    'a dead chat discards what waits in it and what comes, until the account is back',
    async (world) => {
      await queue(world, group, 'answer', 'a1', 'a2')
      await queue(world, group, 'control', 'c1', 'c2')
      await queue(world, topic, 'answer', 't1')
      await queue(world, bob, 'answer', 'b1')
      const [a1] = await world.claimDeliveries(1)
      assert.equal(a1?.chunk.text, 'a1')
      const { deliveries } = world.store
      const lost = await deliveries.killChat(a1.id, 'The bot was blocked.', world.now)
      assert.equal(lost[0]?.id, a1.id)
      assert.equal(lost[0]?.key, a1.key)
      assert.deepEqual(
        lost.map(({ to }) => to),
        [group, group, group, group, topic],
      )
      assert.deepEqual(await deliveries.killChat(a1.id, 'Again.', world.now), [])
      await queue(world, group, 'answer', 'late')
      await queue(world, topic, 'answer', 'late in the topic')
      assert.deepEqual(await world.delivers(), ['b1'])
      const { items } = await world.store.views.deliveries({ state: 'discarded', limit: 20 })
      assert.deepEqual(items.map(({ text }) => text).sort(), [
        'a1',
        'a2',
        'c1',
        'c2',
        'late',
        'late in the topic',
        't1',
      ])
      const [facts] = await world.store.inbox.facts([{ address: topic, senderId: 'x' }])
      assert.equal(facts?.isChatAlive, false)
      await world.store.inbox.setMembership(group, 'group', undefined, true, world.now)
      await queue(world, group, 'answer', 'back')
      assert.deepEqual(await world.delivers(), ['back'])
    },
  )

  scene('an answer for a dead chat ends at once, and the run with it', async (world) => {
    await world.says('hi')
    const run = await world.claimOne()
    await world.store.inbox.setMembership(ada, 'dm', undefined, false, world.now)
    await world.answers(run, 'hello')
    assert.equal(await world.stateOf(run.id), 'completed')
    assert.deepEqual(await world.delivers(), [])
    assert.equal((await world.store.views.counts()).discarded, 1)
  })
}
