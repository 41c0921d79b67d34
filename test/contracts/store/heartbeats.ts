import assert from 'node:assert/strict'
import { ada, group } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

const dayMs = 86_400_000
const nobody = { accounts: [], people: [] }
const adaOwns = { accounts: [ada.account], people: [] }

function begin(world: World, key: string): Promise<string | undefined> {
  const args = {
    agent: 'main',
    key,
    sessionKey: 'v1:main:heartbeat:dm:day',
    text: 'look around',
    fingerprint: `print of ${key}`,
    maxAttempts: 3,
    nextDueAt: world.now + 60_000,
  }
  return world.store.heartbeats.begin(args, world.now)
}

async function row(world: World) {
  const [found] = await world.store.heartbeats.list()
  assert.ok(found)
  return found
}

const alert = (hash: string) => ({ to: ada, chunks: [{ text: `alert ${hash}` }], hash })

async function tell(world: World, key: string, hash: string) {
  const runId = await begin(world, key)
  assert.ok(runId)
  const ending = { agent: 'main', runId, outcome: 'alert' as const, alert: alert(hash) }
  return world.store.heartbeats.end(ending, world.now)
}

async function texts(world: World): Promise<string[]> {
  const { items } = await world.store.views.deliveries({ limit: 50 })
  return items.map(({ text }) => text).toReversed()
}

export function heartbeatsContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} heartbeats`, engine)

  scene('one check-in is under way at a time, and each key makes one run', async (world) => {
    const runId = await begin(world, 'one')
    assert.ok(runId)
    assert.equal(await begin(world, 'two'), undefined)
    assert.equal(await world.store.heartbeats.demand('main', world.now), false)
    const ending = { agent: 'main', runId, outcome: 'quiet' as const }
    assert.equal(await world.store.heartbeats.end(ending, world.now), 'quiet')
    assert.equal(await world.store.heartbeats.end(ending, world.now), undefined)
    assert.equal(await begin(world, 'one'), undefined)
    assert.ok(await begin(world, 'two'))
  })

  scene('asking for one is noted until it begins', async (world) => {
    assert.equal(await world.store.heartbeats.demand('main', world.now), true)
    assert.equal((await row(world)).demandedAt, world.now)
    await begin(world, 'one')
    assert.deepEqual(
      [(await row(world)).demandedAt, (await row(world)).dueAt],
      [null, world.now + 60_000],
    )
  })

  scene('the same alert is told once in a day, another one at once', async (world) => {
    assert.equal(await tell(world, '1', 'a'), 'alert')
    assert.equal(await tell(world, '2', 'a'), 'repeated')
    assert.equal(await tell(world, '3', 'b'), 'alert')
    assert.deepEqual(await texts(world), ['alert a', 'alert b'])
    world.now += dayMs
    assert.equal(await tell(world, '4', 'a'), 'alert')
  })

  scene('a group is never told', async (world) => {
    await world.says('hi', {}, { address: group, chatKind: 'group' })
    const runId = await begin(world, 'one')
    assert.ok(runId)
    const ending = { agent: 'main', runId, outcome: 'alert' as const }
    const result = await world.store.heartbeats.end(
      { ...ending, alert: { ...alert('a'), to: group } },
      world.now,
    )
    assert.equal(result, 'refused')
    assert.deepEqual(await texts(world), [])
  })

  scene('the second failure in a row is told, once until something succeeds', async (world) => {
    const notice = { to: ada, chunks: [{ text: 'it fails' }] }
    for (const key of ['1', '2', '3']) {
      const runId = await begin(world, key)
      assert.ok(runId)
      await world.store.heartbeats.end(
        { agent: 'main', runId, outcome: 'failed', notice },
        world.now,
      )
      assert.deepEqual(await texts(world), key === '1' ? [] : ['it fails'])
    }
    assert.equal((await row(world)).failures, 3)
    assert.equal((await row(world)).fingerprint, null)
  })

  scene('what was seen counts once the agent has answered', async (world) => {
    const runId = await begin(world, 'one')
    assert.ok(runId)
    assert.equal((await row(world)).fingerprint, null)
    await world.store.heartbeats.end({ agent: 'main', runId, outcome: 'quiet' }, world.now)
    assert.equal((await row(world)).fingerprint, 'print of one')
  })

  scene('messages of owners in direct chats count, until they were seen', async (world) => {
    const { heartbeats } = world.store
    await world.says('hi', {}, { address: ada })
    assert.equal((await heartbeats.happened('main', nobody)).messages, 0)
    assert.equal((await heartbeats.happened('other', adaOwns)).messages, 0)
    const happened = await heartbeats.happened('main', adaOwns)
    assert.deepEqual(happened, { messages: 1, results: [], isBusy: false })
    await world.claimOne()
    assert.equal((await heartbeats.happened('main', adaOwns)).isBusy, true)
    const runId = await begin(world, 'one')
    assert.ok(runId)
    await heartbeats.end({ agent: 'main', runId, outcome: 'quiet' }, world.now)
    assert.equal((await heartbeats.happened('main', adaOwns)).messages, 0)
  })

  scene('an answer is kept for the run it belongs to, while that is under way', async (world) => {
    const { heartbeats } = world.store
    const answer = { notify: true, text: 'look' }
    assert.equal(await heartbeats.respond('r1', answer), false)
    const runId = await begin(world, 'one')
    assert.ok(runId)
    assert.equal(await heartbeats.respond(runId, answer), true)
    assert.deepEqual((await row(world)).answer, answer)
    await heartbeats.end({ agent: 'main', runId, outcome: 'quiet' }, world.now)
    assert.equal(await heartbeats.respond(runId, answer), false)
  })
}
