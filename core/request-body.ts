import { choicesOf } from './request-choices.ts'
import type { RuntimeRequest } from './runtime-port.ts'
import type { Sentences } from './sentences.ts'

/** Stands for the question's number until its row is there; nothing an agent writes contains it. */
export const numberMark = '\uE000'
const marks = new RegExp(numberMark, 'g')
const maxDetailLines = 30

/** `whole`: all that is asked; `short`: what fits into one message on every platform. */
export type BodyForm = 'whole' | 'short'

const limits = {
  whole: { title: 20_000, detail: 1200, answer: 200 },
  short: { title: 300, detail: 600, answer: 60 },
}

/** What is asked, as markdown, with the answers to choose from by number. What is cut ends with `…`. */
export function bodyOf(request: RuntimeRequest, words: Sentences, form: BodyForm): string {
  const max = limits[form]
  const detail = clean(request.detail ?? '')
  const isSaid = detail === '' || clean(request.title).includes(detail)
  const listed = request.kind === 'question' ? listOf(request, max.answer) : ''
  const parts = [
    request.kind === 'permission' ? words.mayI : words.agentAsks,
    literal(clip(clean(request.title), max.title)),
    ...(isSaid || listed !== '' ? [] : [fenced(clipLines(detail, max.detail))]),
    ...(listed === '' ? [] : [listed]),
  ]
  return parts.join('\n\n')
}

/** The answers to choose from, by number, with what the agent says of each. */
function listOf(request: RuntimeRequest, max: number): string {
  const said = (request.detail ?? '').split('\n')
  const lines = choicesOf(request).map(({ label = '' }, index) => {
    const more = said.find((line) => line.startsWith(`${label}: `)) ?? label
    return `${index + 1}\\. ${literal(clip(clean(more).replaceAll('\n', ' '), max))}`
  })
  return lines.join('\n')
}

/** As a block of code that its own backticks cannot end. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${text}\n${fence}`
}

/** Words that are to be read as they are, not as markdown. */
export function literal(text: string): string {
  return text
    .replace(/[\\`*_{}[\]<>~|]/g, '\\$&')
    .replace(/^(\s*)([#+-]|\d+[.)])/gm, (_, space: string, mark: string) =>
      /\d/.test(mark) ? `${space}${mark.slice(0, -1)}\\${mark.slice(-1)}` : `${space}\\${mark}`,
    )
}

export function clean(text: string): string {
  return text.replace(marks, '').toWellFormed()
}

/** At most `max` characters, and then a sign that there was more. */
export function clip(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max).toWellFormed().trimEnd()} …`
}

function clipLines(text: string, max: number): string {
  const lines = text.split('\n')
  const short = lines.slice(0, maxDetailLines).join('\n')
  return clip(short.length < text.length ? `${short} …` : short, max)
}
