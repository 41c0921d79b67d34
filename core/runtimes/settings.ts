/** The built-in agent that repeats what it is told. `delayMs` is how long it pretends to think. */
export type EchoSettings = {
  readonly type: 'echo'
  readonly prefix: string
  readonly delayMs: number
}

/** A model behind an OpenAI-compatible endpoint. */
export type OpenAiSettings = {
  readonly type: 'openai'
  /** With its version path, for example `https://api.openai.com/v1`. */
  readonly baseUrl: string
  /** Empty where the endpoint wants none. A secret: it appears in no error and no log. */
  readonly apiKey: string
  readonly model: string
  /** How many times the model may be called for one turn. */
  readonly maxSteps: number
  /** What the model takes in, in tokens, its answer included. Absent: 32 000, which every hosted model takes. */
  readonly contextTokens?: number
}

/** An OpenCode server: one that runs at `url`, or, without it, one of our own. */
export type OpenCodeSettings = {
  readonly type: 'opencode'
  readonly url?: string | undefined
  /** Folder the agent works in, as the server sees it. */
  readonly directory: string
  readonly agent?: string | undefined
  /** As `provider/model`. */
  readonly model?: string | undefined
  readonly username: string
  /** Empty where the server wants none. A secret: it appears in no error and no log. */
  readonly password: string
}

/** A program that speaks the Agent Client Protocol on stdin and stdout. */
export type AcpSettings = {
  readonly type: 'acp'
  /** The program and its arguments. */
  readonly command: readonly string[]
  /** Folder it runs and works in. */
  readonly cwd: string
  /** For the program, beside what every program gets. Secrets: they appear in no error and no log of ours. */
  readonly env: Readonly<Record<string, string>>
  /** Id of one of the log-ins it offers, asked for at its start. */
  readonly authMethod?: string | undefined
}

/** What an agent runs on, as the configuration names it. */
export type RuntimeSettings =
  | { readonly type: 'auto' }
  | EchoSettings
  | OpenAiSettings
  | OpenCodeSettings
  | AcpSettings
