import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkMessage } from '../../test/servers/telegram-rules.ts'
import type { Reply, StoredFile } from '../model.ts'
import { maxChunks } from './plain-reply.ts'
import { renderTelegram } from './telegram.ts'
import { entitiesOf } from './telegram-format.ts'

const file: StoredFile = { sha256: 'aa', name: 'a.pdf', mime: 'application/pdf', size: 1 }
const markdown = (text: string, rest: Partial<Reply> = {}) =>
  renderTelegram({ text, format: 'markdown', ...rest })

for (const [source, text, entities] of [
  [
    '**a _b_**',
    'a b',
    [
      { type: 'bold', offset: 0, length: 3 },
      { type: 'italic', offset: 2, length: 1 },
    ],
  ],
  [
    '**a `b` c**',
    'a b c',
    [
      { type: 'bold', offset: 0, length: 1 },
      { type: 'code', offset: 2, length: 1 },
      { type: 'bold', offset: 4, length: 1 },
    ],
  ],
  ['# A **b**', 'A b', [{ type: 'bold', offset: 0, length: 3 }]],
  ['> a\n>\n> > b `c`', 'a\n\nb c', [{ type: 'blockquote', offset: 0, length: 6 }]],
  ['👍 *b*', '👍 b', [{ type: 'italic', offset: 3, length: 1 }]],
  [
    '[**a**](https://x.y)',
    'a',
    [
      { type: 'text_link', offset: 0, length: 1, url: 'https://x.y' },
      { type: 'bold', offset: 0, length: 1 },
    ],
  ],
  ['[a](tg://user?id=1) @all', 'a (tg://user?id=1) @all', []],
  [
    '[a](tg://resolve?domain=b)',
    'a',
    [{ type: 'text_link', offset: 0, length: 1, url: 'tg://resolve?domain=b' }],
  ],
  ['```c++ x=1\n  a\n```', '  a'.trim(), [{ type: 'pre', offset: 0, length: 1, language: 'c++' }]],
] as const) {
  test(`${JSON.stringify(source)} becomes text and entities`, () => {
    const [chunk, ...others] = markdown(source).chunks
    assert.equal(others.length, 0)
    assert.equal(chunk?.text, text)
    const sent = JSON.parse(JSON.stringify(chunk))
    assert.deepEqual(entitiesOf(sent), entities)
    assert.deepEqual(checkMessage(sent.text, entitiesOf(sent)), [])
  })
}

test('plain text is never read as markdown', () => {
  const text = '**a** `b` <c> [d](https://x.y)'
  assert.deepEqual(renderTelegram({ text, format: 'plain' }), { chunks: [{ text }] })
})

test('nothing to see makes no message, but a source that renders to nothing is shown', () => {
  for (const text of ['', ' \n ', '\u200b']) assert.deepEqual(markdown(text).chunks, [])
  assert.deepEqual(markdown('[a]: https://x.y').chunks, [{ text: '[a]: https://x.y' }])
})

test('files follow the text, and buttons stand under the last of it', () => {
  const buttons = [[{ label: 'Allow', data: 'q1:y' }]]
  assert.deepEqual(markdown('Hello', { files: [file], buttons }).chunks, [
    { text: 'Hello', buttons },
    { text: '', file },
  ])
  assert.deepEqual(markdown('', { files: [file], buttons }).chunks, [{ text: '', file, buttons }])
})

test('an answer of five messages is sent whole', () => {
  const { chunks, overflow } = markdown(`${'word '.repeat(815)}\n\n`.repeat(maxChunks))
  assert.equal(chunks.length, maxChunks)
  assert.equal(overflow, undefined)
})

for (const format of ['markdown', 'plain'] as const) {
  for (const count of [5_000, 100_000, 2_000_000]) {
    test(`${count} words in ${format} are sent as their beginning and a file`, () => {
      const text = 'word '.repeat(count)
      const { chunks, overflow } = renderTelegram({ text, format, files: [file] })
      assert.equal(chunks.length, 2)
      assert.deepEqual(checkMessage(chunks[0]?.text ?? ''), [])
      assert.ok(chunks[0]?.text.endsWith('word\n…'))
      assert.ok((chunks[0]?.text.length ?? 0) > 3_000)
      const name = format === 'plain' ? 'answer.txt' : 'answer.md'
      assert.deepEqual(overflow, { text, name })
    })
  }
}
