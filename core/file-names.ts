const maxChars = 120
/** What file systems allow for one name; a name of 120 emoji would be longer. */
const maxBytes = 240

/** Separators, control characters, what some systems forbid, and what makes a name read other than it is. */
const unsafe = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\\\/<>:"\|?*]--[\u200c\u200d]]+/gv
const invisible = /[_\s\u200c\u200d]/g
const edges = /^[\s.]+|[\s.]+$/g
const extensionPattern = /\.([\p{L}\p{N}]{1,10})$/u

/** Extensions that say the same as, or more than, the one found in the content. */
const sameAs: Readonly<Record<string, readonly string[]>> = {
  jpg: ['jpeg', 'jpe', 'jfif'],
  tif: ['tiff'],
  ogg: ['oga', 'ogv', 'ogx', 'opus', 'spx'],
  opus: ['ogg', 'oga'],
  mp4: ['m4v', 'm4a', 'm4b'],
  mov: ['qt'],
  mkv: ['mka', 'mks'],
  webm: ['weba'],
  mpg: ['mpeg'],
  mid: ['midi'],
  zip: [
    'docx',
    'xlsx',
    'pptx',
    'odt',
    'ods',
    'odp',
    'epub',
    'jar',
    'apk',
    'cbz',
    'kmz',
    'whl',
    '3mf',
  ],
  cfb: ['doc', 'xls', 'ppt', 'msg', 'msi'],
  gz: ['tgz', 'svgz'],
  bz2: ['tbz2'],
  xz: ['txz'],
  xml: ['svg', 'html', 'xhtml', 'gpx', 'kml', 'rss', 'atom', 'xsd', 'xsl', 'plist'],
}

/**
 * A file name that is safe to show and to write: one path segment of at most 120 characters, ending in `extension`
 * (without a dot, found in the content) unless it ends in an equivalent already. `fallback` names what has no name.
 */
export function safeFileName(
  name: string | undefined,
  fallback: string,
  extension: string | undefined,
): string {
  const clean = (name ?? '').normalize('NFC').replace(unsafe, '_').replace(edges, '')
  const isNameless = clean.replace(invisible, '') === ''
  const full = isNameless ? fallback : clean
  const claimed = extensionPattern.exec(full)?.[1]
  const ending = claimed && isSame(claimed, extension) ? claimed : extension
  const stem = ending !== undefined && ending === claimed ? full.slice(0, -ending.length - 1) : full
  const suffix = ending === undefined ? '' : `.${ending}`
  return cut(stem, suffix) + suffix
}

function isSame(claimed: string, extension: string | undefined): boolean {
  if (extension === undefined) return true
  const lower = claimed.toLowerCase()
  return lower === extension || (sameAs[extension]?.includes(lower) ?? false)
}

function cut(stem: string, suffix: string): string {
  let kept = ''
  for (const { segment } of new Intl.Segmenter().segment(stem.slice(0, maxChars))) {
    const next = kept + segment
    if (next.length + suffix.length > maxChars) break
    if (new TextEncoder().encode(next + suffix).length > maxBytes) break
    kept = next
  }
  return kept.replace(edges, '')
}
