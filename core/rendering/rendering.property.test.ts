import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  arbitraryMarkdown,
  arbitraryMarkedMarkdown,
  markedWord,
} from '../../test/fakes/arbitrary-markdown.ts'
import { checkHtml } from '../../test/fakes/check-html.ts'
import { checkMessage } from '../../test/servers/telegram-rules.ts'
import { renderHtml } from './html.ts'
import { parseMarkdown } from './markdown.ts'
import { renderPlain } from './plain.ts'
import { splitStyledText } from './split.ts'
import { isVisible } from './styled-text.ts'
import { renderTelegram } from './telegram.ts'
import { entitiesOf, telegramTarget } from './telegram-format.ts'
import { toStyledText } from './to-styled-text.ts'

// `node core/rendering/rendering.property.test.ts 20000` takes half a minute.
const documents = Number(process.argv[2] ?? 2_000)
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

test(`${documents} documents become messages Telegram takes as they are, losing no words`, () => {
  let count = 0
  fc.assert(
    fc.property(arbitraryMarkdown, fc.integer({ min: 40, max: 140 }), (markdown, limit) => {
      count += 1
      const document = toStyledText(parseMarkdown(markdown))
      const pieces = [...splitStyledText(document, { limit, maxSpans: 20 })]
      for (const piece of pieces) {
        assert.ok(piece.text.length <= limit)
        assert.ok(piece.spans.length <= 20)
        const chunk = telegramTarget.toChunk(piece)
        assert.deepEqual(checkMessage(chunk.text, entitiesOf(chunk)), [])
        assert.ok(isVisible(chunk.text))
      }
      assert.equal(visible(pieces.map(({ text }) => text).join('')), visible(document.text))
      assert.deepEqual(checkHtml(renderHtml(markdown)), [])
    }),
    { numRuns: documents, seed: 4_096 },
  )
  assert.equal(count, documents)
})

test('whole replies keep to the rules', () => {
  fc.assert(
    fc.property(fc.array(arbitraryMarkdown, { maxLength: 4 }), (parts) => {
      const text = parts.join('\n\n')
      const { chunks } = renderTelegram({ text, format: 'markdown' })
      for (const chunk of chunks) assert.deepEqual(checkMessage(chunk.text, entitiesOf(chunk)), [])
      assert.equal(chunks.length > 0, isVisible(text.toWellFormed()))
    }),
    { numRuns: 500, seed: 10 },
  )
})

test('every word of a document arrives once and in its place', () => {
  fc.assert(
    fc.property(arbitraryMarkedMarkdown, (markdown) => {
      fc.pre(!markdown.includes('~~~')) // opens a fence, and the words after it name a language
      const pieces = splitStyledText(toStyledText(parseMarkdown(markdown)), { limit: 100 })
      const shown = [...pieces].map(({ text }) => text).join('\n')
      assert.deepEqual(shown.match(markedWord), markdown.match(markedWord))
      assert.deepEqual(renderHtml(markdown).match(markedWord), markdown.match(markedWord))
    }),
    { numRuns: 2_000, seed: 11 },
  )
})

test('a piece never ends inside a grapheme that would fit', () => {
  const characters = fc.constantFrom(
    'a',
    ' ',
    'é',
    '👨‍👩‍👧‍👦',
    '🇩🇪',
    '👍🏽',
    'e\u0301',
    '한',
    'नि',
    '\n',
    '. ',
  )
  fc.assert(
    fc.property(fc.array(characters, { minLength: 20, maxLength: 120 }), (parts) => {
      const text = parts.join('')
      const boundaries = new Set([...graphemes.segment(text)].map(({ index }) => index))
      let from = 0
      for (const piece of splitStyledText({ text, spans: [], blocks: [] }, { limit: 30 })) {
        from = text.indexOf(piece.text, from) + piece.text.length
        assert.ok(from === text.length || boundaries.has(from), `cut at ${from}`)
      }
    }),
    { numRuns: 3_000, seed: 7 },
  )
})

test('attacks in markdown are not in its HTML', () => {
  const attack = fc.constantFrom(
    '<script>alert(1)</script>',
    '[x](javascript:alert(1))',
    '![x](data:text/html,hi)',
    '<img src=x onerror=alert(1)>',
    '[x](vbscript:a "t\\" onclick=b")',
    '<https://example.com/"onmouseover="x>',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(arbitraryMarkdown, attack), { maxLength: 3 }), (parts) => {
      assert.deepEqual(checkHtml(renderHtml(parts.join('\n\n'))), [])
    }),
    { numRuns: 500, seed: 3 },
  )
})

test('plain text of any document is made without throwing', () => {
  fc.assert(
    fc.property(arbitraryMarkdown, (markdown) => renderPlain(markdown).isWellFormed()),
    { numRuns: 300, seed: 2 },
  )
})

/** What is left when whitespace is not looked at. */
function visible(text: string): string {
  return text.replace(/[\s\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]+/gu, '')
}
