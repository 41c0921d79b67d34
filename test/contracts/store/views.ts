import assert from 'node:assert/strict'
import type { Page } from '../../../core/store/page.ts'
import { ada, bob, group, keyOf } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

/** Reads a list to its end, page by page. */
async function all<T>(page: (cursor: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = []
  let cursor: string | undefined
  for (let round = 0; round < 100; round++) {
    const { items: more, next } = await page(cursor)
    items.push(...more)
    if (next === null) return items
    cursor = next
  }
  throw new assert.AssertionError({ message: 'the list never ends' })
}

async function failed(world: World, text: string): Promise<string> {
  await world.says(text)
  const run = await world.claimOne()
  await world.fails(run)
  return run.id
}

export function viewsContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} views`, engine)

  scene('runs are listed in pages, the newest first, each once', async (world) => {
    const ids = []
    for (let index = 0; index < 7; index++) ids.unshift(await failed(world, `text ${index}`))
    const runs = await all(
      async (before) =>
        await world.store.views.runs({ limit: 3, ...(before !== undefined && { before }) }),
    )
    assert.deepEqual(
      runs.map(({ id }) => id),
      ids,
    )
    assert.equal((await world.store.views.runs({ limit: 7 })).next, null)
  })

  scene('runs are filtered by state, session and agent', async (world) => {
    const bad = await failed(world, 'one')
    const other = await world.says(
      'two',
      { agent: 'ops', sessionKey: 'v1:ops:x' },
      { address: bob },
    )
    const list = async (args: { state?: 'failed' | 'queued'; session?: string; agent?: string }) =>
      (await world.store.views.runs({ ...args, limit: 10 })).items.map(({ id }) => id)
    const session = await world.store.sessions.find(keyOf(ada))
    assert.deepEqual(await list({ state: 'failed' }), [bad])
    assert.deepEqual(await list({ state: 'queued' }), [other.runId])
    assert.deepEqual(await list({ agent: 'ops' }), [other.runId])
    assert.deepEqual(await list({ session: keyOf(ada) }), [bad])
    assert.deepEqual(await list({ session: session?.id ?? '' }), [bad])
    assert.deepEqual(await list({ session: 'nobody' }), [])
    assert.deepEqual(await list({ session: keyOf(ada), state: 'queued' }), [])
  })

  scene('a run tells what was asked, without what was only context', async (world) => {
    await world.accept(world.record('aside', { address: group }), {
      as: 'observed',
      reason: 'not addressed',
    })
    await world.says('one', {}, { address: group })
    const { runId } = await world.says('two', {}, { address: group })
    const row = await world.run(runId)
    assert.deepEqual(
      [
        row.text,
        row.state,
        row.sessionKey,
        row.agent,
        row.source,
        row.reply,
        row.error,
        row.startedAt,
        row.supersededBy,
      ],
      ['one\ntwo', 'queued', keyOf(group), 'main', 'message', null, null, null, null],
    )
    assert.equal(await world.store.views.run('r999'), undefined)
    assert.equal(await world.store.views.run('nonsense'), undefined)
  })

  scene('events of a run and of all runs are read on from where one was', async (world) => {
    const one = await failed(world, 'one')
    const two = await failed(world, 'two')
    const events = await world.store.views.runEvents(one, 0, 100)
    assert.deepEqual(await world.store.views.runEvents(one, 1, 1), events.slice(1, 2))
    assert.deepEqual(await world.store.views.runEvents('r999', 0, 10), [])
    const everything = await world.store.views.eventsAfter(0, 100)
    assert.deepEqual(new Set(everything.map(({ runId }) => runId)), new Set([one, two]))
    const ids = everything.map(({ id }) => id)
    assert.deepEqual(
      ids,
      ids.toSorted((a, b) => a - b),
    )
    assert.deepEqual(await world.store.views.eventsAfter(ids[1] ?? 0, 2), everything.slice(2, 4))
  })

  scene('deliveries are listed in pages, each once, and by state', async (world) => {
    const chunks = Array.from({ length: 7 }, (_, index) => ({ text: `text ${index}` }))
    const ids = await world.store.deliveries.queue(
      ada,
      { chunks, lane: 'answer' },
      'key',
      world.now,
    )
    const listed = await all(
      async (cursor) =>
        await world.store.views.deliveries({ limit: 3, ...(cursor !== undefined && { cursor }) }),
    )
    assert.deepEqual(new Set(listed.map(({ id }) => id)), new Set(ids))
    assert.equal(listed.length, 7)
    assert.deepEqual(await world.store.views.counts(), {
      uncertain: 0,
      discarded: 0,
      pendingDeliveries: 7,
    })
    await world.claimDelivery()
    const { items } = await world.store.views.deliveries({ state: 'sending', limit: 10 })
    assert.deepEqual(
      items.map(({ text }) => text),
      ['text 0'],
    )
    assert.equal(await world.store.views.delivery('d999'), undefined)
  })

  scene('a message is traced to its answer, by its own id and by its run', async (world) => {
    const { messageId, runId } = await world.says('one')
    await world.answers(await world.claimOne(), 'answer')
    await world.delivers()
    const trace = await world.store.views.trace(messageId ?? '')
    assert.deepEqual(trace?.message, {
      id: messageId,
      channel: ada.channel,
      chat: ada.chat,
      author: `Person ${ada.chat}`,
      text: 'one',
      sentAt: world.now,
      receivedAt: world.now,
      disposition: 'run',
      reason: null,
      runId,
    })
    const steps = trace.steps.map(({ step }) => step)
    for (const step of ['run.accepted', 'run.started', 'run.completed', 'delivery.sent'])
      assert.ok(steps.includes(step), step)
    const times = trace.steps.map(({ at }) => at)
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
    const ofRun = await world.store.views.trace(runId)
    assert.equal(ofRun?.message?.id, messageId)
    assert.equal(await world.store.views.trace('m999'), undefined)
    assert.equal(await world.store.views.trace('nonsense'), undefined)
  })

  scene('the message meant is the one replied to, or the last in the chat', async (world) => {
    const one = await world.says('one', {}, { platformId: '11' })
    const two = await world.says('two', {}, { platformId: '12' })
    assert.equal(await world.store.views.lastMessage(ada), two.messageId)
    assert.equal(await world.store.views.lastMessage(ada, '11'), one.messageId)
    assert.equal(await world.store.views.lastMessage(bob), undefined)
  })

  scene('a reply to an answer means the message that was answered', async (world) => {
    const one = await world.says('one')
    await world.answers(await world.claimOne(), 'answer')
    await world.store.deliveries.sent((await world.claimDelivery()).id, '777', world.now)
    await world.says('two')
    assert.equal(await world.store.views.lastMessage(ada, '777'), one.messageId)
  })

  scene('the open runs of a session, the oldest first', async (world) => {
    await failed(world, 'zero')
    const one = await world.says('one', { mode: 'followup' })
    await world.claimOne()
    const two = await world.says('two', { mode: 'followup' })
    const open = await world.store.views.openRuns(keyOf(ada))
    assert.deepEqual(
      open.map(({ id, state }) => [id, state]),
      [
        [one.runId, 'running'],
        [two.runId, 'queued'],
      ],
    )
    assert.deepEqual(await world.store.views.openRuns('nobody'), [])
  })

  scene('a chat is read as its people see it, in pages, each line once', async (world) => {
    const web = { channel: 'web', account: 'web', chat: 'c1' }
    for (let index = 0; index < 4; index++) {
      world.now += 10
      await world.says(`question ${index}`, { sessionKey: 'v1:web' }, { address: web })
      world.now += 10
      const run = await world.claimOne()
      if (index === 3) {
        const [chat] = await world.store.views.chats('web', 10)
        assert.equal(chat?.title, 'question 0', 'until the runtime calls it something')
        await world.store.runs.noteTitle(run.lease, 'All about it')
      }
      await world.answers(run, `answer ${index}`)
      const args = { accounts: ['web'], now: world.now, limit: 1 }
      const [delivery] = (await world.store.deliveries.claim(args)).deliveries
      await world.store.deliveries.sent(delivery?.id ?? '', `out-${index}`, world.now)
    }
    const lines = await all(
      async (before) =>
        await world.store.views.chat('web', 'c1', {
          limit: 3,
          ...(before !== undefined && { before }),
        }),
    )
    assert.equal(lines.length, 8)
    assert.equal(new Set(lines.map(({ id }) => id)).size, 8)
    const whole = (await world.store.views.chat('web', 'c1', { limit: 100 })).items
    const inOrder = whole.toSorted((a, b) => a.at - b.at)
    assert.deepEqual(
      inOrder.map(({ role, text }) => `${role} ${text}`),
      [0, 1, 2, 3].flatMap((index) => [`user question ${index}`, `agent answer ${index}`]),
    )
    for (const line of whole) assert.deepEqual(await world.store.views.chatLine(line.id), line)
    const chats = await world.store.views.chats('web', 10)
    assert.deepEqual(
      chats.map(({ chat }) => chat),
      ['c1'],
    )
    assert.deepEqual((await world.store.views.chat('web', 'other', { limit: 10 })).items, [])
    assert.equal(chats[0]?.title, 'All about it')
  })
}
