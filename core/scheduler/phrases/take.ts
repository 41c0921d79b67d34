/** A value read from the beginning of a text, and what follows it without leading spaces. */
export type Taken<T> = { readonly value: T; readonly rest: string }

/** Reads one thing from the beginning of a text, or nothing. */
export type Take<T> = (text: string) => Taken<T> | undefined

/** Matches at the beginning only, up to the end of a word; `pattern` is written for small letters. */
export function takeMatch(text: string, pattern: string): Taken<RegExpExecArray> | undefined {
  const match = new RegExp(`^(?:${pattern})(?![\\p{L}\\p{N}])`, 'iu').exec(text)
  return match ? { value: match, rest: text.slice(match[0].length).trimStart() } : undefined
}
