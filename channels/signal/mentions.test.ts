import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type MentionNames, replaceMentions } from './mentions.ts'

const names: MentionNames = {
  isOwn: ({ uuid }) => uuid === 'own',
  nameOf: ({ uuid }) => uuid ?? 'somebody',
}
const own = (start: number, length = 1) => ({ start, length, uuid: 'own' })
const ann = (start: number, length = 1) => ({ start, length, uuid: 'Ann' })

const cases: readonly [string, readonly { start: number; length: number }[], string, boolean][] = [
  ['plain', [], 'plain', false],
  ['\uFFFC hello', [own(0)], 'hello', true],
  ['\uFFFC: /stop', [own(0)], '/stop', true],
  ['  \uFFFC, hi', [own(2)], 'hi', true],
  ['hi \uFFFC, see this', [own(3)], 'hi, see this', true],
  ['thanks \uFFFC', [own(7)], 'thanks', true],
  ['ask \uFFFC or \uFFFC', [ann(4), own(9)], 'ask @Ann or', true],
  ['\uFFFC \uFFFC help', [own(0), ann(2)], '@Ann help', true],
  ['\uFFFC\uFFFC', [own(0), own(1)], '', true],
  ['🐦 \uFFFC!', [ann(3)], '🐦 @Ann!', false],
  ['who is \uFFFC?', [], 'who is @unknown?', false],
  ['\uFFFC and \uFFFC', [ann(6)], '@unknown and @Ann', false],
  ['out of \uFFFC', [ann(400)], 'out of @unknown', false],
  ['twice \uFFFC', [ann(6), own(6)], 'twice @Ann', false],
  ['empty \uFFFC', [ann(6, 0)], 'empty @unknown', false],
  ['\u202Eשלום \uFFFC\u202C', [ann(6)], '\u202Eשלום @Ann\u202C', false],
  ['\u200B\uFFFC', [own(1)], '\u200B', true],
]

for (const [body, mentions, text, isAddressed] of cases) {
  test(`mentions in ${JSON.stringify(body)} become ${JSON.stringify(text)}`, () => {
    assert.deepEqual(replaceMentions(body, mentions, names), { text, isAddressed })
  })
}

test('ten thousand mentions are all replaced', () => {
  const count = 10_000
  const mentions = Array.from({ length: count }, (_, index) => ann(index * 2)).reverse()
  const { text } = replaceMentions('\uFFFC '.repeat(count), mentions, names)
  assert.equal(text, '@Ann '.repeat(count))
})
