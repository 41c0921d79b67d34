import assert from 'node:assert/strict'
import { account, ada, bob, group, keyOf, topic } from './places.ts'
import { type Engine, scenes } from './world.ts'

const supergroup = { ...group, chat: '-100200' }

export function chatsContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} chats`, engine)

  scene(
    'what waits for a chat the account was removed from is discarded, in all its threads',
    async (world) => {
      await world.says('one', {}, { address: topic })
      await world.answers(await world.claimOne(), 'first', 'second')
      await world.says('other', {}, { address: bob })
      await world.answers(await world.claimOne(), 'to Bob')
      await world.store.inbox.setMembership(group, 'group', 'The group', false, world.now)
      assert.deepEqual(await world.delivers(), ['to Bob'])
      const { items } = await world.store.views.deliveries({ state: 'discarded', limit: 10 })
      assert.deepEqual(items.map(({ text }) => text).sort(), ['first', 'second'])
      assert.ok(items.every(({ error }) => error))
    },
  )

  scene('of a thread that is gone only its own is discarded; its chat goes on', async (world) => {
    await world.says('in the topic', {}, { address: topic })
    await world.answers(await world.claimOne(), 'for the topic')
    await world.says('in the group', {}, { address: group })
    const asked = await world.claimOne()
    await world.store.inbox.setMembership(topic, 'thread', 'The topic', false, world.now)
    await world.answers(asked, 'for the group')
    assert.deepEqual(await world.delivers(), ['for the group'])
    const { items } = await world.store.views.deliveries({ state: 'discarded', limit: 10 })
    assert.deepEqual(
      items.map(({ text }) => text),
      ['for the topic'],
    )
    const facts = await world.store.inbox.facts([
      { address: group, senderId: 'x' },
      { address: topic, senderId: 'x' },
    ])
    assert.deepEqual(
      facts.map(({ isChatAlive }) => isChatAlive),
      [true, false],
    )
  })

  scene('what waits behind a thread that is gone is sent', async (world) => {
    await world.says('in the topic', {}, { address: topic })
    await world.answers(await world.claimOne(), 'for the topic')
    await world.says('in the group', {}, { address: group })
    await world.answers(await world.claimOne(), 'for the group')
    await world.store.inbox.setMembership(topic, 'thread', 'The topic', false, world.now)
    assert.deepEqual(await world.delivers(), ['for the group'])
  })

  scene('a chat that was given up is alive again once its people write there', async (world) => {
    await world.says('hello')
    await world.answers(await world.claimOne(), 'refused')
    const [sent] = await world.store.deliveries
      .claim({ accounts: [account], now: world.now, limit: 1 })
      .then(({ deliveries }) => deliveries)
    await world.store.deliveries.killChat(sent?.id ?? '', 'The bot was blocked.', world.now)
    await world.says('I am back')
    await world.answers(await world.claimOne(), 'welcome')
    assert.deepEqual(await world.delivers(), ['welcome'])
  })

  scene('a chat is alive again once the account is back, for what comes then', async (world) => {
    await world.store.inbox.setMembership(group, 'group', 'The group', false, world.now)
    await world.store.deliveries.queue(
      group,
      { chunks: [{ text: 'lost' }], lane: 'answer' },
      'k1',
      world.now,
    )
    await world.store.inbox.setMembership(group, 'group', 'The group', true, world.now)
    await world.store.deliveries.queue(
      group,
      { chunks: [{ text: 'there' }], lane: 'answer' },
      'k2',
      world.now,
    )
    assert.deepEqual(await world.delivers(), ['there'])
    const [facts] = await world.store.inbox.facts([{ address: topic, senderId: 'x' }])
    assert.equal(facts?.isChatAlive, true)
  })

  scene(
    'a chat that gets a new id keeps its session, its approval and what waits',
    async (world) => {
      await world.store.access.approveChat(group, true, world.now)
      await world.says('one', {}, { address: group })
      const first = await world.claimOne()
      await world.store.runs.noteRuntimeSession(first.lease, 'memory-1')
      await world.answers(first, 'answer')
      await world.says('two', {}, { address: group })
      await world.says('in a topic', {}, { address: topic })
      await world.store.inbox.migrateChat(account, group.chat, supergroup.chat, world.now)
      const delivery = await world.claimDelivery()
      assert.deepEqual([delivery.to.chat, delivery.chunk.text], [supergroup.chat, 'answer'])
      await world.store.deliveries.sent(delivery.id, 'out-1', world.now)
      const runs = await world.claim()
      assert.deepEqual(runs.map(({ route }) => [route?.chat, route?.thread]).sort(), [
        [supergroup.chat, undefined],
        [supergroup.chat, topic.thread],
      ])
      for (const run of runs) await world.answers(run, 'moved')
      await world.says('three', {}, { address: supergroup })
      const third = await world.claimOne()
      assert.deepEqual(
        [third.session.id, third.session.key, third.session.runtimeSession],
        [first.session.id, keyOf(supergroup), 'memory-1'],
      )
      const [facts] = await world.store.inbox.facts([{ address: supergroup, senderId: 'x' }])
      assert.equal(facts?.isChatApproved, true)
    },
  )

  scene('a chat whose new id was seen first is one chat all the same', async (world) => {
    await world.store.access.approveChat(group, true, world.now)
    await world.says('old', {}, { address: group })
    const old = await world.claimOne()
    await world.answers(old, 'one', 'two')
    await world.store.inbox.setMembership(supergroup, 'group', 'The group', true, world.now)
    await world.store.deliveries.queue(
      supergroup,
      { chunks: [{ text: 'notice' }], lane: 'answer' },
      'k',
      world.now,
    )
    await world.store.inbox.migrateChat(account, group.chat, supergroup.chat, world.now)
    const inFlight = await world.claimDeliveries()
    assert.equal(inFlight.length, 1, 'one in flight per chat')
    for (const { id } of inFlight) await world.store.deliveries.sent(id, 'out', world.now)
    assert.equal((await world.delivers()).length, 2)
    const [facts] = await world.store.inbox.facts([{ address: supergroup, senderId: 'x' }])
    assert.deepEqual([facts?.isChatApproved, facts?.isChatAlive], [true, true])
    await world.says('new', {}, { address: supergroup })
    assert.equal((await world.claimOne()).session.id, old.session.id)
  })

  scene('a migration told twice changes nothing more', async (world) => {
    await world.says('one', {}, { address: group })
    await world.store.inbox.migrateChat(account, group.chat, supergroup.chat, world.now)
    await world.store.inbox.migrateChat(account, group.chat, supergroup.chat, world.now)
    const run = await world.claimOne()
    assert.deepEqual([run.route?.chat, run.session.key], [supergroup.chat, keyOf(supergroup)])
  })

  scene('a renamed channel keeps its chats and sessions', async (world) => {
    await world.says('one')
    const first = await world.claimOne()
    await world.answers(first, 'ok')
    await world.says('two', { sessionKey: keyOf(ada) }, { address: { ...ada, channel: 'tg' } })
    const second = await world.claimOne()
    assert.equal(second.session.id, first.session.id)
    assert.equal(second.route?.channel, 'tg')
    assert.equal((await world.claimDelivery()).to.channel, 'tg')
  })
}
