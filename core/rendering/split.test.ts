import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMarkdown } from './markdown.ts'
import { type SplitOptions, splitStyledText } from './split.ts'
import { plainDocument } from './styled-text.ts'
import { toStyledText } from './to-styled-text.ts'

const plain = (text: string, limit: number) =>
  [...splitStyledText(plainDocument(text), { limit })].map((piece) => piece.text)

const styled = (markdown: string, options: SplitOptions) => [
  ...splitStyledText(toStyledText(parseMarkdown(markdown)), options),
]

for (const [name, text, limit, pieces] of [
  ['paragraphs first', 'one two three.\n\nfour five six', 20, ['one two three.', 'four five six']],
  ['then lines', 'one two. three\nfour five. six', 20, ['one two. three', 'four five. six']],
  ['then sentences', 'One two three. Four five six', 20, ['One two three.', 'Four five six']],
  ['Chinese sentences too', '你好世界你好世界。你好世界', 11, ['你好世界你好世界。', '你好世界']],
  ['then words', 'one two three four five', 12, ['one two', 'three four', 'five']],
  ['then between letters', 'abcdefghij', 4, ['abcd', 'efgh', 'ij']],
  ['not inside an emoji', 'abc👨‍👩‍👧‍👦def', 12, ['abc', '👨‍👩‍👧‍👦d', 'ef']],
  ['not inside a letter with a mark', 'abcde\u0301f', 5, ['abcd', 'e\u0301f']],
  ['a grapheme longer than the limit at code points', '👨‍👩‍👧‍👦', 5, ['👨‍👩', '👧‍👦']],
  ['nothing of whitespace', ' \n\n a \n\n\n\n\n\n\n\n b \n', 4, ['a', 'b']],
  ['nothing of what has no shape', '\u200b\u200b\u200b\u200b abc', 4, ['abc']],
] as const) {
  test(`text is split into ${name}`, () => assert.deepEqual(plain(text, limit), pieces))
}

test('a fence that is cut goes on in the next piece with its language', () => {
  const pieces = styled('```ts\nfirst line\nsecond line\nthird line\n```', { limit: 25 })
  assert.deepEqual(pieces, [
    {
      text: 'first line\nsecond line',
      spans: [{ style: 'pre', language: 'ts', start: 0, end: 22 }],
    },
    { text: 'third line', spans: [{ style: 'pre', language: 'ts', start: 0, end: 10 }] },
  ])
})

test('code that fits into one piece stays whole, with the line that introduces it', () => {
  const pieces = styled('Some words before it.\n\nRun:\n\n```\na a a a a a\nb b b b b b\n```', {
    limit: 40,
  })
  assert.deepEqual(
    pieces.map(({ text }) => text),
    ['Some words before it.', 'Run:\n\na a a a a a\nb b b b b b'],
  )
})

test('long code is cut before the least indented line', () => {
  const code = 'function one() {\n  a()\n}\nfunction two() {\n  b()\n  c()\n}'
  const [first] = styled(`\`\`\`js\n${code}\n\`\`\``, { limit: 45 })
  assert.equal(first?.text, 'function one() {\n  a()\n}')
})

test('a heading is not left behind at the end of a piece', () => {
  const pieces = styled('Some words that go before.\n\n# Title\n\nWords that follow it.', {
    limit: 40,
  })
  assert.deepEqual(
    pieces.map(({ text }) => text),
    ['Some words that go before.', 'Title\n\nWords that follow it.'],
  )
})

test('the records of a wide table are not cut', () => {
  const row = `| ${'name '.repeat(4)}| ${'value '.repeat(4)}|`
  const pieces = styled(`| A | B |\n|---|---|\n${row}\n${row}\n${row}`, { limit: 70 })
  assert.equal(pieces.length, 3)
  for (const { text } of pieces) assert.match(text, /^A: name .*\nB: value .*value$/)
})

test('no piece has more spans than allowed, and none is lost', () => {
  const pieces = styled('*a* '.repeat(250), { limit: 4_096, maxSpans: 100 })
  assert.deepEqual(
    pieces.map(({ spans }) => spans.length),
    [100, 100, 50],
  )
})

test('a platform that counts otherwise gets pieces within its own count', () => {
  const bytes = (text: string) => Buffer.byteLength(text)
  const pieces = styled('Füße über Öl 👍 '.repeat(40), {
    limit: 50,
    measure: ({ text }) => bytes(text),
  })
  for (const { text } of pieces) assert.ok(bytes(text) <= 50)
  assert.equal(pieces.map(({ text }) => text).join(' '), 'Füße über Öl 👍 '.repeat(40).trim())
})
