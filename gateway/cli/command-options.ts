import type { Command } from 'commander'

/** What every command takes. */
export type CommandOptions = {
  /** Print JSON for programs instead of text for people. */
  readonly json?: boolean
  /** The configuration file. */
  readonly config?: string
}

/** The options of a command together with those given before it. */
export function optionsOf<Own = object>(command: Command): CommandOptions & Own {
  return command.optsWithGlobals<CommandOptions & Own>()
}
