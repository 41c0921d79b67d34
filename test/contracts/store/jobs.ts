import assert from 'node:assert/strict'
import { claims, comesDue, limits, makes, minute, newJob, policy, statesOf } from './job-world.ts'
import { ada, bob, group } from './places.ts'
import { type Engine, scenes } from './world.ts'

export function jobsContract(name: string, engine: Engine): void {
  const scene = scenes(`${name} jobs`, engine)

  scene('a job is kept as it was made, also by the next process', async (world) => {
    const person = { account: ada.account, id: '7', name: 'Ana' }
    const wanted = newJob(world, {
      kind: 'agent',
      session: 'chat',
      misfire: { policy: 'all', max: 3 },
      overlap: 'queue',
      jitterMs: 5,
      endsAt: world.now + 1000,
      maxRuns: 7,
      createdBy: { chat: ada, person, session: 'v1:main:x', language: 'de' },
    })
    const created = await world.store.jobs.create(wanted, limits, world.now)
    assert.ok('job' in created)
    await world.restarts()
    assert.deepEqual(await world.store.jobs.find(created.job.id), {
      ...wanted,
      id: created.job.id,
      state: 'active',
      cursor: world.now,
      createdAt: world.now,
      runs: 0,
      failures: 0,
      version: 1,
    })
  })

  scene('there are no more jobs than the limits allow, of a chat and of all', async (world) => {
    const tight = { perChat: 1, all: 2 }
    const make = async (chat = ada) =>
      await world.store.jobs.create(
        newJob(world, { target: { type: 'chat', address: chat }, createdBy: { chat } }),
        tight,
        world.now,
      )
    assert.ok('job' in (await make()))
    assert.deepEqual(await make(), { full: 'chat', max: 1 })
    assert.ok('job' in (await make(bob)))
    assert.deepEqual(await make(group), { full: 'all', max: 2 })
  })

  scene('a chat lists the jobs made there, and those a person made for it', async (world) => {
    const person = { account: ada.account, id: '7', name: 'Ana' }
    const toAda = { type: 'chat', address: ada } as const
    const here = await makes(world, { target: { type: 'none' } })
    await makes(world, { createdBy: { chat: bob }, target: { type: 'chat', address: bob } })
    const mine = await makes(world, { createdBy: { chat: bob, person }, target: toAda })
    await makes(world, { createdBy: { chat: bob }, target: toAda })
    const list = async (scope: Parameters<typeof world.store.jobs.list>[0]['scope']) =>
      (await world.store.jobs.list({ scope, limit: 10 })).items.map(({ id }) => id)
    assert.deepEqual(await list({ chat: ada }), [here.id])
    assert.deepEqual(await list({ chat: ada, person }), [mine.id, here.id])
    assert.equal((await list('all')).length, 4)
    const first = await world.store.jobs.list({ scope: 'all', limit: 3 })
    assert.equal(first.items.length, 3)
    const rest = await world.store.jobs.list({ scope: 'all', limit: 3, cursor: first.next ?? '' })
    assert.deepEqual([rest.items.map(({ id }) => id), rest.next], [[here.id], null])
  })

  scene('of two people who change a job, the second hears of it', async (world) => {
    const { id, version } = await makes(world)
    const changed = await world.store.jobs.change(id, version, { text: 'hi' }, world.now)
    assert.ok(typeof changed === 'object')
    assert.deepEqual([changed.text, changed.name, changed.version], ['hi', 'greeting', 2])
    assert.equal(await world.store.jobs.change(id, version, { text: 'no' }, world.now), 'stale')
    assert.equal(await world.store.jobs.change('j99', 1, { text: 'no' }, world.now), 'unknown')
  })

  scene('a new schedule counts from now, and wakes a job that had ended', async (world) => {
    const job = await makes(world, { maxRuns: 1 })
    world.now += minute
    await comesDue(world, ({ nextAt = 0 }) => ({
      occurrences: [{ scheduledFor: nextAt, notBefore: nextAt }],
      cursor: nextAt,
      ended: 'it has run as often as it should',
    }))
    const ended = await world.store.jobs.find(job.id)
    assert.deepEqual(
      [ended?.state, ended?.reason, ended?.runs, ended?.nextAt],
      ['ended', 'it has run as often as it should', 1, undefined],
    )
    world.now += 5
    const schedule = { kind: 'at', at: world.now + minute } as const
    const edit = { schedule, nextAt: world.now + minute }
    const changed = await world.store.jobs.change(job.id, 1, edit, world.now)
    assert.ok(typeof changed === 'object')
    assert.deepEqual(
      [changed.state, changed.cursor, changed.nextAt, changed.runs, changed.reason],
      ['active', world.now, world.now + minute, 0, undefined],
    )
  })

  scene('a paused job runs nothing, not even what was queued', async (world) => {
    const job = await makes(world)
    world.now += minute
    await comesDue(world)
    assert.equal(await world.store.jobs.pause(job.id, 'Ana paused it', world.now), 'done')
    assert.equal(await world.store.jobs.pause(job.id, 'again', world.now), 'not-now')
    assert.equal((await world.store.jobs.find(job.id))?.pausedBy, 'person')
    assert.deepEqual(await claims(world), [])
    world.now += 10 * minute
    assert.deepEqual((await comesDue(world)).made, [])
    assert.equal(await world.store.jobs.runNow(job.id, world.now), 'paused')
    const next = world.now + minute
    assert.equal(await world.store.jobs.resume(job.id, next, world.now), 'done')
    assert.equal(await world.store.jobs.resume(job.id, next, world.now), 'not-now')
    assert.deepEqual((await comesDue(world)).made, [], 'what passed is not made up for')
    assert.deepEqual(await statesOf(world, job), ['skipped/none'])
    const resumed = await world.store.jobs.find(job.id)
    assert.deepEqual(
      [resumed?.state, resumed?.cursor, resumed?.pausedBy],
      ['active', world.now, undefined],
    )
  })

  scene('what is claimed when its job is paused or removed goes no further', async (world) => {
    const paused = await makes(world)
    const removed = await makes(world)
    world.now += minute
    await comesDue(world)
    const claimed = await claims(world)
    await world.store.jobs.pause(paused.id, 'x', world.now)
    assert.equal(await world.store.jobs.remove(removed.id, world.now), true)
    assert.equal(await world.store.jobs.remove(removed.id, world.now), false)
    for (const { lease } of claimed) {
      const chunks = [{ text: 'hello' }]
      assert.equal(await world.store.occurrences.deliver(lease, ada, chunks, world.now), undefined)
    }
    assert.deepEqual(await world.delivers(), [])
  })

  scene('a run nobody executes yet is cancelled with its job', async (world) => {
    const job = await makes(world, { kind: 'agent' })
    world.now += minute
    await comesDue(world)
    const [claimed] = await claims(world)
    assert.ok(claimed)
    const run = { text: 'hi', agent: 'main', sessionKey: 'k', route: ada, maxAttempts: 3 }
    const step = await world.store.occurrences.begin(claimed.lease, run, world.now)
    assert.ok(typeof step === 'object' && step.runId !== undefined)
    await world.store.jobs.remove(job.id, world.now)
    assert.equal(await world.stateOf(step.runId), 'cancelled')
    assert.deepEqual(await world.claim(), [])
    const next = await makes(world)
    assert.notEqual(next.id, job.id, 'its number names no other job')
  })

  scene('a job runs now when somebody asks, unless it is at it already', async (world) => {
    const job = await makes(world)
    const made = await world.store.jobs.runNow(job.id, world.now)
    assert.ok(typeof made === 'object')
    assert.deepEqual([made.isManual, made.state, made.scheduledFor], [true, 'queued', world.now])
    assert.equal(await world.store.jobs.runNow(job.id, world.now), 'busy')
    assert.equal(await world.store.jobs.runNow('j99', world.now), 'unknown')
    const [claimed] = await claims(world)
    assert.ok(claimed)
    await world.store.occurrences.deliver(claimed.lease, ada, [{ text: 'hello' }], world.now)
    const again = await world.store.jobs.runNow(job.id, world.now)
    assert.ok(typeof again === 'object', 'also in the same millisecond')
  })

  scene('a time of the schedule is not taken by what somebody asked for', async (world) => {
    const job = await makes(world)
    world.now += minute
    const made = await world.store.jobs.runNow(job.id, world.now)
    assert.ok(typeof made === 'object')
    assert.equal((await comesDue(world)).made.length, 1)
    assert.equal((await statesOf(world, job)).length, 2)
  })

  scene('history goes when its time is over, ended jobs with the last of theirs', async (world) => {
    const job = await makes(world, { target: { type: 'none' } })
    await makes(world)
    world.now += minute
    await comesDue(world, ({ nextAt = 0 }) => ({
      occurrences: [{ scheduledFor: nextAt, notBefore: nextAt, skipped: 'missed' }],
      cursor: nextAt,
    }))
    assert.equal(await world.store.upkeep.prune(world.now, 10), 0)
    assert.equal(await world.store.upkeep.prune(world.now + 1, 3), 3)
    assert.equal(await world.store.upkeep.prune(world.now + 1, 10), 1)
    assert.equal(await world.store.jobs.find(job.id), undefined)
  })

  scene('messages for one chat leave one after the other, and chats take turns', async (world) => {
    for (const address of [ada, ada, ada, bob])
      await makes(world, { target: { type: 'chat', address } })
    world.now += minute
    await comesDue(world)
    const chats = async () => {
      const claimed = await claims(world)
      for (const { lease, job } of claimed) {
        assert.ok(job.target.type === 'chat')
        const { address } = job.target
        await world.store.occurrences.deliver(lease, address, [{ text: job.id }], world.now)
      }
      return claimed.map(({ job }) => job.id)
    }
    const settled = async (limit: number) =>
      (await world.store.occurrences.settle(policy, limit, world.now)).steps.length
    assert.deepEqual(await chats(), ['j1', 'j4'])
    assert.deepEqual(await chats(), [])
    assert.deepEqual(await world.delivers(), ['j1', 'j4'])
    assert.deepEqual([await settled(1), await settled(1), await settled(1)], [1, 1, 0])
    assert.deepEqual(await chats(), ['j2'])
    assert.deepEqual(await world.delivers(), ['j2'])
    await settled(10)
    assert.deepEqual(await chats(), ['j3'])
  })

  scene('no history goes that is not over', async (world) => {
    const [waiting, running, sending] = [
      await makes(world, { overlap: 'queue', target: { type: 'owner' } }),
      await makes(world, { kind: 'agent' }),
      await makes(world),
    ]
    world.now += minute
    await comesDue(world)
    for (const { lease, job } of await claims(world)) {
      const run = { text: 'hi', agent: 'main', sessionKey: 'k', route: ada, maxAttempts: 3 }
      if (job.id === running.id) await world.store.occurrences.begin(lease, run, world.now)
      if (job.id === sending.id)
        await world.store.occurrences.deliver(lease, ada, [{ text: 'a' }], world.now)
    }
    world.now += 1000 * minute
    await world.store.upkeep.prune(world.now, 100)
    assert.deepEqual(await statesOf(world, waiting), ['leased/none'])
    assert.deepEqual(await statesOf(world, running), ['running/none'])
    assert.deepEqual(await statesOf(world, sending), ['completed/pending'])
  })
}
