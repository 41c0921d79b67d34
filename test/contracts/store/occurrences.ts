import assert from 'node:assert/strict'
import {
  claims,
  claimsOne,
  comesDue,
  makes,
  minute,
  noticesOf,
  policy,
  settles,
  statesOf,
} from './job-world.ts'
import { account, ada } from './places.ts'
import { type Engine, scenes, type World } from './world.ts'

const turn = { text: 'work', agent: 'main', sessionKey: 'k', maxAttempts: 1 }
const broken = { code: 'broken', message: 'It broke.' }

/** A job's next time comes, and its run has begun. Returns the run's id. */
async function begins(world: World, route = true): Promise<string> {
  world.now += minute
  await comesDue(world)
  const { lease } = await claimsOne(world)
  const run = route ? { ...turn, route: ada } : turn
  const step = await world.store.occurrences.begin(lease, run, world.now)
  assert.ok(typeof step === 'object' && step.runId !== undefined)
  return step.runId
}

export function occurrencesContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} occurrences`, engine)

  scene('a time makes one occurrence, however often it is planned', async (world) => {
    const job = await makes(world)
    assert.equal((await comesDue(world)).nextAt, world.now + minute)
    world.now += minute
    const again = { scheduledFor: world.now, notBefore: world.now }
    const plan = () => ({ occurrences: [again, again], cursor: 0, nextAt: world.now })
    assert.equal((await comesDue(world, plan)).made.length, 1)
    assert.deepEqual((await comesDue(world, plan)).made, [])
    assert.deepEqual(await statesOf(world, job), ['queued/none'])
  })

  scene('a job tells what became of the answers of its runs, and of no others', async (world) => {
    await makes(world)
    const runId = await begins(world)
    assert.equal(await world.store.occurrences.follows(runId), true)
    assert.equal(await world.store.occurrences.follows('r999'), false)
    assert.equal(await world.store.occurrences.follows('nonsense'), false)
  })

  scene('a message is delivered and counts as sent once the platform named it', async (world) => {
    const job = await makes(world)
    world.now += minute
    await comesDue(world)
    const { lease, attempt } = await claimsOne(world)
    assert.equal(attempt, 1)
    await world.store.occurrences.deliver(lease, ada, [{ text: 'a' }, { text: 'b' }], world.now)
    const repeated = await world.store.occurrences.deliver(lease, ada, [{ text: 'a' }], world.now)
    assert.equal(repeated, undefined)
    assert.equal(await settles(world), 1)
    assert.deepEqual(await statesOf(world, job), ['completed/pending'])
    assert.deepEqual(await world.delivers(), ['a', 'b'])
    assert.equal(await settles(world), 0)
    const [one] = (await world.store.jobs.occurrences(job.id, { limit: 1 })).items
    assert.deepEqual([one?.delivery, one?.deliveryState], ['sent', 'sent'])
    assert.match(one?.platformMessageId ?? '', /^out-/)
  })

  scene('a run is made once, followed to its end, and its answer to the chat', async (world) => {
    const job = await makes(world, { kind: 'agent' })
    const runId = await begins(world)
    assert.deepEqual(await statesOf(world, job), ['running/none'])
    assert.equal(await settles(world), 1)
    const run = await world.claimOne()
    assert.deepEqual([run.id, run.source, run.messages[0]?.text], [runId, 'job', 'work'])
    assert.equal(run.job, job.id)
    await world.answers(run, 'done')
    await settles(world)
    assert.deepEqual(await statesOf(world, job), ['completed/pending'])
    assert.deepEqual(await world.delivers(), ['done'])
    await settles(world)
    assert.deepEqual(await statesOf(world, job), ['completed/sent'])
  })

  scene('what a module said is kept to the end, and not into another attempt', async (world) => {
    const job = await makes(world, { kind: 'module', module: 'a.ts' })
    const { occurrences } = world.store
    const noted = async () => {
      const [one] = (await world.store.jobs.occurrences(job.id, { limit: 1 })).items
      return [one?.state, one?.reason, one?.data]
    }
    world.now += minute
    await comesDue(world)
    const first = await claimsOne(world)
    const note = { reason: 'disk is full', data: { free: [1, null] } }
    assert.equal(await occurrences.note(first.lease, note), true)
    await occurrences.fail(first.lease, broken, policy, world.now)
    assert.equal(await occurrences.note(first.lease, note), false)
    assert.deepEqual(await noted(), ['queued', undefined, undefined])
    const { lease } = await claimsOne(world)
    assert.equal(await occurrences.note(lease, note), true)
    await occurrences.begin(lease, turn, world.now)
    await world.answers(await world.claimOne(), 'done')
    await settles(world)
    assert.deepEqual(await noted(), ['completed', note.reason, note.data])
  })

  scene('of one job, one occurrence is under way at a time', async (world) => {
    const job = await makes(world, { overlap: 'queue' })
    world.now += minute
    await comesDue(world)
    world.now += minute
    await comesDue(world)
    const first = await claimsOne(world)
    assert.deepEqual(await claims(world), [])
    await world.store.occurrences.complete(first.lease, 'nothing to do', world.now)
    await world.store.occurrences.complete((await claimsOne(world)).lease, '', world.now)
    assert.deepEqual(await statesOf(world, job), ['completed/none', 'completed/none'])
  })

  scene('few agents are called at once, and messages do not wait for them', async (world) => {
    for (let count = 0; count < 5; count++) await makes(world, { kind: 'agent' })
    await makes(world)
    world.now += minute
    await comesDue(world)
    const kinds = async () => (await claims(world, { maxTurns: 2 })).map(({ job }) => job.kind)
    assert.deepEqual(await kinds(), ['message', 'agent', 'agent'])
    assert.deepEqual(await kinds(), [])
    const args = { owner: 'gateway-1', now: world.now, leaseMs: 1, messages: 1, maxTurns: 3 }
    const { occurrences, nextAt } = await world.store.occurrences.claim(args)
    assert.deepEqual([occurrences.length, nextAt], [1, undefined])
  })

  scene('a lease that is lost allows nothing more', async (world) => {
    await makes(world)
    world.now += minute
    await comesDue(world)
    const { lease } = await claimsOne(world)
    assert.deepEqual(await world.store.occurrences.renew([lease], world.now + minute), [])
    const recovered = await world.store.occurrences.recover('gateway-2', policy, world.now)
    assert.deepEqual(
      recovered.map(({ state }) => state),
      ['queued'],
    )
    assert.deepEqual(await world.store.occurrences.renew([lease], world.now + minute), [lease.id])
    const second = await claimsOne(world)
    assert.equal(second.attempt, 2)
    assert.equal(await world.store.occurrences.complete(lease, '', world.now), undefined)
    assert.ok(await world.store.occurrences.complete(second.lease, '', world.now))
  })

  scene('an occurrence that is cut off at every attempt fails', async (world) => {
    const job = await makes(world)
    world.now += minute
    await comesDue(world)
    await claimsOne(world)
    await world.store.occurrences.recover('gateway-2', policy, world.now)
    await claimsOne(world)
    await world.store.occurrences.recover('gateway-3', policy, world.now)
    assert.deepEqual(await statesOf(world, job), ['failed/none'])
    assert.deepEqual(await world.delivers(), ['greeting failed (o1)'])
  })

  scene('an orderly release gives the attempt back', async (world) => {
    await makes(world)
    world.now += minute
    await comesDue(world)
    await world.store.occurrences.release((await claimsOne(world)).lease, world.now)
    assert.equal((await claimsOne(world)).attempt, 1)
  })

  scene('a failed run is followed by another after a while, and then by the end', async (world) => {
    const job = await makes(world, { kind: 'agent' })
    await begins(world)
    await world.fails(await world.claimOne())
    const retryAt = world.now + 5
    await world.store.occurrences.settle({ ...policy, retryAt: () => retryAt }, 10, world.now)
    assert.deepEqual(await claims(world), [])
    world.now = retryAt
    const second = await claimsOne(world)
    await world.store.occurrences.begin(second.lease, { ...turn, route: ada }, world.now)
    await world.fails(await world.claimOne())
    await settles(world)
    assert.deepEqual(await statesOf(world, job), ['failed/none'])
    assert.equal((await world.store.jobs.find(job.id))?.failures, 1)
    assert.deepEqual(await world.delivers(), ['Sorry.', 'Sorry.', 'greeting failed (o1)'])
  })

  scene('owners are to hear of failures in a row, and of the pause they end in', async (world) => {
    const job = await makes(world)
    const fails = async () => {
      world.now += minute
      await comesDue(world)
      const { lease } = await claimsOne(world)
      await world.store.occurrences.fail(lease, broken, { ...policy, isFinal: true }, world.now)
    }
    await fails()
    assert.deepEqual(await noticesOf(world), [])
    await fails()
    assert.deepEqual(await noticesOf(world), [`failing ${job.id} 2`])
    await fails()
    assert.deepEqual(await noticesOf(world), [`failing ${job.id} 2`, `paused ${job.id} 3`])
    const paused = await world.store.jobs.find(job.id)
    assert.deepEqual([paused?.state, paused?.pausedBy], ['paused', 'failures'])
    for (const { id } of await world.store.occurrences.notices(10))
      await world.store.occurrences.told(id)
    assert.deepEqual(await noticesOf(world), [])
  })

  scene('what a chat does not take is no success', async (world) => {
    const job = await makes(world)
    world.now += minute
    await comesDue(world)
    const first = await claimsOne(world)
    await world.store.occurrences.deliver(first.lease, ada, [{ text: 'a' }], world.now)
    const [delivery] = await world.claimDeliveries()
    await world.store.deliveries.killChat(delivery?.id ?? '', 'blocked', world.now)
    await settles(world)
    assert.deepEqual(await statesOf(world, job), ['completed/failed'])
    assert.deepEqual(await noticesOf(world), [`undeliverable ${job.id} 1`])
    world.now += minute
    await comesDue(world)
    const { lease } = await claimsOne(world)
    const dead = await world.store.occurrences.deliver(lease, ada, [{ text: 'b' }], world.now)
    assert.equal(dead, 'dead')
    const begun = await world.store.occurrences.begin(lease, { ...turn, route: ada }, world.now)
    assert.equal(begun, 'dead')
  })

  scene('what may have arrived is said to be uncertain', async (world) => {
    const job = await makes(world)
    world.now += minute
    await comesDue(world)
    const { lease } = await claimsOne(world)
    await world.store.occurrences.deliver(lease, ada, [{ text: 'a' }], world.now)
    const { id } = await world.claimDelivery()
    await world.store.deliveries.uncertain(id, 'no answer', world.now)
    assert.equal(await settles(world), 1, 'it may still be settled')
    assert.equal((await world.store.deliveries.unsettled(account)).length, 1)
    await world.store.deliveries.park(id, 'Nobody knows.', world.now)
    assert.equal(await settles(world), 0)
    assert.deepEqual(await statesOf(world, job), ['completed/uncertain'])
  })
}
