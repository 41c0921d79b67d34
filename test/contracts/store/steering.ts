import assert from 'node:assert/strict'
import type { ClaimedRun } from '../../../core/store/runs.ts'
import type { SteerOffer } from '../../../core/store/steering.ts'
import { ada, group, keyOf, runIntake, topic } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

const mode = 'steer'

/** One run executes and this waits behind it, to be handed to it. */
async function waiting(world: World, ...texts: readonly string[]): Promise<ClaimedRun> {
  await world.says('work')
  const run = await world.claimOne()
  for (const text of texts) await world.says(text, { mode })
  return run
}

async function offerOne(world: World, run: ClaimedRun): Promise<SteerOffer> {
  const { offers } = await world.store.steering.offer([run.lease], world.now)
  const [offer] = offers
  assert.ok(offer, 'something is handed over')
  assert.equal(offers.length, 1)
  return offer
}

async function settle(
  world: World,
  offer: SteerOffer,
  count = offer.messages.length,
  isCertain = true,
) {
  const taken = offer.messages.slice(0, count).map(({ id }) => id)
  return await world.store.steering.settle(offer, { taken, isCertain }, world.now)
}

async function people(world: World, run: ClaimedRun): Promise<string[]> {
  return (await world.store.tools.authors(run.id)).map(({ id }) => id).toSorted()
}

async function textsOf(world: World): Promise<string[]> {
  return (await world.claimOne()).messages.map(({ text }) => text)
}

export function steeringContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} steering`, engine)

  scene(
    'what was taken is part of the executing run, and its own run is superseded',
    async (world) => {
      const run = await waiting(world, 'one', 'two')
      const offer = await offerOne(world, run)
      assert.deepEqual(
        offer.messages.map(({ text }) => text),
        ['one', 'two'],
      )
      assert.equal(await settle(world, offer), 'superseded')
      const row = await world.run(offer.runId)
      assert.deepEqual([row.state, row.supersededBy], ['superseded', run.id])
      assert.equal((await world.run(run.id)).text, 'work\none\ntwo')
      for (const { id } of offer.messages) {
        const message = await world.messageOf(id)
        assert.deepEqual([message.runId, message.disposition], [run.id, 'run'])
        assert.match(message.reason ?? '', /handed to the running turn/)
      }
      await world.answers(run, 'ok')
      assert.deepEqual(await world.claim(), [])
    },
  )

  scene(
    'what was not taken is a queued run like any other, and not offered again',
    async (world) => {
      const run = await waiting(world, 'one')
      const offer = await offerOne(world, run)
      assert.equal(await settle(world, offer, 0), 'none')
      assert.deepEqual(await world.store.steering.offer([run.lease], world.now), {
        offers: [],
        pending: [],
        nextAt: undefined,
      })
      const later = await world.says('two', { mode })
      assert.deepEqual([later.runId, later.isFolded], [offer.runId, true])
      await world.answers(run, 'ok')
      assert.deepEqual(await textsOf(world), ['one', 'two'])
    },
  )

  scene('what was taken of it in part leaves the rest in the queue', async (world) => {
    const run = await waiting(world, 'one', 'two')
    const offer = await offerOne(world, run)
    assert.equal(await settle(world, offer, 1), 'part')
    assert.equal((await world.run(run.id)).text, 'work\none')
    await world.answers(run, 'ok')
    assert.deepEqual(await textsOf(world), ['two'])
  })

  scene(
    'while it is handed over nothing is folded into it, and an edit corrects it',
    async (world) => {
      const run = await waiting(world, 'one')
      const offer = await offerOne(world, run)
      const later = await world.says('two', { mode })
      assert.notEqual(later.runId, offer.runId)
      const edit = await world.accept(
        world.record('uno', { kind: 'edit', platformId: '2', version: 1000 }),
        {
          as: 'edit',
          correction: runIntake(ada, { isCorrection: true }),
          note: '[correction]',
        },
      )
      assert.equal(edit.runId, later.runId)
      assert.equal((await world.run(offer.runId)).text, 'one')
      assert.equal(await settle(world, offer), 'superseded')
      assert.equal((await offerOne(world, run)).runId, later.runId)
    },
  )

  scene('it is handed over when its window is over, not before', async (world) => {
    await world.says('work')
    const run = await world.claimOne()
    const { runId } = await world.says('one', { mode, windowMs: 2000 })
    const nextAt = world.now + 2000
    assert.deepEqual(await world.store.steering.offer([run.lease], world.now), {
      offers: [],
      pending: [runId],
      nextAt,
    })
    world.now = nextAt
    await offerOne(world, run)
  })

  scene('an ordinary message that joins it makes it an ordinary run', async (world) => {
    const run = await waiting(world, 'one')
    await world.says('two')
    assert.deepEqual((await world.store.steering.offer([run.lease], world.now)).offers, [])
  })

  scene('nothing overtakes: only what waits right behind is handed over', async (world) => {
    const run = await waiting(world)
    await world.says('one', { mode: 'followup' })
    await world.says('two', { mode: 'followup', isCorrection: true })
    assert.deepEqual((await world.store.steering.offer([run.lease], world.now)).offers, [])
  })

  scene('a run of the API neither takes anything in nor is handed over', async (world) => {
    const create = async () =>
      await world.store.runs.create(
        {
          source: 'api',
          text: 'api',
          agent: 'main',
          sessionKey: keyOf(ada),
          attachments: [],
          maxAttempts: 3,
        },
        world.now,
      )
    await create()
    const api = await world.claimOne()
    await world.says('one', { mode })
    assert.deepEqual((await world.store.steering.offer([api.lease], world.now)).pending, [])
    await world.answers(api, 'ok')
    const run = await world.claimOne()
    await create()
    assert.deepEqual((await world.store.steering.offer([run.lease], world.now)).pending, [])
  })

  scene(
    'the answer stays where it was asked: another place of one session takes no part',
    async (world) => {
      await world.says('work')
      const run = await world.claimOne()
      await world.says('one', { mode, sessionKey: keyOf(ada) }, { address: topic })
      assert.deepEqual((await world.store.steering.offer([run.lease], world.now)).pending, [])
    },
  )

  scene(
    'a run that is to be stopped takes nothing, and what it took is not lost',
    async (world) => {
      const run = await waiting(world, 'one')
      const offer = await offerOne(world, run)
      await world.store.runs.requestCancel(run.id, world.now)
      assert.equal(await settle(world, offer), 'none')
      assert.ok(await world.store.runs.cancelled(run.lease, world.now))
      assert.deepEqual(await textsOf(world), ['one'])
    },
  )

  scene('a run that has ended meanwhile takes nothing any more', async (world) => {
    const run = await waiting(world, 'one')
    const offer = await offerOne(world, run)
    await world.answers(run, 'ok')
    assert.deepEqual(await textsOf(world), ['one'])
    assert.equal(await settle(world, offer), 'none')
  })

  scene('a crash takes the offer back', async (world) => {
    const run = await waiting(world, 'one')
    const offer = await offerOne(world, run)
    await world.restarts()
    await world.store.runs.recover('gateway-2', world.now)
    const again = await world.claimOne()
    assert.equal(again.id, run.id)
    assert.equal(await settle(world, offer), 'none')
    assert.equal((await world.says('two', { mode })).runId, offer.runId)
    await world.answers(again, 'ok')
    assert.deepEqual(await textsOf(world), ['one', 'two'])
  })

  scene('what a turn has heard is part of it, whenever its runtime can say so', async (world) => {
    const run = await waiting(world, 'one', 'two')
    assert.ok(await world.store.runs.notePrompt(run.lease, 'prompt-1'))
    const offer = await offerOne(world, run)
    const [one = '', two = ''] = offer.messages.map(({ id }) => id)
    const confirm = (of: ClaimedRun, id: string) =>
      world.store.steering.confirm(of.lease, id, world.now)
    assert.equal(await settle(world, offer, 0, false), 'none')
    assert.equal((await confirm(run, one))?.settled, 'part')
    assert.equal(await confirm(run, one), undefined, 'once')
    assert.equal((await world.run(run.id)).text, 'work\none')
    await world.restarts()
    await world.store.runs.recover('gateway-2', world.now)
    const again = await world.claimOne()
    assert.equal(again.promptId, 'prompt-1')
    assert.equal(await confirm(run, two), undefined, 'not under a lost lease')
    const found = await confirm(again, two)
    assert.deepEqual(
      [found?.settled, found?.runId, found?.message.text],
      ['superseded', offer.runId, 'two'],
    )
    assert.equal(await world.stateOf(offer.runId), 'superseded')
    assert.equal((await world.run(run.id)).text, 'work\none\ntwo')
    await world.answers(again, 'ok')
    assert.deepEqual(await world.claim(), [])
  })

  scene('what was never offered, or is an own turn by now, is not confirmed', async (world) => {
    const run = await waiting(world, 'one')
    const { messageId: message = '' } = await world.says('two', { mode })
    assert.equal(await world.store.steering.confirm(run.lease, message, world.now), undefined)
    const offer = await offerOne(world, run)
    await settle(world, offer, 0, false)
    await world.answers(run, 'ok')
    const next = await world.claimOne()
    assert.equal(next.id, offer.runId)
    assert.equal(await world.store.steering.confirm(run.lease, message, world.now), undefined)
    assert.equal(await world.store.steering.confirm(next.lease, message, world.now), undefined)
  })

  scene('after a crash an edit of what may have been heard corrects it', async (world) => {
    const run = await waiting(world, 'one')
    await world.store.runs.notePrompt(run.lease, 'prompt-1')
    const offer = await offerOne(world, run)
    await world.restarts()
    await world.store.runs.recover('gateway-2', world.now)
    const again = await world.claimOne()
    await world.accept(world.record('uno', { kind: 'edit', platformId: '2', version: 1000 }), {
      as: 'edit',
      correction: runIntake(ada, { isCorrection: true }),
      note: '[correction]',
    })
    const heard = offer.messages[0]?.id ?? ''
    assert.ok(await world.store.steering.confirm(again.lease, heard, world.now))
    await world.answers(again, 'ok')
    assert.deepEqual(await textsOf(world), ['uno'])
  })

  scene('/stop wins over an offer', async (world) => {
    const run = await waiting(world, 'one')
    const offer = await offerOne(world, run)
    await world.commands({ type: 'stop', sessionKey: keyOf(ada) })
    assert.equal(await settle(world, offer), 'none')
    assert.equal(await world.stateOf(offer.runId), 'cancelled')
  })

  scene('what is being handed over is heard: deleting it changes nothing', async (world) => {
    const run = await waiting(world, 'one')
    const offer = await offerOne(world, run)
    await world.store.inbox.withdraw(ada, ['2'], world.now)
    assert.equal(await settle(world, offer), 'superseded')
  })

  scene(
    'who may have been heard counts among the people of the run, until it ends',
    async (world) => {
      const asks = async (id: string) =>
        await world.says('one', { mode }, { address: group, author: { id, name: `Person ${id}` } })
      await asks('1')
      const run = await world.claimOne()
      await asks('2')
      assert.deepEqual(await people(world, run), ['1'])
      const offer = await offerOne(world, run)
      assert.deepEqual(await people(world, run), ['1', '2'], 'while it is handed over')
      await settle(world, offer, 0)
      assert.deepEqual(await people(world, run), ['1'], 'after it was refused')
      await world.answers(run, 'ok')
      const second = await world.claimOne()
      await asks('3')
      const unclear = await offerOne(world, second)
      assert.equal(await settle(world, unclear, 0, false), 'none')
      assert.deepEqual(await people(world, second), ['2', '3'], 'where nobody knows')
      await asks('4')
      assert.deepEqual((await world.store.steering.offer([second.lease], world.now)).pending, [])
      await world.answers(second, 'ok')
      const third = await world.claimOne()
      assert.deepEqual(await people(world, third), ['3', '4'])
      await asks('5')
      assert.equal(await settle(world, await offerOne(world, third)), 'superseded')
      assert.deepEqual(await people(world, third), ['3', '4', '5'])
    },
  )

  scene('over the bound what is being handed over is left alone', async (world) => {
    const run = await waiting(world, 'one')
    const offer = await offerOne(world, run)
    for (const text of ['two', 'three', 'four']) {
      await world.says(text, { mode: 'followup', maxQueued: 1 })
    }
    assert.equal(await settle(world, offer), 'superseded')
    assert.equal((await world.run(run.id)).text, 'work\none')
  })
}
