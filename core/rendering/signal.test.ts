import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSignal } from '../../test/fakes/signal-reader.ts'
import type { Reply, StoredFile } from '../model.ts'
import { renderSignal } from './signal.ts'
import { signalTextOf } from './signal-format.ts'

const file: StoredFile = { sha256: 'aa', name: 'a.pdf', mime: 'application/pdf', size: 1 }
const markdown = (text: string, rest: Partial<Reply> = {}) =>
  renderSignal({ text, format: 'markdown', ...rest }).chunks

for (const [source, styled, text] of [
  ['**a** *b* ~~c~~ `d`', '**a** *b* ~c~ `d`', 'a b c d'],
  ['**a *b* c**', '**a b c**', 'a b c'],
  ['***a** b*', '**a** *b*', 'a b'],
  ['**a***b*', '**a**b', 'ab'],
  ['**a ~~b~~**', '**a **~**b**~', 'a b'],
  ['# A', '**A**', 'A'],
  ['**a** 2 \\* 3 | 4 ~ 5 \\` _6_', '**a** 2 \\* 3 \\| 4 \\~ 5 \\` *6*', 'a 2 * 3 | 4 ~ 5 ` 6'],
  ['`**/*.ts`', '`\\*\\*/\\*.ts`', '**/*.ts'],
  ['`a*`', '`a\\*`', 'a*'],
  ['**a\\***', '**a**\\*', 'a*'],
  ['**a\\\\**', '**a**\\', 'a\\'],
  ['\\\\`a` **b**', '\\a **b**', '\\a b'],
  ['`C:\\`', '`C:`\\', 'C:\\'],
  ['**a** \\\\*', '**a** \\\\*', 'a \\*'],
  ['> **a\n> b**\n>\n> c', '> **a**\n> **b**\n> \n> c', '> a\n> b\n> \n> c'],
  ['```ts\n  a\n  b\n```', '`  a\n  b`', '  a\n  b'],
  ['$x^2$', '`x^2`', 'x^2'],
  ['**[a](https://x.y/~b)**', '**a (https://x.y/\\~b)**', 'a (https://x.y/~b)'],
] as const) {
  test(`${JSON.stringify(source)} is written as ${JSON.stringify(styled)}`, () => {
    const chunks = JSON.parse(JSON.stringify(markdown(source)))
    assert.equal(chunks.length, 1)
    assert.equal(chunks[0].text, text)
    assert.deepEqual(signalTextOf(chunks[0]), { text: styled, isStyled: true })
    const shown = readSignal(styled)
    assert.equal(shown.text, text)
    assert.deepEqual(shown.unpaired, [])
  })
}

for (const [source, text] of [
  ['2 \\* 3, ~/foo, a|b, \\`', '2 * 3, ~/foo, a|b, `'],
  ['- a\n- b', '• a\n• b'],
  ['> a', '> a'],
  ['[a](https://x.y) <https://x.y>', 'a (https://x.y) https://x.y'],
] as const) {
  test(`${JSON.stringify(source)} is sent without markup`, () => {
    assert.deepEqual(markdown(source), [{ text }])
    assert.deepEqual(signalTextOf({ text }), { text, isStyled: false })
  })
}

test('plain text is never read as markdown', () => {
  const text = '**a** `b` ~c~ [d](https://x.y)'
  assert.deepEqual(renderSignal({ text, format: 'plain' }), { chunks: [{ text }] })
})

test('every message fits before a phone asks to read more, counted in bytes of what is shown', () => {
  const chunks = markdown('**Füße** über Öl, Привет 👍. '.repeat(150))
  assert.ok(chunks.length > 2)
  for (const { text } of chunks) assert.ok(Buffer.byteLength(text) <= 2_000)
  for (const { text } of chunks.slice(0, -1)) assert.ok(Buffer.byteLength(text) > 1_500)
})

test('files follow the text, and what is too long becomes a file', () => {
  assert.deepEqual(markdown('Hello', { files: [file] }), [{ text: 'Hello' }, { text: '', file }])
  const text = 'слово '.repeat(3_000)
  const { chunks, overflow } = renderSignal({ text, format: 'markdown' })
  assert.equal(chunks.length, 1)
  assert.ok(chunks[0]?.text.endsWith('слово\n…'))
  assert.ok(Buffer.byteLength(chunks[0]?.text ?? '') <= 2_000)
  assert.deepEqual(overflow, { text, name: 'answer.md' })
})
