import type { Chunk } from '../model.ts'
import type { RenderTarget } from './plain-reply.ts'
import { withQuoteMarks } from './quote-marks.ts'
import { toSignalMarkup } from './signal-markup.ts'
import type { StyledText } from './styled-text.ts'

/** What `Chunk.format` is for Signal: the text for `text_mode: styled`. Absent where nothing is styled. */
export type SignalFormat = { readonly styled: string }

/**
 * 2,000 bytes of UTF-8 are what Signal shows at once; the rest of a longer text hides behind "read more". A bubble on
 * a phone has room for about 28 columns of monospace.
 */
export const signalTarget: RenderTarget = {
  limit: 2_000,
  keepsIndent: true,
  links: 'visible',
  maxTableColumns: 28,
  measure: (piece) => Buffer.byteLength(withQuoteMarks(piece).text),
  toChunk,
}

/** What to send for a chunk that `renderSignal` made, also after it was stored as JSON: `styled` or `normal` text. */
export function signalTextOf(chunk: Chunk): { text: string; isStyled: boolean } {
  return isSignalFormat(chunk.format)
    ? { text: chunk.format.styled, isStyled: true }
    : { text: chunk.text, isStyled: false }
}

/** Only this file writes the format, so its outline is enough to know it. */
function isSignalFormat(format: unknown): format is SignalFormat {
  return (
    typeof format === 'object' &&
    format !== null &&
    'styled' in format &&
    typeof format.styled === 'string'
  )
}

function toChunk(piece: StyledText): Chunk {
  const quoted = withQuoteMarks(piece)
  const styled = toSignalMarkup(quoted)
  if (styled === undefined) return { text: quoted.text }
  const format: SignalFormat = { styled }
  return { text: quoted.text, format }
}
