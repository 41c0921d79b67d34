import assert from 'node:assert/strict'
import { ada, runIntake } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

const overflow = 'That is a lot at once.'

async function textsOf(world: World): Promise<string[]> {
  return (await world.claimOne()).messages.map(({ form, text }) => `${form} ${text}`)
}

export function foldingContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} folding`, engine)

  scene('collect: what comes before the turn begins belongs to it', async (world) => {
    const first = await world.says('one')
    const second = await world.says('two')
    assert.deepEqual([second.runId, second.isFolded], [first.runId, true])
    assert.deepEqual(await textsOf(world), ['full one', 'full two'])
  })

  scene(
    'collect: what comes while a turn executes becomes the next one, together',
    async (world) => {
      await world.says('one')
      const run = await world.claimOne()
      const second = await world.says('two')
      const third = await world.says('three')
      assert.notEqual(second.runId, run.id)
      assert.equal(third.runId, second.runId)
      assert.deepEqual(await world.claim(), [])
      await world.answers(run, 'done')
      assert.deepEqual(await textsOf(world), ['full two', 'full three'])
    },
  )

  scene('a window waits for more, and more makes it longer, up to its bound', async (world) => {
    const began = world.now
    const part = async (text: string) =>
      await world.says(text, { windowMs: 2000, maxWindowMs: 5000 })
    await part('one')
    assert.equal(await world.nextRunAt(), began + 2000)
    world.now = began + 1500
    await part('two')
    assert.equal(await world.nextRunAt(), began + 3500)
    world.now = began + 3400
    await part('three')
    assert.equal(await world.nextRunAt(), began + 5000)
    world.now = began + 4900
    await part('four')
    assert.equal(await world.nextRunAt(), began + 5000)
    world.now = began + 5000
    assert.equal((await world.claimOne()).messages.length, 4)
  })

  scene('a window is kept over a restart', async (world) => {
    await world.says('one', { windowMs: 2000 })
    await world.restarts()
    assert.equal(await world.nextRunAt(), world.now + 2000)
    world.now += 1000
    await world.says('two', { windowMs: 2000 })
    world.now += 2000
    assert.deepEqual(await textsOf(world), ['full one', 'full two'])
  })

  scene('followup: one turn each, except within a window', async (world) => {
    const mode = 'followup'
    const first = await world.says('one', { mode, windowMs: 2000 })
    world.now += 1000
    const second = await world.says('two', { mode, windowMs: 2000 })
    assert.deepEqual([second.runId, second.isFolded], [first.runId, true])
    world.now += 2000
    const third = await world.says('three', { mode })
    assert.notEqual(third.runId, first.runId)
    const fourth = await world.says('four', { mode })
    assert.notEqual(fourth.runId, third.runId)
    const run = await world.claimOne()
    assert.equal(run.messages.length, 2)
    await world.answers(run, 'ok')
    assert.deepEqual(await textsOf(world), ['full three'])
  })

  scene('the pictures of an album are one turn', async (world) => {
    const album = { mode: 'followup', album: 'a1', windowMs: 1200 } as const
    const first = await world.says('picture 1', album)
    world.now += 1000
    assert.equal((await world.says('picture 2', album)).runId, first.runId)
    world.now += 1200
    assert.deepEqual(await textsOf(world), ['full picture 1', 'full picture 2'])
  })

  scene('a run of the API is never folded, nor folded into', async (world) => {
    const before = await world.says('before')
    const create = async (text: string) =>
      await world.store.runs.create(
        {
          source: 'api',
          text,
          agent: 'main',
          sessionKey: runIntake(ada).sessionKey,
          attachments: [],
          maxAttempts: 3,
        },
        world.now,
      )
    const one = await create('one')
    const two = await create('two')
    const after = await world.says('after')
    assert.equal(new Set([before.runId, one.runId, two.runId, after.runId]).size, 4)
    for (const expected of ['before', 'one', 'two', 'after']) {
      const run = await world.claimOne()
      assert.deepEqual(
        run.messages.map(({ text }) => text),
        [expected],
      )
      await world.answers(run, 'ok')
    }
  })

  scene('a turn that has begun takes in nothing more, whatever became of it', async (world) => {
    await world.says('one')
    const first = await world.claimOne()
    await world.store.runs.retry(
      first.lease,
      { code: 'busy', message: 'Busy.' },
      world.now,
      world.now,
    )
    assert.notEqual((await world.says('two')).runId, first.id)
    const second = await world.claimOne()
    assert.equal(second.id, first.id)
    assert.ok(await world.store.runs.notePrompt(second.lease, 'prompt-1'))
    await world.restarts()
    await world.store.runs.recover('gateway-2', world.now)
    assert.notEqual((await world.says('three')).runId, first.id)
  })

  scene(
    'a turn whose prompt was handed over takes in nothing more after an orderly shutdown',
    async (world) => {
      await world.says('one')
      const run = await world.claimOne()
      await world.store.runs.notePrompt(run.lease, 'prompt-1')
      await world.store.runs.release(run.lease, world.now)
      assert.notEqual(
        (await world.says('two')).runId,
        run.id,
        'it would be re-attached and never read it',
      )
      assert.deepEqual(await textsOf(world), ['full one'])
    },
  )

  scene(
    'interrupt: the executing run is to be aborted, and the new one waits for that',
    async (world) => {
      const mode = 'interrupt'
      assert.equal((await world.says('one', { mode })).abort, undefined)
      const first = await world.claimOne()
      const second = await world.says('two', { mode })
      assert.equal(second.abort, first.id)
      assert.notEqual(second.runId, first.id)
      assert.deepEqual(await world.claim(), [])
      assert.ok(await world.store.runs.cancelled(first.lease, world.now))
      assert.deepEqual(await textsOf(world), ['full two'])
    },
  )

  scene('interrupt: the abort is not forgotten by a crash', async (world) => {
    await world.says('one', { mode: 'interrupt' })
    const first = await world.claimOne()
    await world.says('two', { mode: 'interrupt' })
    await world.restarts()
    await world.store.runs.recover('gateway-2', world.now)
    const again = await world.claimOne()
    assert.deepEqual([again.id, again.isCancelled], [first.id, true])
  })

  scene(
    'collect: over the bound the oldest become one line each, and the person is told once',
    async (world) => {
      await world.says('executing')
      const run = await world.claimOne()
      const accepted = []
      for (const text of ['a', 'b', 'c', 'd', 'e'])
        accepted.push(await world.says(text, { maxQueued: 3 }))
      assert.deepEqual(
        accepted.map(({ isOverflow }) => isOverflow ?? false),
        [false, false, false, true, true],
      )
      assert.deepEqual(await world.delivers(), [overflow])
      await world.answers(run, 'ok')
      assert.deepEqual(await textsOf(world), [
        'summary a',
        'summary b',
        'full c',
        'full d',
        'full e',
      ])
    },
  )

  scene(
    'followup: over the bound the oldest turns are folded into the next, and nothing is lost',
    async (world) => {
      const mode = 'followup'
      await world.says('executing', { mode })
      let run = await world.claimOne()
      const made = []
      for (const text of ['a', 'b', 'c', 'd', 'e'])
        made.push(await world.says(text, { mode, maxQueued: 3 }))
      assert.deepEqual(await world.delivers(), [overflow])
      const [first, second] = made
      assert.deepEqual(
        made.map((accepted) => accepted.superseded),
        [undefined, undefined, undefined, first?.runId, second?.runId],
      )
      const superseded = await world.run(first?.runId ?? '')
      assert.equal(superseded.state, 'superseded')
      assert.ok(superseded.supersededBy)
      const turns: string[][] = []
      for (let turn = 0; turn < 3; turn++) {
        await world.answers(run, 'ok')
        run = await world.claimOne()
        turns.push(run.messages.map(({ form, text }) => `${form} ${text}`))
      }
      assert.deepEqual(turns, [['summary a', 'summary b', 'full c'], ['full d'], ['full e']])
    },
  )
}
