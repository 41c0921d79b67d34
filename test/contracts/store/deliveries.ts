import assert from 'node:assert/strict'
import { account, ada, bob, group } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

async function queue(world: World, key: string, ...texts: string[]): Promise<readonly string[]> {
  const notice = { chunks: texts.map((text) => ({ text })), lane: 'answer' as const }
  return await world.store.deliveries.queue(ada, notice, key, world.now)
}

export function deliveriesContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} deliveries`, engine)

  scene('a message outside any run carries all there is to send', async (world) => {
    const chunk = {
      text: 'hello',
      format: { entities: [{ type: 'bold', offset: 0, length: 5 }] },
      file: { sha256: 'c'.repeat(64), name: 'c.txt', mime: 'text/plain', size: 1 },
      buttons: [[{ label: 'Yes', data: 'q1:yes', style: 'primary' as const }]],
    }
    const [id] = await world.store.deliveries.queue(
      { ...group, replyTo: '9' },
      { chunks: [chunk], lane: 'control' },
      'key-1',
      world.now,
    )
    const delivery = await world.claimDelivery()
    assert.deepEqual(
      [
        delivery.id,
        delivery.runId,
        delivery.lane,
        delivery.attempts,
        delivery.createdAt,
        delivery.chunk,
      ],
      [id, undefined, 'control', 1, world.now, chunk],
    )
    assert.deepEqual(
      [delivery.to.account, delivery.to.chat, delivery.to.replyTo],
      [account, group.chat, '9'],
    )
  })

  scene('a message queued twice with one key is sent once', async (world) => {
    const first = await queue(world, 'key-1', 'a', 'b')
    assert.deepEqual(await queue(world, 'key-1', 'a', 'b'), first)
    assert.deepEqual(await world.delivers(), ['a', 'b'])
  })

  scene('a key is the same over every attempt and restart', async (world) => {
    await queue(world, 'key-1', 'a')
    const first = await world.claimDelivery()
    await world.store.deliveries.postpone(first.id, world.now, 'busy', true, world.now)
    await world.restarts()
    const second = await world.claimDelivery()
    assert.deepEqual([second.id, second.key, second.attempts], [first.id, first.key, 2])
  })

  scene('being sent is recorded before anything leaves', async (world) => {
    const [id] = await queue(world, 'key-1', 'a')
    await world.claimDelivery()
    await world.restarts()
    assert.equal((await world.store.views.delivery(id ?? ''))?.state, 'sending')
  })

  scene('only the accounts asked for, and no more than the limit', async (world) => {
    await queue(world, 'key-1', 'a')
    await world.store.deliveries.queue(
      bob,
      { chunks: [{ text: 'b' }], lane: 'answer' },
      'key-2',
      world.now,
    )
    const other = { ...ada, account: 'telegram:8', chat: '1' }
    await world.store.deliveries.queue(
      other,
      { chunks: [{ text: 'c' }], lane: 'answer' },
      'key-3',
      world.now,
    )
    const claim = async (accounts: string[], limit: number) =>
      (await world.store.deliveries.claim({ accounts, now: world.now, limit })).deliveries.map(
        ({ chunk }) => chunk.text,
      )
    assert.deepEqual(await claim([], 10), [])
    assert.deepEqual(await claim(['telegram:8', 'signal:1'], 10), ['c'])
    assert.deepEqual(await claim([account], 1), ['a'])
    assert.deepEqual(await claim([account, 'telegram:8'], 10), ['b'])
  })

  scene('sent: the platform id is kept and the run knows', async (world) => {
    await world.says('hi')
    const run = await world.claimOne()
    await world.answers(run, 'hello')
    const delivery = await world.claimDelivery()
    world.now += 100
    await world.store.deliveries.sent(delivery.id, '4711', world.now)
    const row = await world.store.views.delivery(delivery.id)
    assert.deepEqual(
      [row?.state, row?.platformMessageId, row?.sentAt, row?.runId, row?.attempts],
      ['sent', '4711', world.now, run.id, 1],
    )
    assert.equal((await world.typesOf(run.id)).at(-1), 'delivery.sent')
  })

  scene('sent: whether it is news and its lane has a next delivery is told', async (world) => {
    await queue(world, 'key-1', 'a', 'b')
    const { deliveries } = world.store
    const first = await world.claimDelivery()
    const news = { isNew: true, hasNext: true }
    const old = { isNew: false, hasNext: false }
    assert.deepEqual(await deliveries.sent(first.id, '1', world.now), news)
    assert.deepEqual(await deliveries.sent(first.id, '1', world.now), old)
    const second = await world.claimDelivery()
    assert.deepEqual(await deliveries.sent(second.id, '2', world.now), { ...news, hasNext: false })
    assert.deepEqual(await deliveries.sent('d999', '3', world.now), old)
  })

  scene('discarded: it stays visible with its reason and the run knows', async (world) => {
    await world.says('hi')
    const run = await world.claimOne()
    await world.answers(run, 'too long', 'next')
    const delivery = await world.claimDelivery()
    await world.store.deliveries.discard(delivery.id, 'The platform refuses it.', world.now)
    const row = await world.store.views.delivery(delivery.id)
    assert.deepEqual([row?.state, row?.error], ['discarded', 'The platform refuses it.'])
    assert.equal((await world.typesOf(run.id)).at(-1), 'delivery.failed')
    assert.deepEqual(await world.delivers(), ['next'])
  })

  scene('what was sent stays sent, whatever is said of it later', async (world) => {
    await queue(world, 'key-1', 'a', 'b')
    const { id } = await world.claimDelivery()
    await world.store.deliveries.sent(id, '1', world.now)
    const before = await world.store.views.delivery(id)
    await world.store.deliveries.sent(id, '2', world.now)
    await world.store.deliveries.postpone(id, world.now, 'busy', true, world.now)
    await world.store.deliveries.uncertain(id, 'timeout', world.now)
    await world.store.deliveries.discard(id, 'refused', world.now)
    await world.store.deliveries.park(id, 'Nobody knows.', world.now)
    assert.deepEqual(await world.store.views.delivery(id), before)
    assert.deepEqual(await world.delivers(), ['b'])
  })

  scene('postponed: an attempt counts, unless it was only a rate limit', async (world) => {
    await queue(world, 'key-1', 'a')
    const first = await world.claimDelivery()
    await world.store.deliveries.postpone(first.id, world.now, 'slow down', false, world.now)
    const second = await world.claimDelivery()
    assert.equal(second.attempts, 1)
    await world.store.deliveries.postpone(second.id, world.now, 'no network', true, world.now)
    assert.equal((await world.store.views.delivery(first.id))?.error, 'no network')
    assert.equal((await world.claimDelivery()).attempts, 2)
  })

  scene('what a dead process was sending is uncertain, and says since when', async (world) => {
    await queue(world, 'key-1', 'a')
    const delivery = await world.claimDelivery()
    const startedAt = world.now
    await world.restarts()
    world.now += 5000
    assert.equal(await world.store.deliveries.recover(world.now), 1)
    assert.equal(await world.store.deliveries.recover(world.now), 0)
    const [row, ...others] = await world.store.deliveries.unsettled(account)
    assert.deepEqual(others, [])
    assert.deepEqual(
      [row?.id, row?.key, row?.startedAt, row?.chunk.text],
      [delivery.id, delivery.key, startedAt, 'a'],
    )
    assert.deepEqual(await world.store.deliveries.unsettled('telegram:8'), [])
    assert.equal((await world.store.views.counts()).uncertain, 1)
  })

  scene('an uncertain one is settled as sent, or as certainly not sent', async (world) => {
    await queue(world, 'key-1', 'a', 'b')
    const a = await world.claimDelivery()
    await world.store.deliveries.uncertain(a.id, 'timeout', world.now)
    await world.store.deliveries.postpone(a.id, world.now, 'it did not arrive', true, world.now)
    assert.equal((await world.claimDelivery()).id, a.id)
    await world.store.deliveries.uncertain(a.id, 'timeout', world.now)
    await world.store.deliveries.sent(a.id, '1', world.now)
    assert.deepEqual(await world.store.deliveries.unsettled(account), [])
    assert.deepEqual(await world.delivers(), ['b'])
  })

  scene(
    'put back by hand: what was discarded or stayed uncertain, and nothing else',
    async (world) => {
      const [a, b, c] = await queue(world, 'key-1', 'a', 'b', 'c')
      await world.store.deliveries.discard((await world.claimDelivery()).id, 'no', world.now)
      const { id } = await world.claimDelivery()
      await world.store.deliveries.uncertain(id, 'timeout', world.now)
      await world.store.deliveries.park(id, 'Nobody knows.', world.now)
      assert.deepEqual(await world.delivers(), ['c'])
      assert.equal(await world.store.deliveries.again(c ?? '', world.now), false)
      assert.equal(await world.store.deliveries.again('d999', world.now), false)
      assert.equal(await world.store.deliveries.again(a ?? '', world.now), true)
      assert.equal(await world.store.deliveries.again(b ?? '', world.now), true)
      assert.equal(await world.store.deliveries.again(b ?? '', world.now), false)
      assert.deepEqual(await world.delivers(), ['a', 'b'])
      assert.deepEqual(await world.store.views.counts(), {
        uncertain: 0,
        discarded: 0,
        pendingDeliveries: 0,
      })
    },
  )

  scene(
    'the known message ids of an account, in and out, the last ones in the order of time',
    async (world) => {
      await world.says('one', {}, { platformId: '11' })
      await world.answers(await world.claimOne(), 'answer')
      world.now += 10
      await world.store.deliveries.sent((await world.claimDelivery()).id, '12', world.now)
      world.now += 10
      await world.says('two', {}, { platformId: '13', address: bob })
      const known = await world.store.deliveries.known(account, 10)
      assert.deepEqual(known, [
        { chat: ada.chat, id: '11', at: world.now - 20, isOwn: false },
        { chat: ada.chat, id: '12', at: world.now - 10, isOwn: true },
        { chat: bob.chat, id: '13', at: world.now, isOwn: false },
      ])
      assert.deepEqual(await world.store.deliveries.known(account, 2), known.slice(1))
      assert.deepEqual(await world.store.deliveries.known('telegram:8', 2), [])
      for (let index = 0; index < 5; index++) {
        await world.says('busy elsewhere', {}, { address: { ...ada, account: 'telegram:8' } })
      }
      assert.deepEqual(await world.store.deliveries.known(account, 2), known.slice(1))
    },
  )
}
