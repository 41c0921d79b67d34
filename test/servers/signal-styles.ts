/** A style over part of a text, in UTF-16 units. */
export type StyleRange = { readonly style: string; readonly start: number; readonly length: number }

export type StyledText = { readonly text: string; readonly styles: readonly StyleRange[] }

/** Markers, the longest first, and what they mean. */
const markers: readonly (readonly [marker: string, styles: readonly string[]])[] = [
  ['***', ['BOLD', 'ITALIC']],
  ['**', ['BOLD']],
  ['*', ['ITALIC']],
  ['||', ['SPOILER']],
  ['~', ['STRIKETHROUGH']],
  ['`', ['MONOSPACE']],
]

/**
 * Reads `text_mode: styled` as signal-cli-rest-api 0.101 does, quirks included: a marker without a partner vanishes,
 * markers count inside monospace too, styles that cross lose the outer one, and a backslash escapes the *whole* marker
 * that follows (`\**` is two asterisks).
 */
export function readStyled(source: string): StyledText {
  const open: { readonly marker: string; readonly start: number }[] = []
  const styles: StyleRange[] = []
  let text = ''
  let before = ''
  for (let at = 0; at < source.length; ) {
    const [marker, meaning] = markers.find(([one]) => source.startsWith(one, at)) ?? []
    if (marker === undefined || meaning === undefined) {
      const char = source[at] ?? ''
      const next = source[at + 1] ?? ''
      if (char !== '\\' || !'*`|~'.includes(next) || next === '') text += char
      before = char
      at += 1
      continue
    }
    at += marker.length
    if (before === '\\') {
      text += marker
    } else if (open.at(-1)?.marker === marker) {
      const start = open.pop()?.start ?? 0
      for (const style of meaning) styles.push({ style, start, length: text.length - start })
    } else {
      open.push({ marker, start: text.length })
    }
    before = marker[0] ?? ''
  }
  return { text, styles }
}
