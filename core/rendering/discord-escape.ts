/** Shows nothing and ends whatever Discord would read on across it. */
export const separator = '\u200b'

/** What begins a heading, small print, a list or a quote where a line begins. */
const lineStart = /^(?:#{1,3}(?=\s|$)|-#|[-+](?=\s|$)|>)/
const numberedStart = /^(\d{1,9})\.(?=\s|$)/

/**
 * Escapes text so that Discord shows it as it is: no markdown, no mention of anybody, no custom emoji, no timestamp.
 * `isStart` says that nothing visible stands before it in its line.
 */
export function escapeDiscord(text: string, isStart: boolean): string {
  const escaped = escapeLabel(text).replace(/[[\]]/g, '\\$&').replaceAll('](', ']\\(')
  return isStart ? escaped.replace(lineStart, '\\$&').replace(numberedStart, '$1\\.') : escaped
}

/** The words of a masked link: they are never at the start of a line for Discord, and it cannot escape brackets there. */
export function escapeLabel(text: string): string {
  return (
    text
      .replace(/[\\*_~`|<]/g, '\\$&')
      // Discord makes emoji of `:name:`, calls everybody for `@everyone` even inside a word, and reads on from `http://`
      // across whatever follows.
      .replace(/:(?=[\w+-]{1,32}:)|(?<=https?):(?=\/\/)/g, '\\:')
      .replace(/@(?=everyone|here)/g, `@${separator}`)
  )
}

/** Inline code, in which nothing can be escaped; the text has no two backticks in a row. */
export function inlineCode(text: string): string {
  if (!text.includes('`')) return `\`${text}\``
  // Two backticks around hold single ones, apart from them by a space that Discord takes away again.
  const before = text.startsWith('`') ? ' ' : ''
  const after = text.endsWith('`') ? ' ' : ''
  return `\`\`${before}${text}${after}\`\``
}

/** A code block. What would end it or, `isAfterLink`, could end the words of a link before it is kept apart. */
export function codeBlock(
  text: string,
  language: string | undefined,
  isAfterLink: boolean,
): string {
  const kept = text.replaceAll('```', `\`\`${separator}\``).replace(/``$/, `\`${separator}\``)
  const code = isAfterLink
    ? kept.replace(/^[^[]*/, (start) => start.replaceAll('](', `]${separator}(`))
    : kept
  return `\`\`\`${language ?? ''}\n${code}\n\`\`\``
}

/** An address as the target of a masked link, with everything encoded that Discord would read as markdown. */
export function linkTarget(url: string, isInUnderscores: boolean): string {
  return url
    .replace(/^https?/i, (scheme) => scheme.toLowerCase())
    .replace(/[*|`\\()<>"\p{Cc}]|~(?=~)|(?<=~)~/gu, encode)
    .replace(isInUnderscores ? /_/g : /_(?=_)|(?<=_)_/g, encode)
    .replace(/[.,:;'\]]$/, encode)
}

function encode(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x80
    ? `%${code.toString(16).toUpperCase().padStart(2, '0')}`
    : encodeURIComponent(character)
}
