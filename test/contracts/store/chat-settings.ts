import assert from 'node:assert/strict'
import type { Address } from '../../../core/model.ts'
import { ada, group, topic } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

const supergroup: Address = { ...group, chat: '-100200' }

async function settingsOf(world: World, address: Address) {
  return (await world.store.inbox.facts([{ address, senderId: 'x' }]))[0]?.settings
}

async function idOf(world: World, address: Address): Promise<string> {
  const { items } = await world.store.conversations.list({ limit: 100 })
  const found = items.find(
    (one) => one.address.chat === address.chat && one.address.thread === address.thread,
  )
  assert.ok(found)
  return found.id
}

export function chatSettingsContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} chat settings`, engine)

  scene(
    'what an owner chose counts for the chat and its threads, until they choose',
    async (world) => {
      const change = { mention: false, agent: 'ops', queue: 'followup', stream: true } as const
      await world.commands({ type: 'settings', address: group, chatKind: 'group', change }, group)
      assert.deepEqual(await settingsOf(world, group), change)
      assert.deepEqual(await settingsOf(world, topic), change, 'also where nobody wrote yet')
      assert.equal(await settingsOf(world, ada), undefined)
      await world.commands(
        { type: 'settings', address: topic, chatKind: 'thread', change: { mention: true } },
        topic,
      )
      assert.deepEqual(await settingsOf(world, topic), { ...change, mention: true })
      assert.deepEqual(await settingsOf(world, group), change)
      await world.restarts()
      const back = { agent: null, queue: null, stream: null }
      await world.commands({ type: 'settings', address: group, chatKind: 'group', change: back })
      assert.deepEqual(await settingsOf(world, group), { mention: false })
      assert.deepEqual(await settingsOf(world, topic), { mention: true })
    },
  )

  scene('a claimed run says what its chat wants of streaming', async (world) => {
    const choose = (address: Address, stream: boolean | null) =>
      world.commands({ type: 'settings', address, chatKind: 'group', change: { stream } }, address)
    const wanted = async () => {
      await world.says('hi', {}, { address: topic })
      const run = await world.claimOne()
      await world.answers(run, 'there')
      return run.stream
    }
    assert.equal(await wanted(), undefined)
    await choose(group, true)
    assert.equal(await wanted(), true)
    await choose(topic, false)
    assert.equal(await wanted(), false)
    await choose(topic, null)
    await choose(group, null)
    assert.equal(await wanted(), undefined)
  })

  scene('conversations are listed newest first, page by page, and changed by id', async (world) => {
    const space = { id: 's1', title: 'Ada HQ' }
    await world.says('hi', {}, { address: ada })
    await world.says('hi', {}, { address: group, chatTitle: 'Team Ada', space })
    await world.says('hi', {}, { address: topic, space })
    const page = await world.store.conversations.list({ limit: 2 })
    assert.deepEqual(
      page.items.map(({ address, kind }) => [address, kind]),
      [
        [topic, 'thread'],
        [group, 'group'],
      ],
    )
    assert.ok(page.next)
    const rest = await world.store.conversations.list({ limit: 2, cursor: page.next })
    assert.deepEqual([rest.items.map(({ address }) => address), rest.next], [[ada], null])
    const id = await idOf(world, group)
    assert.equal(await world.store.conversations.configure(id, { mention: false }), true)
    assert.equal(await world.store.conversations.configure('c999', { mention: false }), false)
    assert.equal(await world.store.conversations.find('c999'), undefined)
    assert.equal(await world.store.conversations.find('m1'), undefined)
    await world.store.access.approveSpace(group.account, 's1', true, world.now)
    assert.deepEqual(await world.store.conversations.find(id), {
      id,
      address: group,
      kind: 'group',
      title: 'Team Ada',
      isAlive: true,
      isApproved: true,
      space: { ...space, isApproved: true },
      settings: { mention: false },
    })
  })

  scene('a group that becomes a supergroup keeps what was chosen for it', async (world) => {
    const { inbox } = world.store
    const change = { mention: false, queue: 'steer' } as const
    await world.commands({ type: 'settings', address: group, chatKind: 'group', change }, group)
    await world.commands(
      { type: 'settings', address: supergroup, chatKind: 'group', change: { mention: true } },
      supergroup,
    )
    await inbox.migrateChat(group.account, group.chat, supergroup.chat, world.now)
    assert.deepEqual(await settingsOf(world, supergroup), { mention: true, queue: 'steer' })
  })
}
