/** One thing that is wrong with the configuration, worded for the person who wrote it. Never holds a secret. */
export type Problem = {
  /** Dotted, as in `channels.telegram.token`; empty for the file as a whole. */
  readonly path: string
  /** Where in the file, counted from 1; absent where there is no file. */
  readonly line?: number
  readonly column?: number
  /** What is wrong, in one line: what was seen, what is wanted, what to do. */
  readonly text: string
}

/** The configuration cannot be used. `problems` holds every reason, in the order of the file; the process exits 78. */
export class ConfigError extends Error {
  readonly code = 'config'
  readonly exitCode = 78
  readonly problems: readonly Problem[]
  readonly file: string | undefined

  constructor(problems: readonly Problem[], file?: string, cause?: unknown) {
    super(formatProblems(problems, file), cause === undefined ? undefined : { cause })
    this.name = 'ConfigError'
    this.problems = problems
    this.file = file
  }
}

/** The file is no longer the one the caller saw: somebody else changed it. Nothing was written. */
export class ConfigConflictError extends Error {
  readonly code = 'config-conflict'
  readonly file: string

  constructor(file: string) {
    super(`${file} was changed by somebody else meanwhile. Read it again, then repeat your change.`)
    this.name = 'ConfigConflictError'
    this.file = file
  }
}

function formatProblems(problems: readonly Problem[], file: string | undefined): string {
  const subject = file ?? 'The configuration'
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
  return [
    `${subject} has ${count}:`,
    ...problems.map((problem) => `  ${formatProblem(problem)}`),
  ].join('\n')
}

/** `line 4, http.port: saw "abc", wanted a whole number from 0 to 65535` */
function formatProblem({ path, line, column, text }: Problem): string {
  const position = line === undefined ? [] : [`line ${line}`]
  // A key is found by its name; where there is none, the column helps.
  if (path !== '') position.push(path)
  else if (column !== undefined) position.push(`column ${column}`)
  return position.length === 0 ? text : `${position.join(', ')}: ${text}`
}
