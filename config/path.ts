/** The way to a key: names in sections, numbers in lists. */
export type Path = readonly (string | number)[]

/** `channels.telegram.access.owners[0]`; a name with other characters than usual stands in `["…"]`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    if (!/^[\w$-]+$/.test(part)) return `${text}[${JSON.stringify(part)}]`
    return text === '' ? part : `${text}.${part}`
  }, '')
}

/** Reads what `formatPath` writes. Throws `SyntaxError` for anything else. */
export function parsePath(text: string): Path {
  const pattern = /(?:^|\.)([\w$<>-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y
  const path: (string | number)[] = []
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text)
    if (match === null) throw new SyntaxError(`"${text}" is not a path such as http.port`)
    const [, name, index, quoted] = match
    if (index !== undefined) path.push(Number(index))
    else path.push(quoted === undefined ? (name ?? '') : String(JSON.parse(quoted)))
  }
  if (path.length === 0) throw new SyntaxError('The path is empty; write for example http.port')
  return path
}

/** What stands at `path`, or undefined where the way ends early. */
export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, part) => {
    if (Array.isArray(at)) return at[Number(part)]
    return isSection(at) && Object.hasOwn(at, part) ? at[part] : undefined
  }, value)
}

/** Whether `value` is a plain mapping. */
export function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
