/**
 * Reads `text_mode: styled` as signal-cli-rest-api does (src/utils/textstyleparser.go): a marker closes what it opened
 * last or opens something, one without a partner vanishes, and a backslash counts only before a marker.
 */
export type SignalStyle = 'BOLD' | 'ITALIC' | 'STRIKETHROUGH' | 'SPOILER' | 'MONOSPACE'

export type SignalMessage = {
  readonly text: string
  readonly ranges: readonly {
    readonly style: SignalStyle
    readonly start: number
    readonly end: number
  }[]
  /** Markers that never found their partner. */
  readonly unpaired: readonly string[]
}

const styles: Readonly<Record<string, readonly SignalStyle[]>> = {
  '***': ['BOLD', 'ITALIC'],
  '**': ['BOLD'],
  '*': ['ITALIC'],
  '~': ['STRIKETHROUGH'],
  '||': ['SPOILER'],
  '`': ['MONOSPACE'],
}

/** What the people in the chat get to see. */
export function readSignal(styled: string): SignalMessage {
  const open: { marker: string; start: number }[] = []
  const ranges: { style: SignalStyle; start: number; end: number }[] = []
  let text = ''
  let previous = ''
  for (let index = 0; index < styled.length; ) {
    const marker = /^(?:\*{1,3}|\|\||~|`)/.exec(styled.slice(index, index + 3))?.[0]
    const character = styled.charAt(index)
    if (marker !== undefined) {
      index += marker.length
      const isEscaped = previous === '\\'
      previous = marker.charAt(0)
      if (isEscaped) {
        text += marker
        continue
      }
      const last = open.at(-1)
      if (last?.marker === marker) {
        open.pop()
        for (const style of styles[marker] ?? [])
          ranges.push({ style, start: last.start, end: text.length })
      } else open.push({ marker, start: text.length })
      continue
    }
    index += 1
    previous = character
    if (character === '\\' && /[*`|~]/.test(styled.charAt(index))) continue
    text += character
  }
  return { text, ranges, unpaired: open.map(({ marker }) => marker) }
}
