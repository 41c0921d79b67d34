import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { count, flag, list, number, present, shape, text, word } from './readers.ts'

const letter = shape(
  { id: count, text },
  {
    from: shape({ name: word }, {}),
    isRead: flag,
    weight: number,
    tags: list(text, 2),
    seal: present,
  },
)

test('what is required and wrong makes the whole unreadable', () => {
  assert.equal(letter({ id: -1, text: 'Hello' }), undefined)
  assert.equal(letter({ id: 1 }), undefined)
  assert.equal(letter(null), undefined)
  assert.deepEqual(letter({ id: 1, text: 'Hello' }), { id: 1, text: 'Hello' })
})

test('what is optional and wrong is left out, and so is what nobody asked for', () => {
  const raw = { id: 1, text: 'Hello', from: { name: '  ' }, isRead: 'yes', weight: null, other: 7 }
  assert.deepEqual(letter(raw), { id: 1, text: 'Hello' })
})

test('a list keeps what can be read, up to its limit', () => {
  assert.deepEqual(list(text, 3)(['one', 2, 'three', 'four']), ['one', 'three'])
  assert.equal(list(text)('one'), undefined)
})

test('presence is all that counts where nothing else is known', () => {
  assert.equal(present({}), true)
  assert.equal(present(false), true)
  assert.equal(present(null), undefined)
})

test('half a surrogate pair is no text that could be passed on', () => {
  assert.equal(text('a\ud83d')?.isWellFormed(), true)
})

test('nothing makes a reader throw', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      letter(value)
      letter({ id: 1, text: 'Hello', from: value, tags: value, seal: value })
    }),
  )
})
