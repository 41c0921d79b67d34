import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rates } from './rates.ts'

/** Counts one event at each of these times. */
function counts(rates: Rates, limit: number, times: readonly number[], subject = 'ana'): string[] {
  return times.map((at) => rates.count(subject, `at ${at}`, limit, at))
}

const seconds = (...values: readonly number[]) => values.map((value) => value * 1000)

test('the first one over the limit is told, the others are not', () => {
  const rates = new Rates(60_000, 0)
  assert.deepEqual(counts(rates, 3, seconds(0, 1, 2, 3, 4, 5)), [
    'within',
    'within',
    'within',
    'first',
    'over',
    'over',
  ])
})

test('the window slides: what is a minute old counts no more', () => {
  const rates = new Rates(60_000, 0)
  counts(rates, 2, seconds(0, 30))
  assert.deepEqual(counts(rates, 2, seconds(59, 60, 61, 90)), ['first', 'within', 'over', 'within'])
})

test('somebody who goes on and on is told once a minute', () => {
  const rates = new Rates(60_000, 0)
  const spread = Array.from({ length: 20 }, (_, index) => index * 2900)
  const after = Array.from({ length: 240 }, (_, index) => 58_000 + index * 1000)
  counts(rates, 20, spread)
  const told = counts(rates, 20, after).filter((count) => count === 'first')
  assert.ok(told.length <= 4, `told ${told.length} times in four minutes`)
})

test('the same event counted again changes nothing', () => {
  const rates = new Rates(60_000, 0)
  for (let repeat = 0; repeat < 50; repeat += 1)
    assert.equal(rates.count('ana', 'message 1', 2, 1000), 'within')
  assert.equal(rates.count('ana', 'message 2', 2, 1000), 'within')
  assert.equal(rates.count('ana', 'message 3', 2, 1000), 'first')
})

test('over the limit a subject is silent for as long as it is told to be', () => {
  const rates = new Rates(60_000, 60_000)
  counts(rates, 2, seconds(0, 1))
  assert.deepEqual(counts(rates, 2, seconds(2, 59, 61)), ['first', 'over', 'over'])
  assert.deepEqual(counts(rates, 2, seconds(62, 63, 64)), ['within', 'within', 'first'])
})

test('everybody has a window of their own', () => {
  const rates = new Rates(60_000, 0)
  counts(rates, 1, seconds(0), 'ana')
  assert.deepEqual(counts(rates, 1, seconds(1), 'ben'), ['within'])
  assert.deepEqual(counts(rates, 1, seconds(2), 'ana'), ['first'])
})

test('however many there are, only so many are remembered', () => {
  const rates = new Rates(60_000, 0)
  counts(rates, 1, [0], 'ana')
  for (let index = 0; index < 10_000; index += 1) rates.count(`person ${index}`, 'x', 1, 1)
  assert.deepEqual(counts(rates, 1, [2], 'ana'), ['within'])
})
