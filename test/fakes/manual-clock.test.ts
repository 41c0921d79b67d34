import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from './manual-clock.ts'

test('sleepers wake in the order of their times, then of their calls', async () => {
  const clock = new ManualClock(1000)
  const woken: string[] = []
  const sleeper = async (name: string, ms: number) => {
    await clock.sleep(ms)
    woken.push(`${name}@${clock.now()}`)
  }
  const all = [sleeper('late', 20), sleeper('early', 10), sleeper('twin', 10)]
  await clock.advance(15)
  assert.deepEqual(woken, ['early@1010', 'twin@1010'])
  assert.equal(clock.now(), 1015)
  await clock.advance(5)
  await Promise.all(all)
  assert.deepEqual(woken, ['early@1010', 'twin@1010', 'late@1020'])
})

test('a loop of sleeps goes round as often as the time allows', async () => {
  const clock = new ManualClock(0)
  const stop = new AbortController()
  const ticks: number[] = []
  const loop = (async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(10, stop.signal)
      if (!stop.signal.aborted) ticks.push(clock.now())
    }
  })()
  await clock.advance(35)
  assert.deepEqual(ticks, [10, 20, 30])
  stop.abort()
  await loop
  assert.equal(clock.sleeping, 0)
})

test('a loop of sleeps of no time at all does not run away', async () => {
  const clock = new ManualClock(0)
  const stop = new AbortController()
  let rounds = 0
  const loop = (async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(0, stop.signal)
      rounds++
    }
  })()
  await clock.advance(10)
  assert.equal(rounds, 1)
  stop.abort()
  await loop
})

test('an abort ends a sleep at once and leaves no listener behind', async () => {
  const clock = new ManualClock()
  const stop = new AbortController()
  const sleep = clock.sleep(1000, stop.signal)
  await clock.untilSleeping()
  stop.abort()
  await sleep
  await clock.sleep(1000, stop.signal)
  assert.equal(clock.sleeping, 0)
  assert.equal(clock.nextAt, undefined)
})

test('a test can wait until the code under test sleeps', async () => {
  const clock = new ManualClock(0)
  const sleeps = Promise.resolve()
    .then(() => clock.sleep(5))
    .then(() => clock.sleep(7))
  await clock.untilSleeping()
  assert.equal(clock.nextAt, 5)
  await clock.advance(5)
  await clock.untilSleeping()
  assert.equal(clock.nextAt, 12)
  await clock.advance(7)
  await sleeps
})
