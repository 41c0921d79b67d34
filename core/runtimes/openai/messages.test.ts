import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HistoryEntry } from '../../runtime-port.ts'
import { redact } from '../redact.ts'
import { fitHistory, historyTokens } from './messages.ts'
import { estimateTokens } from './tokens.ts'

const entry = (text: string, at = 0): HistoryEntry => ({
  role: at % 2 ? 'assistant' : 'user',
  text,
  at,
})

test('the newest entries are kept, without holes', () => {
  const history = [entry('a'.repeat(30), 0), entry('b'.repeat(30), 1), entry('c'.repeat(30), 2)]
  assert.deepEqual(
    fitHistory(history, 40).map(({ at }) => at),
    [1, 2],
  )
  assert.deepEqual(fitHistory(history, 0), [])
  assert.equal(fitHistory(history, 1000).length, 3)
  assert.deepEqual(fitHistory([], 1000), [])
})

test('what is kept fits', () => {
  const texts = ['plain words ', 'Привет мир ', '日本語のテキスト', '🙂🙃 ']
  const history = Array.from({ length: 60 }, (_, index) =>
    entry((texts[index % 4] ?? '').repeat(index * 7), index),
  )
  for (const room of [10, 100, 1000, 5000])
    assert.ok(historyTokens(fitHistory(history, room)) <= room)
})

test('one long entry is shortened in its middle rather than pushing out the rest', () => {
  const [old, long, last] = fitHistory(
    [entry('first', 0), entry(`begin ${'x'.repeat(50_000)} end`, 1), entry('newest', 2)],
    1000,
  )
  assert.equal(old?.text, 'first')
  assert.match(long?.text ?? '', /^begin x+\n\[… shortened …\]\nx+ end$/)
  assert.equal(last?.text, 'newest')
})

test('tokens are rather over- than underestimated', () => {
  // At least one for a word, or for a sign where there are no words.
  assert.ok(estimateTokens('The quick brown fox jumps over the lazy dog.') >= 10)
  assert.ok(estimateTokens('Быстрая лиса прыгает через ленивую собаку') >= 6)
  assert.ok(estimateTokens('素早い茶色の狐') >= 7)
})

test('a key is blacked out, a placeholder is not', () => {
  assert.equal(
    redact('key sk-a+b/c9 or sk-a%2Bb%2Fc9', 'sk-a+b/c9'),
    'key [redacted] or [redacted]',
  )
  assert.equal(redact('an x-ray', 'x'), 'an x-ray')
})
