import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../test/fakes/manual-clock.ts'
import { within } from './within.ts'

test('work that ends in time is waited for, also when it fails', async () => {
  const clock = new ManualClock()
  assert.equal(await within(clock, 1000, Promise.resolve('done')), true)
  assert.equal(await within(clock, 1000, Promise.reject(new Error('no'))), true)
})

test('work that never ends is left behind when its time is over', async () => {
  const clock = new ManualClock()
  const waited = within(clock, 1000, new Promise(() => undefined))
  await clock.advance(1000)
  assert.equal(await waited, false)
})
