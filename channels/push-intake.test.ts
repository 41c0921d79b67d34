import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InboundEvent } from '../core/model.ts'
import { ManualClock } from '../test/fakes/manual-clock.ts'
import { PushIntake, type PushIntakeOptions } from './push-intake.ts'

const never = new AbortController().signal

function event(id: string): InboundEvent {
  const address = { channel: 'c', account: 'c:1', chat: '1' }
  return { type: 'deletion', address, messageIds: [id], at: 0 }
}

function idsOf(events: readonly InboundEvent[]): string[] {
  return events.flatMap((one) => (one.type === 'deletion' ? one.messageIds : []))
}

function startIntake(options: Partial<PushIntakeOptions> = {}) {
  const clock = new ManualClock()
  const stored: string[][] = []
  const receive = async (events: readonly InboundEvent[]) => {
    stored.push(idsOf(events))
  }
  return { clock, stored, intake: new PushIntake({ receive, clock, ...options }) }
}

test('what waits is stored in its order and together', async () => {
  const { intake, stored } = startIntake({ maxBatch: 3 })
  for (const id of ['1', '2', '3', '4', '5']) assert.equal(intake.add([event(id)]), true)
  await intake.idle()
  assert.deepEqual(stored.flat(), ['1', '2', '3', '4', '5'])
  assert.ok(stored.every((batch) => batch.length <= 3))
})

test('a batch that is refused is repeated before anything behind it', async () => {
  const seen: string[][] = []
  const troubles: boolean[] = []
  let refusals = 2
  const { intake, clock } = startIntake({
    maxBatch: 1,
    receive: async (events) => {
      seen.push(idsOf(events))
      if (refusals-- > 0) throw new Error('The disk is full.')
    },
    onTrouble: (isTrouble) => troubles.push(isTrouble),
  })
  intake.add([event('1')])
  intake.add([event('2')])
  await clock.untilSleeping()
  await clock.advance(250)
  await clock.advance(500)
  await intake.idle()
  assert.deepEqual(seen.flat(), ['1', '1', '1', '2'])
  assert.deepEqual(troubles, [true, false])
})

test('a full intake takes nothing, and has room again once half of it is stored', async () => {
  const gate = Promise.withResolvers<void>()
  const { intake } = startIntake({ maxWaiting: 4, maxBatch: 1, receive: () => gate.promise })
  for (const id of ['1', '2', '3', '4']) assert.equal(intake.add([event(id)]), true)
  assert.equal(intake.add([event('5')]), false)
  let hasRoom = false
  const room = intake.room(never).then(() => {
    hasRoom = true
  })
  await Promise.resolve()
  assert.equal(hasRoom, false)
  gate.resolve()
  await room
  assert.equal(intake.add([event('5')]), true)
  await intake.idle()
})

test('waiting for room ends with the signal', async () => {
  const { intake } = startIntake({ maxWaiting: 1, receive: () => new Promise(() => undefined) })
  intake.add([event('1')])
  await intake.room(AbortSignal.abort())
  const abort = new AbortController()
  const room = intake.room(abort.signal)
  abort.abort()
  await room
})

test('a task keeps its place: what came later waits for what it stores', async () => {
  const found = Promise.withResolvers<void>()
  const { intake, stored } = startIntake()
  intake.add([event('1')])
  intake.add(async (store) => {
    await found.promise
    await store([event('2')])
    await store([])
  })
  intake.add([event('3')])
  found.resolve()
  await intake.idle()
  assert.deepEqual(stored.flat(), ['1', '2', '3'])
})

test('a task that throws is told of and stops nobody', async () => {
  const failures: unknown[] = []
  const { intake, stored } = startIntake({ onTaskFailed: (error) => failures.push(error) })
  intake.add(async () => {
    throw new Error('broken')
  })
  intake.add([event('1')])
  await intake.idle()
  assert.deepEqual(stored, [['1']])
  assert.equal(failures.length, 1)
})

test('a stop waits for the commit under way and lets go of the rest', async () => {
  const commit = Promise.withResolvers<void>()
  const stored: string[] = []
  const { intake } = startIntake({
    maxBatch: 1,
    receive: async (events) => {
      await commit.promise
      stored.push(...idsOf(events))
    },
  })
  intake.add([event('1')])
  intake.add([event('2')])
  const stopped = intake.stop()
  commit.resolve()
  await stopped
  assert.deepEqual(stored, ['1'])
  assert.equal(intake.add([event('3')]), false)
  await intake.stop()
})

test('a stop ends the pause between two tries', async () => {
  const { intake, clock } = startIntake({
    receive: async () => {
      throw new Error('The disk is full.')
    },
  })
  intake.add([event('1')])
  await clock.untilSleeping()
  await intake.stop()
  assert.equal(clock.sleeping, 0)
})
