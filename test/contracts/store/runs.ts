import assert from 'node:assert/strict'
import { ada, bob, group, keyOf, topic } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

const failure = { code: 'model', message: 'The model is away.' }

async function create(world: World, text: string, changes: { idempotencyKey?: string } = {}) {
  const { runId, isDuplicate } = await world.store.runs.create(
    {
      source: 'api',
      text,
      agent: 'main',
      sessionKey: 'api:1',
      attachments: [],
      maxAttempts: 3,
      ...changes,
    },
    world.now,
  )
  return { runId, isDuplicate }
}

export function runsContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} runs`, engine)

  scene(
    'one run at a time per session, the oldest due first, no more than asked for',
    async (world) => {
      const mode = 'followup'
      const order = []
      for (const address of [bob, ada, group, topic]) {
        order.push((await world.says('one', { mode }, { address })).runId)
        await world.says('two', { mode }, { address })
        world.now += 10
      }
      const first = await world.claim(3)
      const second = await world.claim(3)
      assert.deepEqual(
        [...first, ...second].map(({ id }) => id),
        order,
      )
      assert.equal(first.length, 3)
      assert.deepEqual(await world.claim(), [])
    },
  )

  scene('the next time is when the next run becomes due, if any waits', async (world) => {
    assert.equal(await world.nextRunAt(), undefined)
    await world.says('one', { windowMs: 3000 })
    await world.says('two', { windowMs: 1000 }, { address: bob })
    assert.equal(await world.nextRunAt(), world.now + 1000)
    world.now += 1000
    const args = { owner: 'gateway-1', now: world.now, leaseMs: 1000, limit: 10 }
    const { runs, nextAt } = await world.store.runs.claim(args)
    assert.deepEqual([runs.length, nextAt], [1, world.now + 2000])
  })

  scene(
    'when more is due than was asked for, the next time is not in the future',
    async (world) => {
      await world.says('one')
      await world.says('two', {}, { address: bob })
      const args = { owner: 'gateway-1', now: world.now, leaseMs: 1000, limit: 1 }
      const { nextAt } = await world.store.runs.claim(args)
      assert.ok(nextAt !== undefined && nextAt <= world.now)
    },
  )

  scene('what waits behind an executing run is due only when that ends', async (world) => {
    await world.says('one')
    const run = await world.claimOne()
    await world.says('two')
    assert.equal(await world.nextRunAt(), undefined)
    await world.answers(run, 'ok')
    await world.claimOne()
  })

  scene(
    'completing ends the run and queues its messages, to where the question came from',
    async (world) => {
      await world.says('question', { replyTo: '1' }, { address: topic })
      const run = await world.claimOne()
      world.now += 5000
      const files = [{ sha256: 'a'.repeat(64), name: 'a.png', mime: 'image/png', size: 3 }]
      const chunks = [{ text: 'part one', format: { entities: [1] } }, { text: 'part two' }]
      assert.ok(
        await world.store.runs.complete(run.lease, { text: 'all of it', files, chunks }, world.now),
      )
      const row = await world.run(run.id)
      assert.deepEqual(
        [row.state, row.reply, row.error, row.attempt, row.startedAt, row.finishedAt],
        ['completed', { text: 'all of it', files }, null, 1, world.now - 5000, world.now],
      )
      const first = await world.claimDelivery()
      assert.deepEqual(first.to, { ...topic, chatKind: 'thread', replyTo: '1' })
      assert.deepEqual([first.runId, first.lane, first.chunk], [run.id, 'answer', chunks[0]])
      await world.store.deliveries.sent(first.id, 'out-1', world.now)
      const second = await world.claimDelivery()
      assert.deepEqual([second.chunk, second.to.chat], [chunks[1], topic.chat])
      assert.notEqual(second.key, first.key)
    },
  )

  scene('a run that ended cannot be ended again, and nothing is queued twice', async (world) => {
    await world.says('one')
    const run = await world.claimOne()
    await world.answers(run, 'ok')
    const result = { text: 'again', files: [], chunks: [{ text: 'again' }] }
    assert.equal(await world.store.runs.complete(run.lease, result, world.now), false)
    assert.equal(
      await world.store.runs.fail(run.lease, failure, [{ text: 'no' }], world.now),
      false,
    )
    assert.equal(await world.store.runs.cancelled(run.lease, world.now), false)
    assert.deepEqual(await world.delivers(), ['ok'])
  })

  scene('a run that was not begun fails without having used an attempt', async (world) => {
    await world.says('one')
    const run = await world.claimOne()
    const { runs } = world.store
    assert.ok(await runs.fail(run.lease, failure, [{ text: 'Sorry.' }], world.now, false))
    const row = await world.run(run.id)
    assert.deepEqual([row.state, row.attempt], ['failed', 0])
    assert.deepEqual(await world.delivers(), ['Sorry.'])
  })

  scene('a failed run says why, and the person is told', async (world) => {
    await world.says('one')
    const run = await world.claimOne()
    assert.ok(await world.store.runs.fail(run.lease, failure, [{ text: 'Sorry.' }], world.now))
    const row = await world.run(run.id)
    assert.deepEqual([row.state, row.error, row.reply], ['failed', failure, null])
    assert.deepEqual(await world.delivers(), ['Sorry.'])
  })

  scene('a run of the API answers nobody unless it is told where to', async (world) => {
    const { runId } = await create(world, 'question')
    const run = await world.claimOne()
    assert.deepEqual([run.id, run.source, run.route], [runId, 'api', undefined])
    assert.equal(run.messages[0]?.text, 'question')
    await world.answers(run, 'answer')
    assert.deepEqual(await world.delivers(), [])
    assert.deepEqual((await world.run(runId)).reply, { text: 'answer', files: [] })
    await world.store.runs.create(
      {
        source: 'job',
        text: 'tell',
        agent: 'main',
        sessionKey: 'job:1',
        route: ada,
        attachments: [],
        maxAttempts: 1,
      },
      world.now,
    )
    await world.answers(await world.claimOne(), 'told')
    const delivery = await world.claimDelivery()
    assert.deepEqual([delivery.to.chat, delivery.chunk.text], [ada.chat, 'told'])
  })

  scene('a run made twice with one idempotency key is one run', async (world) => {
    const first = await create(world, 'a', { idempotencyKey: 'k' })
    const [second, third] = await Promise.all([
      create(world, 'a', { idempotencyKey: 'k' }),
      create(world, 'a', { idempotencyKey: 'other' }),
    ])
    assert.deepEqual(
      [first.isDuplicate, second.isDuplicate, third.isDuplicate],
      [false, true, false],
    )
    assert.equal(second.runId, first.runId)
    await world.answers(await world.claimOne(), 'ok')
    assert.equal((await create(world, 'a', { idempotencyKey: 'k' })).runId, first.runId)
  })

  scene('the files of a run of the API are there at once', async (world) => {
    const file = { sha256: 'b'.repeat(64), name: 'b.pdf', mime: 'application/pdf', size: 7 }
    await world.store.runs.create(
      {
        source: 'api',
        text: 'read',
        agent: 'main',
        sessionKey: 'api:1',
        attachments: [{ file, kind: 'document' }],
        maxAttempts: 3,
      },
      world.now,
    )
    const [attachment] = (await world.claimOne()).messages[0]?.attachments ?? []
    assert.deepEqual(
      [attachment?.state, attachment?.kind, attachment?.file],
      ['stored', 'document', file],
    )
    assert.deepEqual(await world.store.attachments.pending(10), [])
    assert.ok(await world.store.attachments.isReferenced(file.sha256, world.now))
  })

  scene('a waiting run is cancelled at once, wherever it stands', async (world) => {
    const mode = 'followup'
    const [one, two, three] = [
      await world.says('1', { mode }),
      await world.says('2', { mode }),
      await world.says('3', { mode }),
    ]
    assert.equal(await world.store.runs.requestCancel(two.runId, world.now), 'cancelled')
    assert.equal(await world.store.runs.requestCancel(one.runId, world.now), 'cancelled')
    assert.equal(await world.store.runs.requestCancel(one.runId, world.now), 'finished')
    assert.equal(await world.store.runs.requestCancel('r999', world.now), 'unknown')
    assert.equal((await world.claimOne()).id, three.runId)
    assert.equal(await world.stateOf(two.runId), 'cancelled')
  })

  scene('an executing run is cancelled by who executes it, also after a crash', async (world) => {
    await world.says('one')
    const run = await world.claimOne()
    assert.equal(run.isCancelled, false)
    assert.equal(await world.store.runs.requestCancel(run.id, world.now), 'executing')
    assert.equal(await world.stateOf(run.id), 'running')
    await world.restarts()
    await world.store.runs.recover('gateway-2', world.now)
    const again = await world.claimOne()
    assert.deepEqual([again.id, again.isCancelled], [run.id, true])
    assert.ok(await world.store.runs.cancelled(again.lease, world.now))
    assert.deepEqual(await world.delivers(), [])
    assert.equal(await world.store.runs.requestCancel(run.id, world.now), 'finished')
  })

  scene('a failed or cancelled run can be made again, with the same input', async (world) => {
    await world.says('one', { replyTo: '1' })
    await world.says('two')
    const first = await world.claimOne()
    assert.equal(await world.store.runs.again(first.id, 3, world.now), 'not-finished')
    await world.fails(first)
    const id = await world.store.runs.again(first.id, 5, world.now)
    const second = await world.claimOne()
    assert.deepEqual(
      [second.id, second.attempt, second.maxAttempts, second.isCancelled],
      [id, 1, 5, false],
    )
    assert.deepEqual(second.messages, first.messages)
    assert.deepEqual(second.route, first.route)
    assert.equal(second.session.key, keyOf(ada))
    assert.equal(await world.store.runs.again('r999', 3, world.now), 'unknown')
    await world.answers(second, 'ok')
    assert.deepEqual(await world.delivers(), ['Sorry.', 'ok'])
  })
}
