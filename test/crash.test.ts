import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CrashPlan, runCrashes } from './rigs/crash-run.ts'

/** What every platform keeps, whatever strikes. */
async function keepsItsPromises(platform: CrashPlan['platform'], messages: number, kills: number) {
  const report = await runCrashes({ platform, seed: 1, messages, chats: 12, kills, faults: 0.02 })
  const { lost, doubled, disordered, violations, strangeTexts } = report
  assert.deepEqual(
    { lost, doubled, disordered, violations, strangeTexts, kills: report.kills },
    { lost: [], doubled: [], disordered: [], violations: [], strangeTexts: [], kills },
  )
  return report
}

const ends = 'loses nothing, answers nothing twice and keeps the order of every chat'

test(`killed again and again, Telegram ${ends}`, async () => {
  const { answered, givenUp } = await keepsItsPromises('telegram', 160, 8)
  assert.equal(answered + givenUp, 160)
})

test(`killed again and again, Discord ${ends}`, async () => {
  const { answered, givenUp } = await keepsItsPromises('discord', 100, 5)
  assert.equal(answered + givenUp, 100)
})

test('killed again and again, Signal loses nothing and answers nothing twice; what cannot be known is shown', async () => {
  const { answered, givenUp, uncertain } = await keepsItsPromises('signal', 60, 3)
  assert.ok(answered + givenUp + uncertain >= 60)
})
