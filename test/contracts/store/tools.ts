import assert from 'node:assert/strict'
import { account, ada, bob, group, topic } from './places.ts'
import { type Engine, scenes } from './world.ts'

export function toolsContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} tools`, engine)

  scene('a session is found by the name its runtime has for it', async (world) => {
    await world.says('hello')
    const run = await world.claimOne()
    await world.store.runs.noteRuntimeSession(run.lease, 'ses_1')
    const { tools, sessions } = world.store
    assert.equal(await tools.sessionOf('main', 'ses_1'), run.session.id)
    assert.equal(await tools.sessionOf('other', 'ses_1'), undefined)
    assert.equal(await tools.sessionOf('main', 'ses_2'), undefined)
    await sessions.reset(run.session.id, world.now)
    assert.equal(await tools.sessionOf('main', 'ses_1'), undefined)
  })

  scene('the people of a run are those who asked, once each', async (world) => {
    const eve = { id: '7', name: 'Eve' }
    await world.store.access.setSender({ account, channel: 'telegram', ...eve }, 'owner', world.now)
    const { runId } = await world.says('one', { windowMs: 50 }, { address: group, author: eve })
    await world.says('two', { windowMs: 50 }, { address: group, author: eve })
    await world.says(
      'three',
      { windowMs: 50 },
      { address: group, author: { id: '8', name: 'Max' } },
    )
    const people = await world.store.tools.authors(runId)
    assert.deepEqual(
      people.map(({ id, status }) => ({ id, status })),
      [
        { id: '7', status: 'owner' },
        { id: '8', status: undefined },
      ],
    )
    assert.deepEqual(await world.store.tools.authors('r999'), [])
  })

  scene('places are those people talk in, direct chats with whose they are', async (world) => {
    const { store, now } = world
    await world.says('hello')
    await world.says('hello', {}, { address: topic })
    await store.runs.create(
      { source: 'api', text: 'x', agent: 'main', sessionKey: 'k', attachments: [], maxAttempts: 1 },
      now,
    )
    const places = await store.tools.places(10)
    assert.deepEqual(
      places.map(({ address, person }) => [address, person?.id]),
      [
        [topic, undefined],
        [ada, '100'],
      ],
    )
    assert.deepEqual(await store.tools.placeAt(ada), places[1])
    assert.deepEqual(await store.tools.place(places[1]?.id ?? ''), places[1])
    assert.equal(await store.tools.place('c999'), undefined)
    assert.equal(await store.tools.placeAt(bob), undefined)
    assert.equal((await store.tools.places(1)).length, 1)
  })

  scene('a search sees both sides of one conversation, and no control answers', async (world) => {
    await world.says('Die Wiese ist grün')
    await world.answers(await world.claimOne(), 'GRÜN wie nie')
    await world.delivers()
    await world.commands({ type: 'none' })
    await world.delivers()
    await world.says('grün', {}, { address: bob })
    const find = (words: string[], limit = 10) =>
      world.store.tools.search(ada, { words, limit }).then((found) => found.map(({ text }) => text))
    assert.deepEqual((await find(['Grün'])).toSorted(), ['Die Wiese ist grün', 'GRÜN wie nie'])
    assert.deepEqual(await find(['grün', 'wiese']), ['Die Wiese ist grün'])
    assert.equal((await find([], 1)).length, 1)
    assert.deepEqual(await find(['"reply"']), [])
  })

  scene('a message is named only inside its conversation', async (world) => {
    const { messageId = '' } = await world.says('hello', {}, { platformId: '77' })
    assert.equal(await world.store.tools.platformId(ada, messageId), '77')
    assert.equal(await world.store.tools.platformId(bob, messageId), undefined)
    assert.equal(await world.store.tools.platformId(ada, 'm1; DROP TABLE runs'), undefined)
  })

  scene('a call is in the history of its run while the lease holds', async (world) => {
    const { runId } = await world.says('hello')
    const { lease } = await world.claimOne()
    const record = { tool: 'react', actor: 'a', target: 'm1', outcome: 'reacted', isFailure: false }
    await world.store.tools.record(lease, record, world.now)
    await world.store.tools.record({ ...lease, token: lease.token + 1 }, record, world.now)
    const events = await world.store.views.runEvents(runId, 0, 100)
    assert.equal(events.filter(({ type }) => type === 'run.tool').length, 1)
  })
}
