import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Chat } from '../../test/fakes/chat.ts'
import type { Rig } from '../../test/fakes/rig.ts'
import { startRig } from '../../test/fakes/rig.ts'
import { ScriptedRuntime, streams } from '../../test/fakes/scripted-runtime.ts'
import { noLimits, openPolicy } from '../../test/fakes/settings.ts'
import { DeliveryError } from '../errors.ts'
import type { JobDraft } from './job.ts'

const minute = 60_000
const hour = 60 * minute
const owner = { isOwner: true }

/** A rig in whose chat somebody has spoken, so that it is known. */
async function known(runtime = new ScriptedRuntime()) {
  const rig = await startRig({ runtime, queue: { concurrency: 4 } })
  await rig.chat.says('hello')
  await rig.chat.hears('re: hello')
  return Object.assign(rig, { runtime })
}

function draft(rig: Rig & { chat: Chat }, changes: Partial<JobDraft> = {}): JobDraft {
  const account = rig.channel.account
  return {
    kind: 'message',
    schedule: { kind: 'every', everyMs: hour, anchorAt: rig.clock.now() },
    text: 'Drink water.',
    target: { type: 'chat', address: { channel: 'fake', account, chat: '1' } },
    ...changes,
  }
}

async function states(rig: Rig, id: string) {
  await rig.settle()
  const { items } = await rig.core.jobs.occurrences(id, owner)
  return items.toReversed().map(({ state, delivery }) => `${state}/${delivery}`)
}

test('a message comes at its time, and counts as delivered once the platform named it', async () => {
  await using rig = await known()
  const { job, next } = await rig.core.jobs.create(draft(rig), owner)
  assert.equal(next.length, 5)
  await rig.pass(hour - 1)
  await rig.chat.hearsNothingMore()
  await rig.pass(1)
  await rig.chat.hears('Drink water.')
  assert.deepEqual(await states(rig, job.id), ['completed/sent'])
  const [one] = (await rig.core.jobs.occurrences(job.id, owner)).items
  assert.ok(one?.platformMessageId)
})

test('a turn of the agent has a session of its own, and its answer goes to the chat', async () => {
  await using rig = await known()
  const { job } = await rig.core.jobs.create(draft(rig, { kind: 'agent', text: 'look' }), owner)
  await rig.pass(hour)
  await rig.chat.hears('re: look')
  assert.deepEqual(await states(rig, job.id), ['completed/sent'])
  const run = (await rig.runs()).at(-1)
  assert.deepEqual([run?.source, run?.sessionKey], ['job', `v1:main:job:dm:${job.id}`])
})

test('a turn in the session of the chat knows what was said there', async () => {
  await using rig = await known()
  await rig.core.jobs.create(draft(rig, { kind: 'agent', text: 'look', session: 'chat' }), owner)
  await rig.pass(hour)
  await rig.chat.hears('re: look')
  const [first, second] = await rig.runs()
  assert.equal(first?.sessionKey, second?.sessionKey)
})

test('after a day without power, one message makes up for what was missed', async () => {
  await using rig = await known()
  const { job } = await rig.core.jobs.create(draft(rig), owner)
  await rig.dies()
  await rig.clock.advance(24 * hour + minute)
  await rig.start()
  await rig.chat.hears('Drink water.')
  await rig.chat.hearsNothingMore()
  assert.deepEqual(await states(rig, job.id), ['completed/sent'])
})

test('a clock that is set is noticed by the tick, and makes nothing twice', async () => {
  await using rig = await known()
  const { job } = await rig.core.jobs.create(draft(rig), owner)
  await rig.pass(hour)
  await rig.chat.hears('Drink water.')
  for (let count = 0; count < 3; count++) {
    rig.core.scheduler.tick()
    await rig.settle()
  }
  await rig.chat.hearsNothingMore()
  assert.equal((await states(rig, job.id)).length, 1)
})

test('what is killed at any moment of its way is done once', async () => {
  for (const kind of ['message', 'agent'] as const) {
    await using rig = await known(new ScriptedRuntime({}, { resume: 're: look' }))
    rig.channel.onReconcile = ({ key }) => {
      const arrived = rig.channel.arrived.find(({ delivery }) => delivery.key === key)
      return arrived ? { outcome: 'sent', id: arrived.id } : { outcome: 'not-sent' }
    }
    const { job } = await rig.core.jobs.create(draft(rig, { kind, text: 'look' }), owner)
    await rig.clock.advance(hour)
    await rig.dies()
    await rig.start()
    await rig.pass(10 * minute)
    assert.equal((await states(rig, job.id)).length, 1, kind)
    const said = (await rig.deliveryStates()).filter((text) => text.includes('look'))
    assert.equal(said.length, 1, kind)
    assert.match(said[0] ?? '', /: sent$/)
    const arrived = rig.channel.arrived.filter(({ delivery }) =>
      delivery.chunk.text.includes('look'),
    )
    assert.equal(arrived.length, 1, kind)
  }
})

test('a job that fails is tried again after a while, then says so, then an owner hears of it', async () => {
  const runtime = new ScriptedRuntime((words) => {
    if (words === 'hello') return 're: hello'
    throw new Error('broken')
  })
  await using rig = await known(runtime)
  rig.faults()
  rig.settings = {
    ...rig.settings,
    policies: new Map([['fake', { ...openPolicy, owners: new Set(['1']) }]]),
  }
  const schedule = { kind: 'at', at: rig.clock.now() + minute } as const
  const { job } = await rig.core.jobs.create(
    draft(rig, { kind: 'agent', text: 'look', schedule }),
    owner,
  )
  await rig.pass(minute)
  assert.deepEqual(await states(rig, job.id), ['queued/none'])
  await rig.pass(hour)
  assert.deepEqual(await states(rig, job.id), ['failed/none'])
  assert.equal((await rig.runs()).length, 4)
  const texts = (await rig.deliveryStates()).slice(1)
  assert.equal(texts.length, 2)
  assert.match(texts.join('\n'), /The job "look" did not work out\. \(trace r4\)/)
  assert.match(texts.join('\n'), /The job "look" \(j1\) failed: .* \(trace o1\)/)
})

test('an answer of a job that cannot be delivered is told to the owner once', async () => {
  await using rig = await known()
  const policies = new Map([['fake', { ...openPolicy, owners: new Set(['9']) }]])
  rig.settings = { ...rig.settings, policies }
  const boss = rig.direct({ id: '9' })
  await boss.says('hello')
  await boss.hears('re: hello')
  rig.channel.onSend = ({ to }) => {
    if (to.chat !== '9') throw new DeliveryError('dead', 'Blocked by the user.')
  }
  const { job } = await rig.core.jobs.create(draft(rig, { kind: 'agent', text: 'look' }), owner)
  await rig.pass(hour)
  await boss.hears(/^What the job "look" \(j1\) had to say could not be delivered/)
  await boss.hearsNothingMore()
  assert.deepEqual(await states(rig, job.id), ['completed/failed'])
})

test('a job over its budget says so once, is not tried again, and is not paused for it', async () => {
  const usage = { model: 'm', inputTokens: 90, outputTokens: 10 }
  const costly = streams([{ type: 'usage', usage }], 're: hello')
  await using rig = await known(new ScriptedRuntime(() => costly))
  const budget = { ...noLimits.budget, dailyTokens: 100 }
  rig.settings = { ...rig.settings, spending: { ...noLimits, budget } }
  const { job } = await rig.core.jobs.create(draft(rig, { kind: 'agent', text: 'look' }), owner)
  await rig.pass(hour)
  await rig.chat.hears(/limit/)
  await rig.chat.hearsNothingMore()
  assert.deepEqual(await states(rig, job.id), ['failed/none'])
  assert.equal((await rig.core.jobs.get(job.id, owner)).job.failures, 0)
})

test('a target that is unknown or not allowed is refused when the job is made', async () => {
  await using rig = await known()
  const to = (chat: string, channel = 'fake') => ({
    target: {
      type: 'chat' as const,
      address: { channel, account: rig.channel.account, chat },
    },
  })
  const { jobs } = rig.core
  await assert.rejects(jobs.create(draft(rig, to('77')), owner), /Nobody has written to me/)
  await assert.rejects(jobs.create(draft(rig, to('1', 'nowhere')), owner), /no channel "nowhere"/)
  const here = { channel: 'fake', account: rig.channel.account, chat: '2' }
  await assert.rejects(
    jobs.create(draft(rig), { isOwner: false, chat: here }),
    /Only owners make jobs for another chat/,
  )
  const past = { schedule: { kind: 'at', at: rig.clock.now() - 1 } as const }
  await assert.rejects(jobs.create(draft(rig, past), owner), /has passed/)
})

test('jobs leave half of the queue to people', async () => {
  const runtime = new ScriptedRuntime()
  runtime.script = { look: runtime.holds }
  await using rig = await known(runtime)
  for (let count = 0; count < 6; count++)
    await rig.core.jobs.create(draft(rig, { kind: 'agent', text: 'look' }), owner)
  await rig.pass(hour)
  assert.equal(runtime.turns.filter(({ session }) => session.key.includes(':job:')).length, 2)
  await rig.chat.says('are you there?')
  await rig.chat.hears('re: are you there?')
})

test('a job whose next time cannot be worked out pauses itself, and holds up no other', async () => {
  await using rig = await known()
  const { job } = await rig.core.jobs.create(draft(rig), owner)
  const { version, nextAt = 0 } = job
  const schedule = { kind: 'cron', expression: '0 * * * *', timezone: 'Mars/Base' } as const
  await rig.store.jobs.change(job.id, version, { schedule, nextAt }, rig.clock.now())
  await rig.core.jobs.create(draft(rig, { text: 'Stretch.' }), owner)
  await rig.clock.advance(hour)
  await rig.settle()
  await rig.chat.hears('Stretch.')
  const view = await rig.core.jobs.get(job.id, owner)
  assert.deepEqual([view.job.state, view.job.pausedBy], ['paused', 'unplannable'])
  assert.match(view.job.reason ?? '', /cannot be worked out: .*Mars\/Base/)
  assert.match(view.description, /Mars\/Base/)
  assert.deepEqual(await states(rig, job.id), ['skipped/none'])
  assert.equal(rig.faults().length, 1)
  await assert.rejects(rig.core.jobs.resume(job.id, owner), /Give it a new time first/)
})
