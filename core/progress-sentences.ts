import type { ProgressStep } from './progress.ts'

type Verb = 'read' | 'change' | 'run' | 'search' | 'browse' | 'delegate' | 'plan'

/** Agents name the same few things differently; whatever is not here is shown by its own name. */
const verbs: readonly (readonly [Verb, RegExp])[] = [
  ['read', /^(read|view|open|cat)(_?file)?s?$/],
  [
    'change',
    /^(write|edit|multi_?edit|patch|apply_?patch|create|str_replace.*|delete|move)(_?file)?$/,
  ],
  ['run', /^(bash|shell|execute|exec|terminal|run)(_?command)?$/],
  ['search', /^(grep|glob|list|ls|search|find|codesearch)(_?files?)?$/],
  ['browse', /^(web_?fetch|fetch|web_?search|browse|http)$/],
  ['delegate', /^(task|agent|subagent)$/],
  ['plan', /^(todo_?write|todo_?read|plan|update_plan)$/],
]

type Words = {
  readonly [V in Verb]: (count: number, title: string) => string
} & { readonly other: (name: string, count: number, title: string) => string }

const english: Words = {
  read: (count, title) => (count === 1 ? `Reading ${title || 'a file'}` : `Reading ${count} files`),
  change: (count, title) =>
    count === 1 ? `Changing ${title || 'a file'}` : `Changing ${count} files`,
  run: (count, title) =>
    count === 1 ? `Running ${title || 'a command'}` : `Running ${count} commands`,
  search: (count, title) => (count === 1 && title !== '' ? `Searching for ${title}` : 'Searching'),
  browse: (count, title) =>
    count === 1 && title !== '' ? `Looking up ${title}` : 'Looking things up',
  delegate: (count, title) =>
    count === 1 ? `Working on ${title || 'a part of it'}` : `Working on ${count} parts of it`,
  plan: () => 'Planning',
  other: (name, count, title) =>
    `Using ${name}${count > 1 ? ` (${count} times)` : ''}${title === '' ? '' : `: ${title}`}`,
}

const german: Words = {
  read: (count, title) => (count === 1 ? `Lese ${title || 'eine Datei'}` : `Lese ${count} Dateien`),
  change: (count, title) =>
    count === 1 ? `Ändere ${title || 'eine Datei'}` : `Ändere ${count} Dateien`,
  run: (count, title) =>
    count === 1 ? `Führe ${title || 'einen Befehl'} aus` : `Führe ${count} Befehle aus`,
  search: (count, title) => (count === 1 && title !== '' ? `Suche ${title}` : 'Suche'),
  browse: (count, title) =>
    count === 1 && title !== '' ? `Schlage ${title} nach` : 'Schlage etwas nach',
  delegate: (count, title) =>
    count === 1 ? `Arbeite an ${title || 'einem Teil davon'}` : `Arbeite an ${count} Teilen davon`,
  plan: () => 'Plane',
  other: (name, count, title) =>
    `Benutze ${name}${count > 1 ? ` (${count}-mal)` : ''}${title === '' ? '' : `: ${title}`}`,
}

/** One step in a few words; `title` stands in it as `quote` puts it. */
export function progressLine(
  { name, count, title = '' }: ProgressStep,
  language: string | undefined,
  quote: (title: string) => string,
): string {
  const words = language?.toLowerCase().split('-')[0] === 'de' ? german : english
  const verb = verbs.find(([, names]) => names.test(name.toLowerCase()))?.[0]
  const quoted = title === '' ? '' : quote(title)
  return verb === undefined ? words.other(quote(name), count, quoted) : words[verb](count, quoted)
}

const maxTitle = 60

/** The steps as lines of markdown, set apart from the answer; empty for none. */
export function progressMarkdown(
  steps: readonly ProgressStep[],
  language: string | undefined,
): string {
  return steps.map((step) => `> ${progressLine(step, language, asCode)}`).join('  \n')
}

/** Whatever it holds, it is shown as it is. */
function asCode(text: string): string {
  const line = text.replaceAll(/[`\s]+/g, ' ').trim()
  const short = line.length > maxTitle ? `${line.slice(0, maxTitle - 1).toWellFormed()}…` : line
  return `\`${short}\``
}
