import type { Schedule } from '../schedule/schedule.ts'
import { findOneOff } from './one-off.ts'
import type { Taken } from './take.ts'
import { takeGermanDate } from './take-german-date.ts'
import { takeRecurrence } from './take-recurrence.ts'
import { takeRelative } from './take-relative.ts'

export type PhraseContext = {
  readonly now: number
  readonly timezone: string
  /** A hint such as `de`; both languages are understood whatever it says. */
  readonly language?: string | undefined
}

export type Phrase = {
  readonly schedule: Schedule
  /** What is left of the text: what to be reminded of. May be empty. */
  readonly rest: string
}

const maxLength = 4_000
/** A phrase at the end of a text has at most so many words. */
const maxWords = 14

const askedFor =
  /^(?:\/remind(?:@\w+)?|(?:please|bitte)\s+|(?:can|could) you\s+|kannst du\s+)*(?:(?:remind|wake) me|erinner(?:e|st)?\s+mich|mich\s+erinnern)?(?:\s+(?:please|bitte|mal))?\s*,?\s*/i
const joining =
  /^(?:[,:;–-]\s*)?(?:(?:please\s+)?remind me\s+|(?:bitte\s+)?erinner(?:e)?\s+mich\s+)?(?:(?:to|that|about|of|daran|dass|an)\b\s*,?\s*)*/i

/**
 * Finds when something is meant to happen, at the beginning or the end of what somebody wrote in English or German:
 * `in 20 minutes to stretch`, `call Anna every weekday at 8`. Undefined when nothing is found, when it is ambiguous, or
 * when it is past; never throws.
 */
export async function parsePhrase(
  text: string,
  context: PhraseContext,
): Promise<Phrase | undefined> {
  if (text.length > maxLength) return undefined
  const asked = text
    .trim()
    .replace(askedFor, '')
    .replace(/\bmorgen früh\b/i, 'morgen')
    .replace(/[.!?\s]+$/u, '')
  return (await parseLeading(asked, context)) ?? (await parseOneOff(asked, context))
}

/** By our own grammar: from the beginning, or from each of the last words to the end. */
async function parseLeading(text: string, context: PhraseContext): Promise<Phrase | undefined> {
  const leading = takeAny(text, context)
  if (leading) return { schedule: leading.value, rest: leading.rest.replace(joining, '').trim() }
  const starts = [...text.matchAll(/(?<=\s)\S/gu)].map(({ index }) => index).slice(-maxWords)
  for (const start of starts) {
    const found = takeAny(text.slice(start), context)
    if (found?.rest !== '') continue
    return { schedule: found.value, rest: cleaned(text.slice(0, start)) }
  }
  return undefined
}

function takeAny(text: string, { now, timezone }: PhraseContext): Taken<Schedule> | undefined {
  const recurring = takeRecurrence(text, now, timezone) ?? takeRelative(text, now, timezone)
  if (recurring) return recurring
  const date = takeGermanDate(text, now, timezone)
  return date === 'impossible' ? undefined : date
}

async function parseOneOff(text: string, context: PhraseContext): Promise<Phrase | undefined> {
  // What repeats is for our own grammar alone, and so is a date in digits as Germans write it.
  if (/\b(?:every|each|daily|jede[nrs]?|alle|täglich)\b|\b\d{1,2}\.\s?\d{1,2}\./iu.test(text)) {
    return undefined
  }
  const prefersGerman = /^de\b/i.test(context.language ?? '')
  for (const isGerman of [prefersGerman, !prefersGerman]) {
    const found = await findOneOff(text, { ...context, isGerman })
    if (!found) continue
    const rest =
      found.from === 0
        ? text.slice(found.to).trimStart().replace(joining, '').trim()
        : cleaned(text.slice(0, found.from))
    return { schedule: { kind: 'at', at: found.at }, rest }
  }
  return undefined
}

/** What stands before a phrase at the end. */
function cleaned(text: string): string {
  return text
    .trim()
    .replace(joining, '')
    .replace(/[\s,;:–-]+$/u, '')
}
