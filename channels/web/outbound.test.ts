import assert from 'node:assert/strict'
import { test } from 'node:test'
import { renderWeb } from './outbound.ts'

const file = { sha256: 'a'.repeat(64), name: 'a.png', mime: 'image/png', size: 3 }
const buttons = [[{ label: 'Yes', data: 'q1:yes' }]]

test('markdown keeps its text and gets safe HTML', async () => {
  const { chunks } = await renderWeb(
    { text: '**hi** <script>x</script>', format: 'markdown' },
    1000,
  )
  assert.equal(chunks.length, 1)
  assert.equal(chunks[0]?.text, '**hi** <script>x</script>')
  const html = JSON.stringify(chunks[0]?.format)
  assert.match(html, /<strong>hi<\/strong>/)
  assert.doesNotMatch(html, /<script/)
})

test('plain text stays as it is', async () => {
  const { chunks } = await renderWeb({ text: '**hi**\n<b>', format: 'plain' }, 1000)
  assert.deepEqual(chunks, [{ text: '**hi**\n<b>' }])
})

test('files are messages of their own and buttons are under the text', async () => {
  const reply = { text: 'ok?', format: 'plain', files: [file], buttons } as const
  assert.deepEqual((await renderWeb(reply, 1000)).chunks, [
    { text: 'ok?', buttons },
    { text: '', file },
  ])
})

test('a reply without a text has no empty message', async () => {
  assert.deepEqual((await renderWeb({ text: ' \n', format: 'markdown' }, 1000)).chunks, [])
  const files = await renderWeb({ text: '', format: 'markdown', files: [file] }, 1000)
  assert.deepEqual(files.chunks, [{ text: '', file }])
  const asked = await renderWeb({ text: '', format: 'markdown', buttons }, 1000)
  assert.deepEqual(asked.chunks, [{ text: '', buttons }])
})

test('of a text that is too long the beginning is shown and the whole is a file', async () => {
  const text = `${'a'.repeat(70)}\n${'b'.repeat(100)}`
  const { chunks, overflow } = await renderWeb({ text, format: 'plain' }, 100)
  assert.deepEqual(chunks, [{ text: `${'a'.repeat(70)}\n…` }])
  assert.deepEqual(overflow, { text, name: 'answer.txt' })
})

test('a text is never cut inside an emoji', async () => {
  const { chunks } = await renderWeb({ text: '😀'.repeat(100), format: 'plain' }, 101)
  assert.equal(chunks[0]?.text.isWellFormed(), true)
})
