import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Rig, startRig } from '../../test/fakes/rig.ts'
import { ScriptedRuntime } from '../../test/fakes/scripted-runtime.ts'
import type { NewJob } from './job-store.ts'

const minute = 60_000
const count = 10_000
const chats = 100
const limits = { perChat: count, all: count }

/** Jobs that are all due at `at`, spread over the chats; every tenth needs an agent. */
async function makes(rig: Rig, at: number): Promise<void> {
  const { account } = rig.channel
  const now = rig.clock.now()
  const made = Array.from({ length: count }, async (_, index) => {
    const chat = String(1 + (index % chats))
    const address = { channel: 'fake', account, chat }
    const job: NewJob = {
      name: `job ${index}`,
      kind: index % 10 === 0 ? 'agent' : 'message',
      schedule: { kind: 'at', at },
      text: `job ${index}`,
      agent: 'main',
      session: 'own',
      target: { type: 'chat', address },
      misfire: { policy: 'skip' },
      overlap: 'skip',
      jitterMs: 0,
      createdBy: { chat: address },
      nextAt: at,
    }
    return await rig.store.jobs.create(job, limits, now)
  })
  await Promise.all(made)
}

test('10,000 jobs due at once are all done, in small steps, and people are answered meanwhile', async () => {
  await using rig = await startRig({ runtime: new ScriptedRuntime() })
  const { store, clock } = rig
  for (let chat = 1; chat <= chats; chat++) await rig.direct({ id: String(chat) }).says('hello')
  await rig.settle()
  const at = clock.now() + minute
  await makes(rig, at)
  rig.said.length = 0
  rig.core.scheduler.wake()
  await rig.settle()
  await clock.advance(minute)
  const ana = rig.direct({ id: 'ana' })
  await ana.says('are you there?')
  await ana.hears('re: are you there?')
  const endsOf = (delivery: string) =>
    rig.said.filter((event) => event.type === 'occurrence.changed' && event.delivery === delivery)
  assert.ok(endsOf('sent').length < count / 2, 'she is answered while most of them wait')
  for (let step = 0; endsOf('sent').length < count && step < 1000; step++) {
    for (let turn = 0; turn < 4; turn++) await rig.settle()
    await clock.advance(100)
  }
  assert.equal(endsOf('sent').length, count)
  const skipped = rig.said.filter(
    (event) => event.type === 'occurrence.changed' && event.state === 'skipped',
  )
  assert.deepEqual(skipped, [])
  const { items } = await store.jobs.list({ scope: 'all', state: 'open', limit: 1 })
  assert.deepEqual(items, [])
})
