/** What somebody means to say to a question, before the question is looked at. */
export type Spoken =
  | { readonly type: 'word'; readonly word: 'yes' | 'no' | 'always' }
  /** An answer by its place, from 0. */
  | { readonly type: 'option'; readonly index: number }
  | { readonly type: 'text'; readonly text: string }

export type ParsedAnswer = { readonly requestId: string; readonly spoken: Spoken }

const words: ReadonlyMap<string, 'yes' | 'no' | 'always'> = new Map([
  ['yes', 'yes'],
  ['ja', 'yes'],
  ['no', 'no'],
  ['nein', 'no'],
  ['always', 'always'],
  ['immer', 'always'],
])

/** An answer by text with the question's number: `yes 7`, `immer q7`, `7 2` (the second), `7: my own words`. */
export function parseAnswer(text: string): ParsedAnswer | undefined {
  const trimmed = text.trim()
  const named = /^([a-z]+)\s+q?(\d{1,15})$/i.exec(trimmed)
  const word = words.get(named?.[1]?.toLowerCase() ?? '')
  if (word) return { requestId: `q${named?.[2]}`, spoken: { type: 'word', word } }
  const chosen = /^q?(\d{1,15})\s+(\d{1,2})$/i.exec(trimmed)
  if (chosen)
    return { requestId: `q${chosen[1]}`, spoken: { type: 'option', index: Number(chosen[2]) - 1 } }
  const own = /^q?(\d{1,15}):\s*(\S[\s\S]*)$/i.exec(trimmed)
  return own?.[2] === undefined
    ? undefined
    : { requestId: `q${own[1]}`, spoken: { type: 'text', text: own[2] } }
}

/** What is said in a reply to the question itself, which needs no number. */
export function parseReply(text: string): Spoken | undefined {
  const trimmed = text.trim()
  if (trimmed === '') return undefined
  const word = words.get(trimmed.toLowerCase().replace(/[.!]$/, ''))
  if (word) return { type: 'word', word }
  return /^\d{1,2}$/.test(trimmed)
    ? { type: 'option', index: Number(trimmed) - 1 }
    : { type: 'text', text: trimmed }
}

/** What a button of a question carries: `q7:yes`, or `q7:0` for its first answer. */
export function parsePress(data: string): ParsedAnswer | undefined {
  const match = /^(q\d{1,15}):([a-z]+|\d{1,2})$/.exec(data)
  const said = match?.[2]
  if (match?.[1] === undefined || said === undefined) return undefined
  const word = words.get(said)
  if (word) return { requestId: match[1], spoken: { type: 'word', word } }
  const index = Number(said)
  return Number.isNaN(index)
    ? undefined
    : { requestId: match[1], spoken: { type: 'option', index } }
}

/** At most 64 bytes, as platforms demand. */
export function pressData(requestId: string, answer: 'yes' | 'no' | number): string {
  return `${requestId}:${answer}`
}
