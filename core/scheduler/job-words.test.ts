import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRig } from '../../test/fakes/rig.ts'
import { ScriptedRuntime, streams } from '../../test/fakes/scripted-runtime.ts'
import { noLimits, openPolicy } from '../../test/fakes/settings.ts'

const hour = 3_600_000
const owner = { isOwner: true }

/** Somebody who speaks German, and whose gateway it is. */
async function german(runtime = new ScriptedRuntime()) {
  const policies = new Map([['fake', { ...openPolicy, owners: new Set(['1']) }]])
  const rig = await startRig({ runtime, settings: { policies } })
  const ana = rig.direct({ id: '1', language: 'de' })
  await ana.says('hallo')
  await ana.hears('re: hallo')
  const { account } = rig.channel
  const target = { type: 'chat', address: { channel: 'fake', account, chat: '1' } } as const
  return Object.assign(rig, { ana, target })
}

test('an owner hears in one sentence that a job cannot be planned, and /jobs shows it', async () => {
  await using rig = await german()
  const { ana, target } = rig
  await ana.says('/remind jeden Tag um 8 dehnen')
  await ana.hears(/^Ich erinnere dich/)
  const found = await rig.store.jobs.find('j1')
  const schedule = { kind: 'cron', expression: '0 * * * *', timezone: 'Mars/Base' } as const
  const nextAt = rig.clock.now() + hour
  await rig.store.jobs.change('j1', found?.version ?? 0, { schedule, nextAt }, rig.clock.now())
  await rig.core.jobs.create(
    { kind: 'message', schedule: { kind: 'at', at: nextAt }, text: 'Tee', target },
    owner,
  )
  await rig.pass(hour)
  await ana.hears('Tee')
  await ana.hears(/^Der Auftrag „dehnen“ \(j1\) lässt sich nicht mehr planen, .*Mars\/Base/)
  await ana.says('/jobs')
  await ana.hears(/^1\. dehnen: jede Stunde \(Mars\/Base\) \(angehalten: .*Mars\/Base.*\)\n/)
  await ana.says('/jobs resume 1')
  await ana.hears(/Give it a new time first/)
  assert.equal(rig.faults().length, 1)
})

test('a job over its budget says so in the language of its chat', async () => {
  const usage = { model: 'm', inputTokens: 90, outputTokens: 10 }
  const costly = streams([{ type: 'usage', usage }], 're: hallo')
  await using rig = await german(new ScriptedRuntime(() => costly))
  const budget = { ...noLimits.budget, dailyTokens: 100 }
  rig.settings = { ...rig.settings, spending: { ...noLimits, budget } }
  const schedule = { kind: 'at', at: rig.clock.now() + hour } as const
  const { target } = rig
  await rig.core.jobs.create({ kind: 'agent', schedule, text: 'schau', target }, owner)
  await rig.pass(hour)
  await rig.ana.hears(/^Meine Tagesgrenze von 100 Token ist erreicht/)
})
