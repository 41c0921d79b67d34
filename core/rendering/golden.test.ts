import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkMessage } from '../../test/servers/telegram-rules.ts'
import { renderHtml } from './html.ts'
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

  test(`${file} looks on a page as recorded`, (t) => {
    t.assert.fileSnapshot(renderHtml(markdown), expected('.html'), asItIs)
  })
}

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
      const head = `════ message ${index + 1} of ${chunks.length}`
      return [head, chunk.text, '════ entities', ...lines].join('\n')
    })
    .join('\n\n')
}
