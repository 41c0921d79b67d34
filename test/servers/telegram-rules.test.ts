import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkMessage } from './telegram-rules.ts'

const at = (type: string, offset: number, length: number, url?: string) =>
  url === undefined ? { type, offset, length } : { type, offset, length, url }

for (const [problem, text, entities] of [
  [/empty/, ' \n', []],
  [/whitespace/, 'a ', []],
  [/too long/, 'a'.repeat(4_097), []],
  [/surrogate/, 'a\ud83d', []],
  [/only 100/, 'a'.repeat(101), Array.from({ length: 101 }, (_, index) => at('bold', index, 1))],
  [/unknown type/, 'abc', [at('strong', 0, 1)]],
  [/length at least 1/, 'abc', [at('bold', 0, 0)]],
  [/ends after/, 'abc', [at('bold', 1, 3)]],
  [/whitespace/, 'a b', [at('bold', 0, 2)]],
  [/cuts a surrogate pair/, 'a👍', [at('bold', 0, 2)]],
  [/cross/, 'abcd', [at('bold', 0, 3), at('italic', 1, 3)]],
  [/overlap/, 'abcd', [at('bold', 0, 3), at('code', 1, 1)]],
  [/overlap/, 'abcd', [at('blockquote', 0, 3), at('pre', 0, 3)]],
  [/cannot nest/, 'abcd', [at('blockquote', 0, 3), at('blockquote', 1, 1)]],
  [/same twice/, 'abcd', [at('bold', 0, 3), at('bold', 1, 1)]],
  [/not a link/, 'abcd', [at('text_link', 0, 3, 'javascript:a')]],
] as const) {
  test(`${problem.source} is found in ${JSON.stringify(text.slice(0, 9))} ${entities.length}`, () => {
    assert.match(checkMessage(text, entities).join('\n'), problem)
  })
}

test('a message that keeps to the rules has no problems', () => {
  const entities = [
    at('blockquote', 0, 7),
    at('bold', 0, 3),
    at('italic', 0, 3),
    at('code', 8, 2),
    at('text_link', 11, 2, 'https://x.y'),
  ]
  assert.deepEqual(checkMessage('one two\n👍 ok', entities), [])
})
