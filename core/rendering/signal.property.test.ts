import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { arbitraryMarkdown, arbitraryMarkedMarkdown } from '../../test/fakes/arbitrary-markdown.ts'
import { readSignal, type SignalStyle } from '../../test/fakes/signal-reader.ts'
import type { Chunk } from '../model.ts'
import { parseMarkdown } from './markdown.ts'
import { signalTarget, signalTextOf } from './signal-format.ts'
import { splitStyledText } from './split.ts'
import type { StyledText } from './styled-text.ts'
import { toStyledText } from './to-styled-text.ts'

// `node core/rendering/signal.property.test.ts 20000` takes half a minute.
const documents = Number(process.argv[2] ?? 2_000)
const styles: Readonly<Record<string, SignalStyle>> = {
  bold: 'BOLD',
  italic: 'ITALIC',
  strikethrough: 'STRIKETHROUGH',
  code: 'MONOSPACE',
  pre: 'MONOSPACE',
}

test(`${documents} documents read on Signal as they were meant, in pieces within the limit`, () => {
  fc.assert(
    fc.property(arbitraryMarkdown, fc.integer({ min: 40, max: 140 }), (markdown, limit) => {
      const { document, pieces } = piecesOf(markdown, limit)
      const shown = pieces.map((piece) => readChunk(signalTarget.toChunk(piece), limit))
      const text = shown.map((message) => message.text).join('')
      assert.equal(visible(text), visible(document.text))
    }),
    { numRuns: documents, seed: 2_001 },
  )
})

test('what is styled on Signal was meant to be, and bold and code always are', () => {
  fc.assert(
    fc.property(arbitraryMarkedMarkdown, (markdown) => {
      for (const piece of piecesOf(markdown, 140).pieces) {
        if (piece.spans.some(({ style }) => style === 'blockquote')) continue
        const { ranges } = readChunk(signalTarget.toChunk(piece), 140)
        const meant = meantRanges(piece)
        for (const { style, start, end } of ranges)
          for (let index = start; index < end; index += 1)
            assert.ok(isSpace(piece.text, index) || meant.has(`${style} ${index}`))
        for (const place of meant) {
          const [style, index] = place.split(' ')
          if (style !== 'BOLD' && style !== 'MONOSPACE') continue
          const at = Number(index)
          assert.ok(
            ranges.some((range) => range.style === style && range.start <= at && at < range.end),
          )
        }
      }
    }),
    { numRuns: 500, seed: 14 },
  )
})

function piecesOf(markdown: string, limit: number) {
  const document = toStyledText(parseMarkdown(markdown), signalTarget)
  return { document, pieces: [...splitStyledText(document, { ...signalTarget, limit })] }
}

/** What people see, which is what the chunk says and within the limit of what is not hidden. */
function readChunk(chunk: Chunk, limit: number) {
  const { text, isStyled } = signalTextOf(chunk)
  const message = isStyled ? readSignal(text) : { text, ranges: [], unpaired: [] }
  assert.equal(message.text, chunk.text)
  assert.deepEqual(message.unpaired, [])
  assert.equal(isStyled, message.ranges.length > 0)
  assert.ok(Buffer.byteLength(message.text) <= limit)
  assert.ok(text.isWellFormed())
  return message
}

function meantRanges({ spans }: StyledText): ReadonlySet<string> {
  const meant = new Set<string>()
  for (const span of spans)
    for (let index = span.start; index < span.end; index += 1) {
      const style = styles[span.style]
      if (style !== undefined) meant.add(`${style} ${index}`)
    }
  return meant
}

const isSpace = (text: string, index: number) => /\s/.test(text.charAt(index))

/** What is left when whitespace, and the marks of quotes, are not looked at. */
function visible(text: string): string {
  return text.replace(/[\s>\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}]+/gu, '')
}
