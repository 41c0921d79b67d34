import assert from 'node:assert/strict'
import type { ClaimedRun } from '../../../core/store/runs.ts'
import { bob } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

const failure = { code: 'busy', message: 'Busy.' }

/** Everything a lease allows, tried with a lost one: nothing may change. */
async function isFenced(world: World, { lease, id }: ClaimedRun): Promise<void> {
  const { runs } = world.store
  const before = [await world.run(id), await world.eventsOf(id)]
  const result = { text: 'late', files: [], chunks: [{ text: 'late' }] }
  const answers = [
    await runs.complete(lease, result, world.now),
    await runs.fail(lease, failure, [{ text: 'late' }], world.now),
    await runs.retry(lease, failure, world.now, world.now),
    await runs.release(lease, world.now),
    await runs.cancelled(lease, world.now),
    await runs.append(lease, [{ type: 'run.text', data: { text: 'late' } }], world.now),
    await runs.notePrompt(lease, 'late'),
    await runs.noteRuntimeSession(lease, 'late'),
    await runs.noteTitle(lease, 'late'),
  ]
  assert.deepEqual(
    answers,
    Array.from(answers, () => false),
  )
  assert.deepEqual(await runs.renew([lease], world.now + 1_000_000), [id])
  assert.deepEqual([await world.run(id), await world.eventsOf(id)], before)
  assert.deepEqual(await world.delivers(), [])
}

export function leasesContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} leases`, engine)

  scene(
    'who lost a run to another process can change nothing, before and after it is claimed again',
    async (world) => {
      await world.says('one')
      const mine = await world.claimOne()
      assert.deepEqual(await world.store.runs.recover('gateway-2', world.now), [mine.id])
      await isFenced(world, mine)
      const [theirs] = await world.claim(1, 'gateway-2')
      assert.equal(theirs?.id, mine.id)
      assert.notEqual(theirs?.lease.token, mine.lease.token)
      await isFenced(world, mine)
      assert.ok(theirs)
      await world.answers(theirs, 'once')
      assert.deepEqual(await world.delivers(), ['once'])
      await isFenced(world, mine)
    },
  )

  scene('an expired lease is lost once it was recovered', async (world) => {
    await world.says('one')
    const run = await world.claimOne()
    assert.deepEqual(await world.store.runs.recover('gateway-1', world.now + 59_999), [])
    world.now += 60_000
    assert.deepEqual(await world.store.runs.recover('gateway-1', world.now), [run.id])
    await isFenced(world, run)
    const again = await world.claimOne()
    assert.deepEqual([again.id, again.attempt], [run.id, 2])
  })

  scene('a renewed lease does not expire, and the lost ones are named', async (world) => {
    await world.says('one')
    await world.says('two', {}, { address: bob })
    const [kept, lost] = await world.claim()
    assert.ok(kept && lost)
    await world.store.runs.cancelled(lost.lease, world.now)
    const forged = { ...kept.lease, token: kept.lease.token + 1 }
    assert.deepEqual(
      await world.store.runs.renew([kept.lease, lost.lease, forged], world.now + 600_000),
      [lost.id, kept.id],
    )
    world.now += 120_000
    assert.deepEqual(await world.store.runs.recover('gateway-1', world.now), [])
    await world.answers(kept, 'ok')
  })

  scene(
    'a crash loses nothing: the run, its prompt and its attempts are found again',
    async (world) => {
      await world.says('one')
      const first = await world.claimOne()
      assert.equal(first.attempt, 1)
      assert.ok(await world.store.runs.notePrompt(first.lease, 'prompt-1'))
      assert.ok(await world.store.runs.noteRuntimeSession(first.lease, 'memory-1'))
      await world.restarts()
      assert.deepEqual(await world.claim(), [])
      assert.deepEqual(await world.store.runs.recover('gateway-2', world.now), [first.id])
      assert.deepEqual(await world.store.runs.recover('gateway-2', world.now), [])
      const second = await world.claimOne()
      assert.deepEqual(
        [
          second.id,
          second.attempt,
          second.promptId,
          second.session.runtimeSession,
          second.isExhausted,
        ],
        [first.id, 2, 'prompt-1', 'memory-1', false],
      )
      assert.deepEqual(second.messages, first.messages)
      assert.deepEqual(await world.typesOf(first.id), [
        'run.accepted',
        'run.started',
        'run.recovered',
        'run.started',
      ])
    },
  )

  scene('attempts count when a run is claimed; used up, it may only be failed', async (world) => {
    await world.says('one', { maxAttempts: 2 })
    const first = await world.claimOne()
    assert.ok(await world.store.runs.retry(first.lease, failure, world.now, world.now))
    const second = await world.claimOne()
    assert.deepEqual([second.attempt, second.isExhausted, second.lastError], [2, false, failure])
    await world.restarts()
    await world.store.runs.recover('gateway-2', world.now)
    const third = await world.claimOne()
    assert.deepEqual([third.isExhausted, third.maxAttempts], [true, 2])
    assert.ok(await world.store.runs.fail(third.lease, failure, [{ text: 'Sorry.' }], world.now))
    assert.deepEqual(await world.delivers(), ['Sorry.'])
  })

  scene('an orderly release gives the attempt back', async (world) => {
    await world.says('one', { maxAttempts: 1 })
    for (let restart = 0; restart < 5; restart++) {
      const run = await world.claimOne()
      assert.deepEqual([run.attempt, run.isExhausted], [1, false])
      assert.ok(await world.store.runs.release(run.lease, world.now))
    }
  })

  scene('a re-attached turn gives the attempt back, but not for ever', async (world) => {
    await world.says('one', { maxAttempts: 2 })
    const first = await world.claimOne()
    assert.equal(await world.store.runs.reattached(first.lease), false, 'nothing was before it')
    let claims = 1
    for (; claims < 100; claims += 1) {
      await world.restarts()
      await world.store.runs.recover(`gateway-${claims + 1}`, world.now)
      const run = await world.claimOne()
      assert.equal(await world.store.runs.reattached(first.lease), false, 'its lease is gone')
      if (run.isExhausted) break
      await world.store.runs.reattached(run.lease)
    }
    assert.equal(claims, 22)
  })

  scene('a run that is to be tried again keeps its place before later ones', async (world) => {
    const mode = 'followup'
    const one = await world.says('one', { mode })
    await world.says('two', { mode })
    await world.says('other', { mode }, { address: bob })
    const [first, other] = await world.claim()
    assert.ok(first && other)
    await world.store.runs.retry(first.lease, failure, world.now + 10_000, world.now)
    assert.equal(await world.nextRunAt(), world.now + 10_000)
    assert.equal(await world.stateOf(first.id), 'queued')
    await world.answers(other, 'ok')
    world.now += 10_000
    assert.equal((await world.claimOne()).id, one.runId)
  })

  scene(
    'events are numbered from 1 without gaps, also when written at the same moment',
    async (world) => {
      await world.says('one')
      const run = await world.claimOne()
      await Promise.all(
        Array.from({ length: 20 }, async (_, index) =>
          assert.ok(
            await world.store.runs.append(
              run.lease,
              [
                { type: 'run.text', data: { index } },
                { type: 'run.tool', data: { name: 'shell' } },
              ],
              world.now,
            ),
          ),
        ),
      )
      await world.answers(run, 'ok')
      const events = await world.eventsOf(run.id)
      assert.equal(events.length, 2 + 40 + 1)
      assert.deepEqual(events[2]?.data, { index: 0 })
      assert.ok(events.every(({ at, runId }) => at === world.now && runId === run.id))
    },
  )

  scene('every way a run can go leaves its trail', async (world) => {
    await world.says('one')
    let run = await world.claimOne()
    await world.store.runs.retry(run.lease, failure, world.now, world.now)
    run = await world.claimOne()
    await world.store.runs.append(run.lease, [{ type: 'run.text', data: {} }], world.now)
    await world.answers(run, 'ok')
    await world.delivers()
    assert.deepEqual(await world.typesOf(run.id), [
      'run.accepted',
      'run.started',
      'run.retrying',
      'run.started',
      'run.text',
      'run.completed',
      'delivery.sent',
    ])
  })
}
