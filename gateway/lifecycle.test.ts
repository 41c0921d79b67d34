import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Lifecycle, type Part } from './lifecycle.ts'

/** Parts that write down what is done to them; `broken` ones throw. */
function recorder() {
  const done: string[] = []
  const part = (name: string, broken: { start?: boolean; stop?: boolean } = {}): Part => ({
    name,
    async start() {
      done.push(`start ${name}`)
      if (broken.start) throw new Error(`${name} cannot start`)
    },
    async stop() {
      done.push(`stop ${name}`)
      if (broken.stop) throw new Error(`${name} cannot stop`)
    },
  })
  return { done, part }
}

test('parts start in order and stop the other way round', async () => {
  const { done, part } = recorder()
  const life = new Lifecycle()
  await life.start([part('a'), part('b'), part('c')])
  await life.stop()
  assert.deepEqual(done, ['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a'])
})

test('after a failed start everything that was begun is stopped, the failed one too', async () => {
  const { done, part } = recorder()
  const life = new Lifecycle()
  const starting = life.start([part('a'), part('b', { start: true }), part('c')])
  await assert.rejects(starting, /b cannot start/)
  await life.stop()
  assert.deepEqual(done, ['start a', 'start b', 'stop b', 'stop a'])
})

test('one that does not stop keeps none of the others from stopping, and is named', async () => {
  const { done, part } = recorder()
  const life = new Lifecycle()
  await life.start([part('a'), part('b', { stop: true }), part('c', { stop: true })])
  await assert.rejects(life.stop(), (error) => {
    assert.ok(error instanceof AggregateError)
    assert.deepEqual(
      error.errors.map((one: unknown) => (one instanceof Error ? one.message : one)),
      ['c did not stop', 'b did not stop'],
    )
    return true
  })
  assert.deepEqual(done.slice(3), ['stop c', 'stop b', 'stop a'])
})

test('stopping twice is stopping once', async () => {
  const { done, part } = recorder()
  const life = new Lifecycle()
  await life.start([part('a')])
  await Promise.all([life.stop(), life.stop()])
  await life.stop()
  assert.deepEqual(done, ['start a', 'stop a'])
})

test('a stop while it starts lets the part at hand finish and begins no other', async () => {
  const { done, part } = recorder()
  const gate = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const slow: Part = {
    name: 'slow',
    async start() {
      done.push('start slow')
      begun.resolve()
      await gate.promise
    },
    async stop() {
      done.push('stop slow')
    },
  }
  const life = new Lifecycle()
  const starting = life.start([part('a'), slow, part('c')])
  await begun.promise
  const stopping = life.stop()
  gate.resolve()
  await Promise.all([starting, stopping])
  assert.deepEqual(done, ['start a', 'start slow', 'stop slow', 'stop a'])
})

test('what was never started can be stopped', async () => {
  await new Lifecycle().stop()
})
