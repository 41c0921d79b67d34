import { oneLine } from '../one-line.ts'
import { listIn, objectIn, type Said, textIn } from './said.ts'

const maxTitle = 100
const maxSubject = 4_000

/** A tool call as people read it: what kind it is and what it does; what an update leaves out stays as it was. */
export function describeTool(
  call: Said,
  before?: { readonly name: string; readonly title: string },
): { readonly name: string; readonly title: string } {
  const kind = textIn(call['kind'])
  const said = textIn(call['title'])
  const name = oneLine(textIn(call['name']) ?? before?.name ?? kind ?? said ?? 'tool', maxTitle)
  const subject = subjectOf(call)
  // A title that only repeats the tool's name says nothing yet.
  const isTelling = said !== undefined && said !== name && (/\W/.test(said) || subject !== '')
  const title = subject !== '' && !isTelling ? subject : isTelling ? said : ''
  return { name, title: oneLine(title, maxTitle) || (before?.title ?? '') }
}

/** The command, the address or the paths that a tool call is about; empty where it does not say. */
export function subjectOf(call: Said): string {
  const input = objectIn(call['rawInput'])
  for (const key of [
    'command',
    'url',
    'filePath',
    'filepath',
    'file_path',
    'path',
    'query',
    'pattern',
  ]) {
    const value = input[key]
    if (typeof value === 'string' && value !== '') return value.slice(0, maxSubject)
    const words = listIn(value)
    if (words.length > 0 && words.every((one) => typeof one === 'string')) {
      return words.join(' ').slice(0, maxSubject)
    }
  }
  return ''
}

/** The paths that it names, as it shows them beside itself. */
export function pathsOf(call: Said): readonly string[] {
  return listIn(call['locations'], 20).flatMap((place) => textIn(objectIn(place)['path']) ?? [])
}

/** The changes it is about to make, as lines that were and lines that will be. */
export function diffOf(call: Said): string {
  return listIn(call['content'], 20)
    .map(objectIn)
    .filter(({ type }) => type === 'diff')
    .map((diff) =>
      [
        textIn(diff['path']) ?? '',
        ...marked('-', textIn(diff['oldText'])),
        ...marked('+', textIn(diff['newText'])),
      ].join('\n'),
    )
    .join('\n')
}

function marked(mark: string, text: string | undefined): readonly string[] {
  return text === undefined
    ? []
    : text
        .slice(0, maxSubject)
        .split('\n')
        .map((line) => `${mark} ${line}`)
}
