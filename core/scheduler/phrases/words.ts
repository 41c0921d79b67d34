/** From Sunday, each by every name it goes by in English and German. */
const weekdayNames = [
  ['sunday', 'sun', 'sonntag'],
  ['monday', 'mon', 'montag'],
  ['tuesday', 'tues', 'tue', 'dienstag'],
  ['wednesday', 'wed', 'mittwoch'],
  ['thursday', 'thurs', 'thur', 'thu', 'donnerstag'],
  ['friday', 'fri', 'freitag'],
  ['saturday', 'sat', 'samstag', 'sonnabend'],
]

const monthNames = [
  ['january', 'jan', 'januar', 'jänner'],
  ['february', 'feb', 'februar'],
  ['march', 'mar', 'märz', 'mär'],
  ['april', 'apr'],
  ['may', 'mai'],
  ['june', 'jun', 'juni'],
  ['july', 'jul', 'juli'],
  ['august', 'aug'],
  ['september', 'sept', 'sep'],
  ['october', 'oct', 'oktober', 'okt'],
  ['november', 'nov'],
  ['december', 'dec', 'dezember', 'dez'],
]

const numberNames = [
  ['zero', 'null'],
  ['one', 'a', 'an', 'ein', 'eine', 'einer', 'einem', 'einen'],
  ['two', 'zwei'],
  ['three', 'drei'],
  ['four', 'vier'],
  ['five', 'fünf'],
  ['six', 'sechs'],
  ['seven', 'sieben'],
  ['eight', 'acht'],
  ['nine', 'neun'],
  ['ten', 'zehn'],
  ['eleven', 'elf'],
  ['twelve', 'zwölf'],
]

/** Patterns that match one of the names, the longest first. */
export const weekdayPattern = patternOf(weekdayNames)
export const monthPattern = patternOf(monthNames)
export const numberPattern = String.raw`(?:\d{1,5}|${patternOf(numberNames)})`

/** 0 is Sunday; the text is what `weekdayPattern` matched. */
export function weekdayOf(text: string): number {
  return indexOf(weekdayNames, text)
}

/** From 1; the text is what `monthPattern` matched. */
export function monthOf(text: string): number {
  return indexOf(monthNames, text) + 1
}

/** The text is what `numberPattern` matched. */
export function numberOf(text: string): number {
  return /^\d/.test(text) ? Number(text) : indexOf(numberNames, text)
}

function indexOf(names: readonly (readonly string[])[], text: string): number {
  return names.findIndex((group) => group.includes(text.toLowerCase()))
}

function patternOf(names: readonly (readonly string[])[]): string {
  const longestFirst = names.flat().sort((one, other) => other.length - one.length)
  return `(?:${longestFirst.join('|')})`
}
