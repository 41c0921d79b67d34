import assert from 'node:assert/strict'
import type { ClaimedDelivery } from '../../../core/store/deliveries.ts'
import type { ClaimedRun } from '../../../core/store/runs.ts'
import { account } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

const piece = { text: 'Once upon' }

async function begin(world: World, run: ClaimedRun): Promise<string> {
  const { id } = await world.store.runs.preview(run.lease, piece, world.now)
  assert.ok(id)
  return id
}

async function claimOne(world: World): Promise<ClaimedDelivery> {
  const { deliveries } = await world.store.deliveries.claim({
    accounts: [account],
    now: world.now,
    limit: 10,
  })
  assert.equal(deliveries.length, 1)
  const [delivery] = deliveries
  assert.ok(delivery)
  return delivery
}

async function complete(world: World, run: ClaimedRun, text: string): Promise<void> {
  const result = { text, files: [], chunks: [{ text }] }
  assert.equal(await world.store.runs.complete(run.lease, result, world.now), true)
}

export function previewsContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} previews`, engine)

  scene('an answer takes the place of its preview', async (world) => {
    await world.says('tell me')
    const run = await world.claimOne()
    await begin(world, run)
    const preview = await claimOne(world)
    assert.deepEqual([preview.chunk, preview.runId], [piece, undefined])
    await world.store.deliveries.sent(preview.id, '77', world.now)
    await complete(world, run, 'Once upon a time.')
    const answer = await claimOne(world)
    assert.deepEqual([answer.chunk.text, answer.edits], ['Once upon a time.', '77'])
  })

  scene(
    'an answer waits until it is known whether there is a preview to replace',
    async (world) => {
      await world.says('tell me')
      const run = await world.claimOne()
      await begin(world, run)
      const preview = await claimOne(world)
      await complete(world, run, 'Once upon a time.')
      assert.deepEqual(await world.delivers(), [])
      await world.store.deliveries.sent(preview.id, '77', world.now)
      assert.equal((await claimOne(world)).edits, '77')
    },
  )

  scene('a preview that nobody can find is not replaced', async (world) => {
    await world.says('tell me')
    const run = await world.claimOne()
    await begin(world, run)
    const preview = await claimOne(world)
    await world.store.deliveries.uncertain(preview.id, 'Timed out.', world.now)
    await complete(world, run, 'Once upon a time.')
    await world.store.deliveries.park(preview.id, 'Nobody knows.', world.now)
    assert.equal((await claimOne(world)).edits, undefined)
  })

  scene('a preview that has not left is not sent any more', async (world) => {
    await world.says('tell me')
    const run = await world.claimOne()
    await begin(world, run)
    await complete(world, run, 'Once upon a time.')
    assert.deepEqual(await world.delivers(), ['Once upon a time.'])
  })

  scene('a run that was stopped leaves no preview that is still to come', async (world) => {
    await world.says('tell me')
    const run = await world.claimOne()
    await begin(world, run)
    await world.store.runs.cancelled(run.lease, world.now)
    assert.deepEqual(await world.delivers(), [])
  })

  scene('a later attempt goes on with the same preview', async (world) => {
    await world.says('tell me')
    const first = await world.claimOne()
    const id = await begin(world, first)
    await world.store.deliveries.sent((await claimOne(world)).id, '77', world.now)
    const busy = { code: 'busy', message: 'Busy.' }
    await world.store.runs.retry(first.lease, busy, world.now, world.now)
    const second = await world.claimOne()
    const again = await world.store.runs.preview(second.lease, piece, world.now)
    assert.deepEqual(again, { id, isNew: false })
    const lost = await world.store.runs.preview(first.lease, piece, world.now)
    assert.deepEqual(lost, { id: undefined, isNew: false })
    await complete(world, second, 'Once upon a time.')
    assert.equal((await claimOne(world)).edits, '77')
  })

  scene('what cannot be replaced is sent as a message of its own', async (world) => {
    await world.says('tell me')
    const run = await world.claimOne()
    await begin(world, run)
    await world.store.deliveries.sent((await claimOne(world)).id, '77', world.now)
    await complete(world, run, 'Once upon a time.')
    const answer = await claimOne(world)
    await world.store.deliveries.sendAnew(answer.id, 'It was deleted.', world.now)
    const anew = await claimOne(world)
    assert.deepEqual([anew.id, anew.edits], [answer.id, undefined])
  })
}
