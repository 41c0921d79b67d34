import type { SignalMention } from './envelope.ts'

/** Stands in a body where a mention is; the name itself is not in the body. */
const placeholder = '\uFFFC'

export type MentionNames = {
  /** Whether a mention means our own account. */
  readonly isOwn: (mention: SignalMention) => boolean
  readonly nameOf: (mention: SignalMention) => string
}

/**
 * Puts names where a body has only placeholders. Our own name is taken out, with the space and the comma that came
 * with it, so that `@us /stop` is a command. Positions are UTF-16 units. Linear, whatever a sender makes up. Pure.
 */
export function replaceMentions(
  body: string,
  mentions: readonly SignalMention[],
  { isOwn, nameOf }: MentionNames,
): { readonly text: string; readonly isAddressed: boolean } {
  if (mentions.length === 0 && !body.includes(placeholder)) {
    return { text: body, isAddressed: false }
  }
  const sorted = mentions
    .filter(({ start, length }) => length > 0 && start + length <= body.length)
    .sort((a, b) => a.start - b.start)
  const pieces: string[] = []
  let isAddressed = false
  let at = 0
  for (const mention of sorted) {
    // Of two that overlap the second was made up.
    if (mention.start < at) continue
    const before = withoutPlaceholders(body.slice(at, mention.start))
    at = mention.start + mention.length
    if (!isOwn(mention)) {
      pieces.push(before, `@${nameOf(mention)}`)
      continue
    }
    isAddressed = true
    const isFirst = pieces.length === 0 && before.trim() === ''
    pieces.push(isFirst || isGap(body.charAt(at)) ? before.trimEnd() : before)
    if (isFirst) at += leadOf(body, at)
  }
  pieces.push(withoutPlaceholders(body.slice(at)))
  return { text: pieces.join(''), isAddressed }
}

/** Some apps leave out who was meant. */
function withoutPlaceholders(text: string): string {
  return text.includes(placeholder) ? text.replaceAll(placeholder, '@unknown') : text
}

function isGap(character: string): boolean {
  return character === '' || /[\s\p{P}]/u.test(character)
}

/** Length of what separates a leading name from what is said to it. */
function leadOf(body: string, from: number): number {
  const lead = /\s*[,:]?\s*/y
  lead.lastIndex = from
  return lead.exec(body)?.[0].length ?? 0
}
