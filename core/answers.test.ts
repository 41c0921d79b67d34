import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAnswer, parsePress, parseReply, pressData, type Spoken } from './answers.ts'

const word = (said: 'yes' | 'no' | 'always'): Spoken => ({ type: 'word', word: said })

test('an answer by text names its question, in English or German', () => {
  for (const [text, requestId, spoken] of [
    ['yes 7', 'q7', word('yes')],
    [' No  q12 ', 'q12', word('no')],
    ['ja 7', 'q7', word('yes')],
    ['NEIN 7', 'q7', word('no')],
    ['always 7', 'q7', word('always')],
    ['Immer 7', 'q7', word('always')],
    ['7 2', 'q7', { type: 'option', index: 1 }],
    ['q7: my own\nwords', 'q7', { type: 'text', text: 'my own\nwords' }],
  ] as const)
    assert.deepEqual(parseAnswer(text), { requestId, spoken }, text)
  for (const text of [
    'yes',
    'yes, 7',
    'yes 7 please',
    'maybe 7',
    'yes -7',
    '7',
    '7:',
    '7 200',
    `yes ${'9'.repeat(16)}`,
  ])
    assert.equal(parseAnswer(text), undefined, text)
})

test('a reply to a question needs no number', () => {
  assert.deepEqual(parseReply('Yes.'), word('yes'))
  assert.deepEqual(parseReply('immer'), word('always'))
  assert.deepEqual(parseReply('2'), { type: 'option', index: 1 })
  assert.deepEqual(parseReply(' the blue one '), { type: 'text', text: 'the blue one' })
  assert.equal(parseReply('  '), undefined)
})

test('what a button carries is read back, and nothing else is', () => {
  assert.deepEqual(parsePress(pressData('q7', 'yes')), { requestId: 'q7', spoken: word('yes') })
  const first: Spoken = { type: 'option', index: 0 }
  assert.deepEqual(parsePress(pressData('q7', 0)), { requestId: 'q7', spoken: first })
  assert.ok(Buffer.byteLength(pressData(`q${'9'.repeat(15)}`, 99)) <= 64)
  for (const data of ['', 'q7', 'q7:', 'x7:yes', 'q7:yes:no', 'q7:YES', 'q7:maybe', 'q7:100'])
    assert.equal(parsePress(data), undefined, data)
})
