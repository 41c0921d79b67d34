import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nearest } from './nearest.ts'
import { formatPath, parsePath } from './path.ts'

test('a path that was written is read back', () => {
  for (const path of [
    ['http', 'port'],
    ['routes', 0, 'agent'],
    ['prices', 'gpt-5.1/x "y"', 'input'],
    ['a b'],
  ]) {
    assert.deepEqual(parsePath(formatPath(path)), path)
  }
  assert.equal(formatPath(['channels', 't', 'access', 'owners', 1]), 'channels.t.access.owners[1]')
})

test('what is no path is refused', () => {
  for (const text of ['', '.', 'a..b', 'a.', 'a[', 'a[x]', 'a b', '[1', 'a["x]']) {
    assert.throws(() => parsePath(text), SyntaxError, text)
  }
})

test('the nearest key is found by spelling, case and separators', () => {
  const keys = ['maxQueued', 'maxAttempts', 'mode', 'debounceMs']
  assert.equal(nearest('max_queued', keys), 'maxQueued')
  assert.equal(nearest('MaxAttempt', keys), 'maxAttempts')
  assert.equal(nearest('moed', keys), 'mode')
  assert.equal(nearest('colour', keys), undefined)
  assert.equal(nearest('x', []), undefined)
})
