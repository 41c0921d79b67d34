import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runJobCrashes } from './rigs/crash-jobs.ts'

test('killed again and again, a time of a job is run once and its chat hears of it once', async () => {
  const { wrong, seen, givenUp, uncertain, occurrences, kills } = await runJobCrashes({
    seed: 1,
    jobs: 30,
    kills: 4,
    faults: 0.02,
  })
  assert.deepEqual({ wrong, kills }, { wrong: [], kills: 4 })
  assert.equal(seen + givenUp + uncertain, occurrences)
})
