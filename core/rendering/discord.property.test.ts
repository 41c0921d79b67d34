import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  arbitraryMarkdown,
  arbitraryMarkedMarkdown,
  markedWord,
} from '../../test/fakes/arbitrary-markdown.ts'
import { type DiscordClient, readDiscord } from '../../test/fakes/discord-reader.ts'
import { discordContentOf, discordTarget } from './discord-format.ts'
import { parseMarkdown } from './markdown.ts'
import { splitStyledText } from './split.ts'
import type { StyledText } from './styled-text.ts'
import { toStyledText } from './to-styled-text.ts'

// `node core/rendering/discord.property.test.ts 20000` takes half a minute.
const documents = Number(process.argv[2] ?? 2_000)
const clients: readonly DiscordClient[] = ['desktop', 'mobile']
/** What Discord would make of text that was not meant so. */
const alive = /^(?:mention|emoji|timestamp|mail|heading|subtext|list)/

test(`${documents} documents read on Discord as they were meant, in pieces within the limit`, () => {
  fc.assert(
    fc.property(arbitraryMarkdown, fc.integer({ min: 120, max: 300 }), (markdown, limit) => {
      const { document, pieces } = piecesOf(markdown, limit)
      for (const client of clients) {
        const shown = pieces.flatMap((piece) => readPiece(piece, limit, client))
        assert.equal(shown.map(({ text }) => text).join(''), visible(document.text))
        for (const { styles } of shown) assert.ok(!styles.some((style) => alive.test(style)))
      }
    }),
    { numRuns: documents, seed: 2_000 },
  )
})

test('every word has on Discord the styles it was given', () => {
  fc.assert(
    fc.property(arbitraryMarkedMarkdown, fc.integer({ min: 120, max: 300 }), (markdown, limit) => {
      for (const piece of piecesOf(markdown, limit).pieces) {
        const meant = meantStyles(piece)
        for (const client of clients) {
          const shown = readPiece(piece, limit, client).flatMap(({ text, styles }) =>
            [...text].map((character) => `${character} ${styles.flatMap(nameOf).sort()}`),
          )
          assert.deepEqual(shown, meant)
        }
      }
    }),
    { numRuns: 500, seed: 12 },
  )
})

test('every word of a document arrives on Discord once and in its place', () => {
  fc.assert(
    fc.property(arbitraryMarkedMarkdown, (markdown) => {
      fc.pre(!markdown.includes('~~~')) // opens a fence, and the words after it name a language
      const { pieces } = piecesOf(markdown, 150)
      const contents = pieces.map((piece) => discordContentOf(discordTarget.toChunk(piece)))
      const words = contents.join('\n').replace(/^```\w+$/gm, '')
      assert.deepEqual(words.match(markedWord), markdown.match(markedWord))
    }),
    { numRuns: 500, seed: 13 },
  )
})

function piecesOf(markdown: string, limit: number) {
  const document = toStyledText(parseMarkdown(markdown), discordTarget)
  return { document, pieces: [...splitStyledText(document, { ...discordTarget, limit })] }
}

function readPiece(piece: StyledText, limit: number, client: DiscordClient) {
  const content = discordContentOf(discordTarget.toChunk(piece))
  assert.ok(content.length <= limit, `${content.length} of ${limit}`)
  assert.ok(content.isWellFormed())
  return readDiscord(content, client).map((shown) => ({ ...shown, text: visible(shown.text) }))
}

function meantStyles({ text, spans }: StyledText): readonly string[] {
  const meant: string[] = []
  for (let index = 0; index < text.length; index += 1) {
    const styles = spans
      .filter(({ start, end }) => start <= index && index < end)
      .map((span) => ('url' in span ? `link ${span.url}` : span.style))
    if (visible(text.charAt(index)) !== '') meant.push(`${text.charAt(index)} ${styles.sort()}`)
  }
  return meant
}

/** Bare addresses become links by themselves. */
const nameOf = (style: string) =>
  style === 'url' ? [] : [style.replace('quote', 'blockquote').replace(/^pre .*/, 'pre')]

/** What is left when whitespace is not looked at. */
function visible(text: string): string {
  return text.replace(/[\s\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]+/gu, '')
}
