/** What the scripted agent does in one turn, one after the other; then the turn ends with `end_turn`. */
export type AcpAct =
  | { readonly do: 'text'; readonly text: string; readonly message?: string }
  | { readonly do: 'thought'; readonly text: string }
  /** Any `session/update`, as it is. */
  | { readonly do: 'update'; readonly update: Readonly<Record<string, unknown>> }
  /** The same text again and again. */
  | { readonly do: 'flood'; readonly text: string; readonly times: number }
  /** Bytes to stdout, as they are; base64. */
  | { readonly do: 'raw'; readonly bytes: string }
  /** Asks for a permission and says what was chosen. */
  | { readonly do: 'permission'; readonly request: Readonly<Record<string, unknown>> }
  /** Asks with a form and says what was answered. */
  | { readonly do: 'question'; readonly schema: Readonly<Record<string, unknown>> }
  /** Waits for a cancel, and then for the file `until` in its folder; ends with `cancelled`, after `late` was said. */
  | { readonly do: 'hang'; readonly late?: string; readonly until?: string }
  /** Never ends, whatever is asked. */
  | { readonly do: 'ignore' }
  | { readonly do: 'die'; readonly code: number }
  /** Begins a program that never ends, in its own group or in another; its id is noted. */
  | { readonly do: 'fork'; readonly isDetached: boolean }
  | {
      readonly do: 'error'
      readonly code: number
      readonly message: string
      readonly data?: unknown
    }
  | {
      readonly do: 'stop'
      readonly reason: string
      readonly usage?: Readonly<Record<string, number>>
    }

/** How the scripted agent begins, in the variable `ACP_AGENT`; its turns are in `rules.json` in its `folder`. */
export type AcpAgentOptions = {
  readonly folder: string
  /** What it does instead of beginning properly. */
  readonly begin?: 'exit' | 'garbage' | 'silent' | 'banner' | 'deaf'
  readonly version?: number
  readonly wantsLogin?: boolean
  /** The variable without which it refuses to be logged in. */
  readonly loginNeeds?: string
  readonly canResume?: boolean
  readonly canLoad?: boolean
  readonly canClose?: boolean
  readonly takes?: readonly ('image' | 'audio' | 'embeddedContext')[]
  readonly takesHttpTools?: boolean
  readonly options?: readonly Readonly<Record<string, unknown>>[]
  readonly modes?: Readonly<Record<string, unknown>>
  readonly isStubborn?: boolean
}

/** The acts of the first rule whose text is in the prompt. */
export type AcpRule = { readonly text: string; readonly acts: readonly AcpAct[] }

/** What the agent notes of its life, one JSON text a line in `notes.jsonl`. */
export type AcpNote = {
  readonly what:
    | 'start'
    | 'initialize'
    | 'authenticate'
    | 'new'
    | 'resume'
    | 'load'
    | 'close'
    | 'prompt'
    | 'cancel'
    | 'fork'
    | 'set'
    | 'chosen'
  readonly pid: number
  readonly detail?: unknown
}
