import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkMessage } from '../../test/servers/telegram-rules.ts'
import { renderDiscord } from './discord.ts'
import { discordContentOf } from './discord-format.ts'
import { renderHtml } from './html.ts'
import { renderSignal } from './signal.ts'
import { signalTextOf } from './signal-format.ts'
import { renderTelegram } from './telegram.ts'
import { entitiesOf } from './telegram-format.ts'

// `node --test --test-update-snapshots core/rendering/golden.test.ts` writes the expected files anew.
const folder = join(import.meta.dirname, 'golden')
const asItIs = { serializers: [(value: string) => value] }

for (const file of readdirSync(folder).filter((name) => name.endsWith('.md'))) {
  const markdown = readFileSync(join(folder, file), 'utf8')
  const expected = (ending: string) => join(folder, file.replace('.md', ending))

  test(`${file} looks on Telegram as recorded`, (t) => {
    t.assert.fileSnapshot(telegramView(markdown), expected('.telegram.txt'), asItIs)
  })

  test(`${file} looks on Discord as recorded`, (t) => {
    t.assert.fileSnapshot(discordView(markdown), expected('.discord.txt'), asItIs)
  })

  test(`${file} looks on Signal as recorded`, (t) => {
    t.assert.fileSnapshot(signalView(markdown), expected('.signal.txt'), asItIs)
  })

  test(`${file} looks on a page as recorded`, (t) => {
    t.assert.fileSnapshot(renderHtml(markdown), expected('.html'), asItIs)
  })
}

function discordView(markdown: string): string {
  const { chunks } = renderDiscord({ text: markdown, format: 'markdown' })
  return chunks
    .map((chunk, index) => {
      const content = discordContentOf(chunk)
      assert.ok(content.length <= 2_000)
      return `${headOf(index, chunks.length)}, ${content.length} of 2000\n${content}`
    })
    .join('\n\n')
}

function signalView(markdown: string): string {
  const { chunks } = renderSignal({ text: markdown, format: 'markdown' })
  return chunks
    .map((chunk, index) => {
      const { text, isStyled } = signalTextOf(chunk)
      const bytes = Buffer.byteLength(chunk.text)
      assert.ok(bytes <= 2_000)
      const mode = isStyled ? 'styled' : 'normal'
      return `${headOf(index, chunks.length)}, ${mode}, ${bytes} of 2000 bytes\n${text}`
    })
    .join('\n\n')
}

const headOf = (index: number, count: number) => `════ message ${index + 1} of ${count}`

function telegramView(markdown: string): string {
  const { chunks } = renderTelegram({ text: markdown, format: 'markdown' })
  return chunks
    .map((chunk, index) => {
      const entities = entitiesOf(chunk)
      assert.deepEqual(checkMessage(chunk.text, entities), [])
      const lines = entities.map(({ type, offset, length, ...detail }) => {
        const words = JSON.stringify(chunk.text.slice(offset, offset + length))
        return `${type} ${words} ${Object.values(detail).join(' ')}`.trimEnd()
      })
      return [headOf(index, chunks.length), chunk.text, '════ entities', ...lines].join('\n')
    })
    .join('\n\n')
}
