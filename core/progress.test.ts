import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Progress } from './progress.ts'
import { progressMarkdown } from './progress-sentences.ts'

function linesOf(
  uses: readonly (readonly [
    name: string,
    state: 'running' | 'completed' | 'failed',
    title?: string,
  ])[],
  language?: string,
): readonly string[] {
  const progress = new Progress()
  for (const [name, state, title] of uses) {
    progress.note({ type: 'tool', name, state, ...(title !== undefined && { title }) })
  }
  return progressMarkdown(progress.steps, language).split('  \n')
}

test('uses of one tool in a row are one line', () => {
  assert.deepEqual(
    linesOf([
      ['read', 'running', 'a.md'],
      ['read', 'completed', 'a.md'],
      ['read', 'running', 'b.md'],
      ['read', 'running', 'c.md'],
      ['bash', 'running', 'npm test'],
      ['read', 'completed', 'c.md'],
    ]),
    ['> Reading 3 files', '> Running `npm test`'],
  )
})

test('a use that is only heard of when it is over counts', () => {
  assert.deepEqual(linesOf([['webfetch', 'completed', 'example.org']]), [
    '> Looking up `example.org`',
  ])
})

test('an unknown tool is shown by its name', () => {
  assert.deepEqual(
    linesOf([
      ['weather', 'running', 'Berlin'],
      ['weather', 'running'],
    ]),
    ['> Using `weather` (2 times)'],
  )
})

test('the lines are in the language of the person', () => {
  assert.deepEqual(linesOf([['edit', 'running', 'plan.md']], 'de-AT'), ['> Ändere `plan.md`'])
})

test('there are at most eight lines, the latest ones', () => {
  const lines = linesOf(Array.from({ length: 20 }, (_, index) => [`tool${index}`, 'running']))
  assert.equal(lines.length, 8)
  assert.equal(lines.at(-1), '> Using `tool19`')
})

test('a title can neither break out of its quotes nor be long', () => {
  const [line = ''] = linesOf([['bash', 'running', `echo \`x\`\n> ${'y'.repeat(500)}`]])
  assert.match(line, /^> Running `echo x > y+…`$/)
  assert.ok(line.length < 90)
})
