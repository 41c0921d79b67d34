import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Rig, startRig } from '../../test/fakes/rig.ts'
import { ScriptedRuntime } from '../../test/fakes/scripted-runtime.ts'
import type { JobDraft } from './job.ts'

const minute = 60_000
const hour = 60 * minute
const owner = { isOwner: true }

async function known(startAt?: number) {
  const runtime = new ScriptedRuntime()
  const rig = await startRig({ runtime, ...(startAt !== undefined && { startAt }) })
  await rig.chat.says('hello')
  await rig.chat.hears('re: hello')
  return Object.assign(rig, { runtime })
}

async function makes(rig: Rig, changes: Partial<JobDraft>) {
  const address = { channel: 'fake', account: rig.channel.account, chat: '1' }
  const draft: JobDraft = {
    kind: 'message',
    schedule: { kind: 'every', everyMs: hour, anchorAt: rig.clock.now() },
    text: 'Drink water.',
    target: { type: 'chat', address },
    ...changes,
  }
  const { job } = await rig.core.jobs.create(draft, owner)
  return job
}

/** The clock is set while the gateway runs: no timer notices, the next tick does. */
async function setsClock(rig: Rig, ms: number): Promise<void> {
  rig.clock.set(ms)
  rig.core.scheduler.tick()
  await rig.settle()
}

async function times(rig: Rig, id: string): Promise<readonly string[]> {
  await rig.settle()
  const { items } = await rig.core.jobs.occurrences(id, { isOwner: true }, { limit: 200 })
  return items.toReversed().map(({ scheduledFor, state }) => {
    const time = new Date(scheduledFor).toISOString().slice(5, 16)
    return `${time} ${state}`
  })
}

test('a clock set ahead by hours makes up for what it jumped over, each job by its own rule', async () => {
  await using rig = await known()
  const once = await makes(rig, {})
  const skip = await makes(rig, { misfire: { policy: 'skip' } })
  const all = await makes(rig, { misfire: { policy: 'all', max: 3 } })
  await setsClock(rig, 5 * hour + 10 * minute)
  assert.deepEqual(await times(rig, once.id), ['01-01T05:00 completed'])
  assert.deepEqual(await times(rig, skip.id), ['01-01T05:00 skipped'])
  const last = ['01-01T03:00 completed', '01-01T04:00 completed', '01-01T05:00 completed']
  assert.deepEqual(await times(rig, all.id), last)
})

test('a clock set ahead and back again makes nothing twice, and goes on when its time comes', async () => {
  await using rig = await known()
  const job = await makes(rig, {})
  await setsClock(rig, 3 * hour)
  await setsClock(rig, -3 * hour)
  await rig.leap(3 * hour + minute)
  assert.deepEqual(await times(rig, job.id), ['01-01T03:00 completed'])
  await rig.leap(hour)
  const both = ['01-01T03:00 completed', '01-01T04:00 completed']
  assert.deepEqual(await times(rig, job.id), both)
})

test('a turn that runs while the clock is set either way ends once, and keeps its lease', async () => {
  for (const jump of [6 * hour, -6 * hour]) {
    await using rig = await known()
    rig.settings = { ...rig.settings, queue: { ...rig.settings.queue, runTimeoutMs: 24 * hour } }
    rig.runtime.script = (words) => (words === 'look' ? rig.runtime.holds : `re: ${words}`)
    const schedule = { kind: 'at', at: rig.clock.now() + minute } as const
    const job = await makes(rig, { kind: 'agent', text: 'look', schedule })
    await rig.pass(minute)
    await setsClock(rig, jump)
    rig.runtime.finish('look', 'seen')
    await rig.chat.hears('seen')
    assert.deepEqual(await times(rig, job.id), ['01-01T00:01 completed'])
    await rig.chat.hearsNothingMore()
  }
})

test('a machine that slept for a day over the change to summer time makes up for the right hours', async () => {
  // Berlin, Saturday 28 March 2026, 12:00; the clocks go from 2:00 to 3:00 in the night.
  await using rig = await known(Date.UTC(2026, 2, 28, 11))
  const timezone = 'Europe/Berlin'
  const cron = { kind: 'cron', expression: '30 2,3 * * *', timezone } as const
  const all = await makes(rig, { schedule: cron, misfire: { policy: 'all', max: 10 } })
  const once = await makes(rig, { schedule: cron })
  const skip = await makes(rig, { schedule: cron, misfire: { policy: 'skip' } })
  await setsClock(rig, 24 * hour)
  // 2:30 does not exist and comes at 3:00 (01:00 UTC); 3:30 is at 01:30 UTC.
  const both = ['03-29T01:00 completed', '03-29T01:30 completed']
  assert.deepEqual(await times(rig, all.id), both)
  assert.deepEqual(await times(rig, once.id), ['03-29T01:30 completed'])
  assert.deepEqual(await times(rig, skip.id), ['03-29T01:30 skipped'])
})

test('a machine that slept for a day over the change to winter time makes up for an hour that came twice once', async () => {
  await using rig = await known(Date.UTC(2026, 9, 24, 10))
  const schedule = { kind: 'cron', expression: '30 2 * * *', timezone: 'Europe/Berlin' } as const
  const all = await makes(rig, { schedule, misfire: { policy: 'all', max: 10 } })
  await setsClock(rig, 24 * hour)
  assert.deepEqual(await times(rig, all.id), ['10-25T00:30 completed'])
})

test('results that many jobs wait for are looked at in time after the clock was set back', async () => {
  await using rig = await known()
  const other = rig.direct({ id: '2' })
  await other.says('hello')
  await other.hears('re: hello')
  const schedule = { kind: 'at', at: rig.clock.now() + minute } as const
  const gates: (() => void)[] = []
  rig.channel.onSend = async () => await new Promise<void>((resolve) => gates.push(resolve))
  const account = rig.channel.account
  // More than are looked at after each of them.
  const jobs = []
  for (let count = 0; count < 120; count++) {
    const address = { channel: 'fake', account, chat: String((count % 2) + 1) }
    jobs.push(await makes(rig, { schedule, target: { type: 'chat', address } }))
  }
  await rig.pass(minute)
  await rig.settle()
  await setsClock(rig, -6 * hour)
  rig.channel.onSend = () => undefined
  for (const open of gates) open()
  await rig.pass(2000)
  await setsClock(rig, 0)
  const { items } = await rig.core.jobs.occurrences(jobs[0]?.id ?? '', owner)
  assert.deepEqual(
    items.map(({ delivery }) => delivery),
    ['sent'],
  )
})
