/** A command cannot be done; the message says why and what to do, and `exitCode` is what the process ends with. */
export class CliError extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode = 1) {
    super(message)
    this.name = 'CliError'
    this.exitCode = exitCode
  }
}

/** No gateway answers. */
export class NotRunningError extends CliError {}
