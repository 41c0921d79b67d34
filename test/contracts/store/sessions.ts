import assert from 'node:assert/strict'
import { ada, bob, group, keyOf } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

async function exchange(world: World, question: string, answer: string): Promise<string> {
  await world.says(question)
  const run = await world.claimOne()
  await world.answers(run, answer)
  return run.id
}

export function sessionsContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} sessions`, engine)

  scene('a session is found by its id and by its key', async (world) => {
    await world.says('hi', {}, { address: group, chatTitle: 'The group' })
    const byKey = await world.store.sessions.find(keyOf(group))
    assert.ok(byKey)
    assert.deepEqual(await world.store.sessions.find(byKey.id), byKey)
    assert.deepEqual(
      [byKey.agent, byKey.generation, byKey.mode, byKey.channel, byKey.chat, byKey.title],
      ['main', 1, null, group.channel, group.chat, 'The group'],
    )
    assert.equal(await world.store.sessions.find('v1:nobody'), undefined)
    assert.equal(await world.store.sessions.find('s999'), undefined)
  })

  scene('sessions are listed in pages, each once', async (world) => {
    for (let chat = 1; chat <= 7; chat++)
      await world.says('hi', {}, { address: { ...ada, chat: `${chat}` } })
    const keys: string[] = []
    let cursor: string | undefined
    for (let page = 0; page < 4; page++) {
      const { items, next } = await world.store.sessions.list({
        limit: 3,
        ...(cursor !== undefined && { cursor }),
      })
      keys.push(...items.map(({ key }) => key))
      cursor = next ?? undefined
      if (next === null) break
    }
    assert.equal(keys.length, 7)
    assert.equal(new Set(keys).size, 7)
  })

  scene(
    'history is the completed exchanges before a run, the oldest first, as many as asked for',
    async (world) => {
      await exchange(world, 'one', 'first')
      await world.says('fails')
      const failed = await world.claimOne()
      await world.fails(failed)
      await exchange(world, 'two', 'second')
      await world.says('three')
      await world.says('and more')
      const run = await world.claimOne()
      await world.answers(run, 'third')
      await world.says('four')
      const last = await world.claimOne()
      const { id, generation } = last.session
      const history = await world.store.sessions.history(id, generation, last.id, 10)
      assert.deepEqual(
        history.map(({ role, text }) => [role, text]),
        [
          ['user', 'one'],
          ['assistant', 'first'],
          ['user', 'two'],
          ['assistant', 'second'],
          ['user', 'three\nand more'],
          ['assistant', 'third'],
        ],
      )
      assert.deepEqual(
        await world.store.sessions.history(id, generation, run.id, 10),
        history.slice(0, 4),
      )
      assert.deepEqual(
        await world.store.sessions.history(id, generation, last.id, 1),
        history.slice(4),
      )
    },
  )

  scene('a session that starts afresh remembers nothing and drops what waits', async (world) => {
    await exchange(world, 'one', 'first')
    await world.says('two', { mode: 'followup' })
    const executing = await world.claimOne()
    await world.store.runs.noteRuntimeSession(executing.lease, 'memory-1')
    const waiting = await world.says('three', { mode: 'followup' })
    const outcome = await world.store.sessions.reset(executing.session.id, world.now)
    assert.deepEqual(outcome, { isDone: true, cancelled: [waiting.runId], abort: executing.id })
    assert.equal(await world.stateOf(waiting.runId), 'cancelled')
    await world.store.runs.cancelled(executing.lease, world.now)
    await world.says('four')
    const next = await world.claimOne()
    assert.deepEqual(
      [next.session.id, next.session.generation, next.session.runtimeSession],
      [executing.session.id, 2, undefined],
    )
    const { id, generation } = next.session
    assert.deepEqual(await world.store.sessions.history(id, generation, next.id, 10), [])
  })

  scene(
    'a turn from before cannot bring its memory into a session that started afresh',
    async (world) => {
      await world.says('one')
      const before = await world.claimOne()
      await world.store.sessions.reset(before.session.id, world.now)
      await world.store.runs.noteRuntimeSession(before.lease, 'memory-1')
      await world.answers(before, 'late')
      await world.says('two')
      const after = await world.claimOne()
      assert.equal(after.session.runtimeSession, undefined)
      const { id, generation } = after.session
      assert.deepEqual(await world.store.sessions.history(id, generation, after.id, 10), [])
    },
  )

  scene('a session keeps the mode it was given', async (world) => {
    await world.says('one')
    const { session } = await world.claimOne()
    await world.store.sessions.setMode(session.id, 'followup')
    assert.equal((await world.store.sessions.find(session.id))?.mode, 'followup')
    const two = await world.says('two', { mode: 'collect' })
    const three = await world.says('three', { mode: 'collect' })
    assert.notEqual(two.runId, three.runId)
    const other = await world.says('one', { mode: 'collect' }, { address: bob })
    assert.equal(
      (await world.says('two', { mode: 'collect' }, { address: bob })).runId,
      other.runId,
    )
  })
}
