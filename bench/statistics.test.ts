import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, percentile } from './statistics.ts'

test('the median is the middle value, or the mean of the two in the middle', () => {
  assert.equal(median([9, 1, 5]), 5)
  assert.equal(median([4, 1, 3, 2]), 2.5)
  assert.throws(() => median([]), /no median of nothing/)
})

test('a percentile is a value that was measured, and at least that share is no larger', () => {
  const values = Array.from({ length: 200 }, (_, index) => index + 1)
  assert.equal(percentile(values, 50), 100)
  assert.equal(percentile(values, 99), 198)
  assert.equal(percentile(values, 100), 200)
  assert.equal(percentile([7], 1), 7)
  assert.ok(Number.isNaN(percentile([], 50)))
})
