import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../../test/fakes/manual-clock.ts'
import { FrameQueue } from './frame-queue.ts'

test('frames are stored in the order in which they came', async () => {
  const stop = new AbortController()
  const queue = new FrameQueue({ clock: new ManualClock() })
  const stored: unknown[] = []
  const running = queue.run(async (frames) => void stored.push(...frames), stop.signal)
  for (const frame of [1, 2]) void queue.push(frame)
  await queue.push(3)
  assert.deepEqual(stored, [1, 2, 3])
  stop.abort()
  await running
})

test('what was refused is offered again before anything behind it', async () => {
  const clock = new ManualClock()
  const stop = new AbortController()
  const troubles: boolean[] = []
  const queue = new FrameQueue({ clock, onTrouble: (isTrouble) => troubles.push(isTrouble) })
  const offered: unknown[][] = []
  const running = queue.run(async (frames) => {
    offered.push([...frames])
    if (offered.length < 3) throw new Error('disk full')
  }, stop.signal)
  const stored = queue.push('a')
  await clock.untilSleeping()
  void queue.push('b')
  await clock.advance(10_000)
  await stored
  assert.deepEqual(offered, [['a'], ['a', 'b'], ['a', 'b']])
  assert.deepEqual(troubles, [true, false])
  stop.abort()
  await running
})

test('after the abort what waits is offered once more, and no longer', async () => {
  const stop = new AbortController()
  const queue = new FrameQueue({ clock: new ManualClock() })
  void queue.push('a')
  stop.abort()
  let offers = 0
  await queue.run(async () => {
    offers += 1
    throw new Error('disk full')
  }, stop.signal)
  assert.equal(offers, 1)
  const stored: unknown[] = []
  await queue.run(async (frames) => void stored.push(...frames), stop.signal)
  assert.deepEqual(stored, ['a'])
})

test('a full queue says so, and says when there is room again', async () => {
  const stop = new AbortController()
  const queue = new FrameQueue({ clock: new ManualClock(), maxFrames: 2 })
  for (const frame of [1, 2]) void queue.push(frame)
  assert.equal(queue.hasRoom, false)
  const room = queue.room(stop.signal)
  const running = queue.run(async () => undefined, stop.signal)
  await room
  assert.equal(queue.hasRoom, true)
  stop.abort()
  await running
})
