import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DiscordClient, readDiscord } from '../../test/fakes/discord-reader.ts'
import type { Reply, StoredFile } from '../model.ts'
import { renderDiscord } from './discord.ts'
import { discordContentOf } from './discord-format.ts'
import { maxChunks } from './plain-reply.ts'

const file: StoredFile = { sha256: 'aa', name: 'a.pdf', mime: 'application/pdf', size: 1 }
const clients: readonly DiscordClient[] = ['desktop', 'mobile']
const markdown = (text: string, rest: Partial<Reply> = {}) =>
  renderDiscord({ text, format: 'markdown', ...rest }).chunks
const contentOf = (text: string) => markdown(text).map(discordContentOf).join('\n')
const seen = (content: string, client: DiscordClient) =>
  readDiscord(content, client)
    .map(({ text }) => text)
    .join('')

for (const [source, content] of [
  ['**a *b***', '**a _b_**'],
  ['**a***b*', '**a**_b_'],
  ['a*b*c', 'a*b*c'],
  ['**a***b*c', '**a**\u200b*b*c'],
  ['***a** b*', '_**a** b_'],
  ['~~a~~ *b*', '~~a~~ _b_'],
  ['~~a~~*b*', '~~a~~*b*'],
  ['**`a`**', '`a`'],
  ['`` a`b ``', '``a`b``'],
  ['`` `b` ``', '`` `b` ``'],
  ['``` a``b ```', 'a\\`\\`b'],
  ['# A *b*', '**A _b_**'],
  ['> a\n>\n> b', '> a\n> \u200b\n> b'],
  ['> a\n\nb', '> a\n\nb'],
  ['- a\n- b', '• a\n• b'],
  ['1. a\n2. b', '1\\. a\n2\\. b'],
  ['a\n\n```ts\nb\n```\n\nc', 'a\n```ts\nb\n```\nc'],
  ['```\n  a\n```', '```\n  a\n```'],
  ['~~~\n```x```\n~~~', '```\n``\u200b`x``\u200b`\n```'],
  ['$x^2$', '`x^2`'],
  ['$$\nx\n$$', '```latex\nx\n```'],
  ['```mermaid\na-->b\n```', '```mermaid\na-->b\n```'],
  ['[a](https://x.y)', '[a](https://x.y)'],
  ['**[a](https://x.y)**', '**[a](https://x.y)**'],
  ['[a](https://x.y/b_(c))', '[a](https://x.y/b_%28c%29)'],
  ['*[a](https://x.y/b_c)*', '_[a](https://x.y/b%5Fc)_'],
  ['[\\[1\\]](https://x.y)', '[[1]](https://x.y)'],
  ['[a\\[](https://x.y)', '[a](https://x.y)\\['],
  ['[a](mailto:b@x.y)', 'a (mailto:b@x.y)'],
  ['[see https://a.b](https://x.y)', 'see https://a.b (https://x.y)'],
  ['https://x.y/a_b_c*d', 'https://x.y/a_b_c*d'],
  ['**https://x.y/a__b**', 'https://x.y/a__b'],
  ['(https://x.y/a).', '(https://x.y/a).'],
  ['<https://x.y/a>*b*', '<https://x.y/a>*b*'],
  ['![a](https://x.y/i.png)', '[a](https://x.y/i.png)'],
  ['![](https://x.y/i.png)', 'https://x.y/i.png'],
  ['https://**a**', 'https\\://**a**'],
  ['`a](b`', 'a\\]\\(b'],
  ['[a](https://x.y)\n```\nb](c)\n```', '[a](https://x.y)\n```\nb]\u200b(c)\n```'],
  ['a\\![b](https://x.y)', 'a\\![b](https://x.y)'],
] as const) {
  test(`${JSON.stringify(source)} is written as ${JSON.stringify(content)}`, () => {
    const chunks: unknown = JSON.parse(JSON.stringify(markdown(source)))
    assert.deepEqual(chunks, markdown(source))
    assert.equal(contentOf(source), content)
    for (const client of clients)
      assert.equal(bare(seen(content, client)), bare(markdown(source)[0]?.text ?? ''))
  })
}

for (const text of [
  '*a* _b_ __c__ ~~d~~ ||e|| `f` **g**',
  '# a\n## b\n-# c\n- d\n* e\n+ f\n1. g\n> h\n>>> i',
  '```js\na\n```',
  'C:\\dir\\*.ts \\_ \\\\',
  '¯\\_(ツ)_/¯',
  '[a](https://x.y) [b](<https://x.y>) ![c](https://x.y)',
  '<@123456789012345678> <@!1> <@&1> <#1> </cmd:1> <id:guide>',
  '<t:1700000000:R> <:a:1> <a:a:1> :tada: :+1:',
  '@everyone and x@hereby',
  '<https://x.y> <a@x.y>',
  'snake_case_name 2*3*4 a|b a||b',
]) {
  test(`plain ${JSON.stringify(text)} is shown as it is and calls nobody`, () => {
    const [chunk, ...others] = renderDiscord({ text, format: 'plain' }).chunks
    assert.ok(chunk)
    assert.equal(others.length, 0)
    assert.equal(chunk.text, text)
    for (const client of clients) {
      const shown = readDiscord(discordContentOf(chunk), client)
      assert.equal(bare(shown.map((part) => part.text).join('')), bare(text))
      for (const { styles } of shown)
        assert.deepEqual(
          styles.filter((style) => style !== 'url'),
          [],
        )
    }
  })
}

test('text that Discord shows as it is needs no format', () => {
  assert.deepEqual(markdown('Hello, it is 5 o’clock.'), [{ text: 'Hello, it is 5 o’clock.' }])
})

test('code keeps what it calls', () => {
  assert.equal(contentOf('`@everyone` `<@1>`'), '`@everyone` `<@1>`')
})

test('a table that a phone can show is code, a wider one is a list', () => {
  assert.equal(contentOf('| a | b |\n|---|---|\n| 1 | 2 |'), '```\na │ b\n──┼──\n1 │ 2\n```')
  const wide = `| Name | Value |\n|---|---|\n| ${'word '.repeat(8)}| 2 |`
  assert.equal(contentOf(wide), `**Name**: ${'word '.repeat(8).trim()}\n**Value**: 2`)
})

test('escapes and markers count towards the limit', () => {
  for (const word of ['*', '**bold** ', '`a``b` ', '\n> q\n', '[a](https://x.y/very/long/path) ']) {
    const text = word === '*' ? '\\*'.repeat(3_000) : word.repeat(400)
    for (const chunk of markdown(text)) assert.ok(discordContentOf(chunk).length <= 2_000)
  }
})

test('a fence that is cut goes on in the next message with its language', () => {
  const chunks = markdown(`\`\`\`ts\n${'const a = 1\n'.repeat(300)}\`\`\``)
  assert.equal(chunks.length, 2)
  for (const chunk of chunks) assert.match(discordContentOf(chunk), /^```ts\nconst[^`]*1\n```$/)
})

test('files follow the text, buttons stand under it, and what is too long becomes a file', () => {
  const buttons = [[{ label: 'Allow', data: 'q1:y' }]]
  assert.deepEqual(markdown('Hello', { files: [file], buttons }), [
    { text: 'Hello', buttons },
    { text: '', file },
  ])
  const text = '**word** '.repeat(5_000)
  const { chunks, overflow } = renderDiscord({ text, format: 'markdown' })
  assert.equal(chunks.length, 1)
  assert.ok(discordContentOf(chunks[0] ?? { text: '' }).length <= 2_000)
  assert.ok(maxChunks * 2_000 < text.length)
  assert.deepEqual(overflow, { text, name: 'answer.md' })
})

function bare(text: string): string {
  return text.replace(/[\s\u200b]+/g, '')
}
