import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runCrashes } from './rigs/crash-run.ts'

test('killed again and again, the gateway loses nothing, answers nothing twice and keeps the order of every chat', async () => {
  const report = await runCrashes({ seed: 1, messages: 240, chats: 12, kills: 12, faults: 0.02 })
  assert.deepEqual(
    {
      lost: report.lost,
      doubled: report.doubled,
      disordered: report.disordered,
      violations: report.violations,
      strangeTexts: report.strangeTexts,
      kills: report.kills,
      ended: report.answered + report.givenUp,
    },
    {
      lost: [],
      doubled: [],
      disordered: [],
      violations: [],
      strangeTexts: [],
      kills: 12,
      ended: 240,
    },
  )
})
