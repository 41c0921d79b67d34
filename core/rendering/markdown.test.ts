import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maxMarkdownLength, parseMarkdown } from './markdown.ts'
import { isParseable } from './markdown-cost.ts'
import { renderPlain } from './plain.ts'

for (const [name, text] of Object.entries({
  brackets: '['.repeat(100_000),
  quotes: '>'.repeat(4_000),
  'spaced quotes': '> '.repeat(4_000),
  'lists in lists': '- '.repeat(4_000),
  'emphasis that crosses': '_a*'.repeat(4_000),
  'strikes that cross': '~a~~b'.repeat(4_000),
  references: '[a]'.repeat(4_000),
  'links without an end': '[a]('.repeat(4_000),
  'underlined headings': 'a\n=\n'.repeat(4_000),
  'short lists': '- a\n\nb\n\n'.repeat(4_000),
  'deep quotes': `${'> '.repeat(20)}a\n\n`.repeat(900),
  definitions: '[a]: b\n'.repeat(4_000),
})) {
  test(`${name} without measure are shown as they are`, () => {
    assert.equal(isParseable(text), false)
    const { children } = parseMarkdown(text)
    assert.ok(children.every((node) => node.type === 'paragraph'))
  })
}

test('code may hold as many brackets as it likes', () => {
  assert.equal(isParseable(`\`\`\`\n${'[1], *p, '.repeat(2_000)}\n\`\`\``), true)
  assert.equal(isParseable(`- a\n  \`\`\`\n${'[1], *p, '.repeat(2_000)}`), false)
})

test('text over the limit is not parsed', () => {
  const text = `**bold** ${'a '.repeat(maxMarkdownLength / 2)}`
  assert.equal(parseMarkdown(text).children[0]?.type, 'paragraph')
  assert.equal(renderPlain(text), text.trim())
})

for (const [markdown, shown] of [
  ['costs $5 to $10', 'costs $5 to $10'],
  ['$HOME/$USER and $PATH', '$HOME/$USER and $PATH'],
  ['$5 and **bold** $6', '$5 and bold $6'],
  ['the sum $a*b*c$', 'the sum a*b*c'],
  ['one\ntwo\r\nthree', 'one\ntwo\nthree'],
  ['a <b>tag</b>, a<br>break', 'a <b>tag</b>, a\nbreak'],
  ['<div>\n*x*\n</div>', '<div>\nx\n</div>'],
  ['[a][r] [b][none]\n\n[r]: https://x.y', 'a (https://x.y) [b][none]'],
  ['https://x.y and <https://x.y> and [x.y](https://x.y)', 'https://x.y and https://x.y and x.y'],
  ['one[^b] two[^a]\n\n[^a]: A\n[^b]: B', 'one[1] two[2]\n\n[1] B\n\n[2] A'],
  ['- a\n  - b\n    1. c\n- [ ] d\n- [x] e', '• a\n  ◦ b\n    1. c\n☐ d\n☑ e'],
  ['- ```\n  x\n  ```\n-\n- > q', '•\nx\n•\n• q'],
  ['| A | B |\n|---|---|\n| 1 | |\n| | 2 |', 'A: 1\n\nB: 2'],
  ['[x](javascript:alert(1)) [**f**](src/a.ts)', 'x (javascript:alert(1)) f (src/a.ts)'],
  ['\ud83d lone \0', '\ufffd lone \ufffd'],
] as const) {
  test(`${JSON.stringify(markdown)} reads as ${JSON.stringify(shown)}`, () => {
    assert.equal(renderPlain(markdown), shown)
  })
}
