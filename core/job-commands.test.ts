import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRig } from '../test/fakes/rig.ts'
import { ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'

const minute = 60_000

async function rigged() {
  return await startRig({ runtime: new ScriptedRuntime() })
}

test('a reminder says when it comes, comes once, and needs no model', async () => {
  await using rig = await rigged()
  await rig.chat.says('/remind in 20 minutes stretch')
  await rig.chat.hears(/^I will remind you .+1:20.+\/jobs remove 1 takes it back/)
  await rig.pass(20 * minute - 1)
  await rig.chat.hearsNothingMore()
  await rig.pass(1)
  await rig.chat.hears('Reminder: stretch')
  await rig.pass(60 * minute)
  await rig.chat.hearsNothingMore()
  assert.deepEqual(await rig.runs(), [])
})

test('a reminder outlives the gateway, also when it was away at its time', async () => {
  await using rig = await rigged()
  await rig.chat.says('/remind in 20 minutes stretch')
  await rig.chat.hears(/^I will remind you/)
  await rig.dies()
  await rig.clock.advance(60 * minute)
  await rig.start()
  await rig.chat.hears('Reminder: stretch')
  await rig.chat.hearsNothingMore()
})

test('in German it is all German', async () => {
  await using rig = await rigged()
  const eva = rig.direct({ id: '2', language: 'de' })
  await eva.says('/remind in 20 Minuten dehnen')
  await eva.hears(/^Ich erinnere dich: /)
  await eva.says('/jobs')
  await eva.hears(/^1\. dehnen: .+\nÄndern mit/s)
  await rig.pass(20 * minute)
  await eva.hears('Erinnerung: dehnen')
})

test('what cannot be understood is answered with how to say it', async () => {
  await using rig = await rigged()
  await rig.chat.says('/remind')
  await rig.chat.hears(/^Write \/remind, when and what/)
  await rig.chat.says('/remind stretch')
  await rig.chat.hears(/^Write \/remind, when and what/)
})

test('jobs are listed, paused, resumed, run and removed by their numbers', async () => {
  await using rig = await rigged()
  await rig.chat.says('/jobs')
  await rig.chat.hears('Nothing is planned here.')
  await rig.chat.says('/remind every day at 8 stand up')
  await rig.chat.hears(/^I will remind you .+; next: .+8:00/)
  await rig.chat.says('/jobs pause 1')
  await rig.chat.hears('Job 1 is paused.')
  await rig.chat.says('/jobs pause 1')
  await rig.chat.hears('Job 1 is so already, or it is busy.')
  await rig.chat.says('/jobs')
  await rig.chat.hears(/^1\. stand up: .+ \(paused\)\n/)
  await rig.pass(24 * 60 * minute)
  await rig.chat.hearsNothingMore()
  await rig.chat.says('/jobs resume 1')
  await rig.chat.hears(/^Job 1 goes on; next: .+8:00/)
  await rig.chat.says('/jobs run 1')
  await rig.chat.hears('Job 1 runs now.')
  await rig.chat.hears('Reminder: stand up')
  await rig.chat.says('/jobs remove 1')
  await rig.chat.hears('Job 1 is removed.')
  await rig.chat.says('/jobs run 1')
  await rig.chat.hears('There is no job 1 here.')
})

test('nobody sees or changes the jobs of another chat', async () => {
  await using rig = await rigged()
  await rig.chat.says('/remind every day at 8 stand up')
  await rig.chat.hears(/^I will remind you/)
  const other = rig.direct({ id: '2' })
  await other.says('/jobs')
  await other.hears('Nothing is planned here.')
  await other.says('/jobs remove 1')
  await other.hears('There is no job 1 here.')
})
