import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { fetchingAdapter, setUpFetcher, text, until } from '../test/fakes/fetching.ts'
import { DeliveryError, StoreError } from './errors.ts'

test('a fetch that fails is tried three times, with longer and longer waits', async (t) => {
  const times: number[] = []
  const context = await setUpFetcher(t, async () => {
    times.push(clock.now())
    throw new DeliveryError('retry', 'The network is down.')
  })
  const { rows, clock, start, seen, told } = context
  rows.add('v', { kind: 'voice' })
  const began = clock.now()
  void start()
  for (const attempt of [1, 2, 3]) {
    await until(() => times.length === attempt)
    await clock.untilSleeping()
    await clock.advance(10_000)
  }
  await until(() => rows.ended.size === 1)
  assert.equal(rows.ended.get('v'), '[voice message: could not be fetched]')
  assert.deepEqual(times[0], began)
  assert.equal(times.length, 3)
  assert.equal(told(), 1)
  assert.deepEqual(seen, [])
})

test('what the platform refuses for good is not asked for again', async (t) => {
  let calls = 0
  const { rows, start } = await setUpFetcher(t, async () => {
    calls++
    throw new DeliveryError('rejected', 'The file is gone.')
  })
  rows.add('a')
  void start()
  await until(() => rows.ended.size === 1)
  assert.equal(rows.ended.get('a'), '[photo: could not be fetched]')
  assert.equal(calls, 1)
})

test('the platform may ask to wait', async (t) => {
  let calls = 0
  const { rows, clock, start } = await setUpFetcher(t, async () => {
    if (++calls > 1) return text('late')
    throw new DeliveryError('retry', 'Too many requests.', { retryAfterMs: 5000 })
  })
  rows.add('a')
  void start()
  await until(() => calls === 1)
  await clock.untilSleeping()
  await clock.advance(4999)
  assert.equal(calls, 1)
  await clock.advance(1)
  await until(() => rows.ended.size === 1)
  assert.equal(calls, 2)
})

test('a file that never comes is given up after a minute, also where the adapter does not listen', async (t) => {
  let calls = 0
  const { rows, clock, start } = await setUpFetcher(t, async () => {
    calls++
    return calls === 1
      ? await new Promise<Readable>(() => undefined)
      : new Readable({ read: () => undefined })
  })
  rows.add('a')
  void start()
  const moving = new AbortController()
  const time = (async () => {
    while (!moving.signal.aborted) await clock.advance(5000)
  })()
  await until(() => rows.ended.size === 1)
  moving.abort()
  await time
  assert.equal(rows.ended.get('a'), '[photo: could not be fetched]')
  assert.equal(calls, 3)
})

test('the files of a channel that is down wait, and those of others do not', async (t) => {
  const { rows, adapters, fetcher, start, clock } = await setUpFetcher(t, async () => text('x'))
  rows.add('down', {}, 'other')
  rows.add('up')
  void start()
  await until(() => rows.ended.has('up'))
  await clock.untilSleeping()
  await clock.advance(600_000)
  assert.ok(rows.waiting.has('down'))
  adapters.set(
    'other',
    fetchingAdapter(async () => text('x')),
  )
  fetcher.wake()
  await until(() => rows.ended.has('down'))
})

test('a disk that fails is reported and the agent told', async (t) => {
  const { rows, dir, clock, start, seen } = await setUpFetcher(t, async () => text('x'))
  await rm(dir, { recursive: true })
  rows.add('a')
  void start()
  for (const attempt of [1, 2, 3]) {
    await until(() => seen.length === attempt)
    await clock.untilSleeping()
    await clock.advance(10_000)
  }
  await until(() => rows.ended.size === 1)
  assert.equal(rows.ended.get('a'), '[photo: could not be stored]')
  const [fault] = seen
  assert.ok(fault?.type === 'fault' && fault.error instanceof StoreError)
})

test('a store that cannot be written is asked again, but not without pause', async (t) => {
  const { rows, clock, fetcher, start, seen } = await setUpFetcher(t, async () => text('x'))
  rows.failure = new StoreError('unavailable', 'The database is gone.')
  rows.add('a')
  void start()
  await until(() => seen.length === 1)
  await clock.untilSleeping()
  for (let turn = 0; turn < 50; turn++) await turnOfTheLoop()
  assert.equal(rows.looks, 1)
  rows.failure = undefined
  fetcher.wake()
  await until(() => rows.ended.size === 1)
})

test('an idle fetcher sleeps, and a stop leaves what is under way pending', async (t) => {
  const { rows, clock, fetcher, stop, start, told } = await setUpFetcher(t, async (_, signal) => {
    return await new Promise<Readable>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  })
  const running = start()
  await clock.untilSleeping()
  for (let turn = 0; turn < 50; turn++) await turnOfTheLoop()
  assert.equal(rows.looks, 1)
  rows.add('a')
  fetcher.wake()
  await clock.untilSleeping(2)
  stop.abort()
  await running
  assert.ok(rows.waiting.has('a'))
  assert.equal(told(), 0)
  assert.equal(clock.sleeping, 0)
})
