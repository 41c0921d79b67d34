import type { AssistantMessage } from '@opencode-ai/sdk/v2/client'

/** What the agent does next in a turn. A tool ends a message of its, as with the real one; what follows is in the next. */
export type OpenCodeStep =
  | { readonly type: 'text'; readonly text: string; readonly pieceLength?: number }
  | { readonly type: 'reasoning'; readonly text: string }
  | {
      readonly type: 'tool'
      readonly name: string
      readonly title?: string
      readonly error?: string
    }
  /** Asks before the tool runs. A refusal with words is told to the model, one without ends the turn. */
  | { readonly type: 'permission'; readonly command: string }
  | {
      readonly type: 'question'
      readonly questions: readonly string[]
      readonly options: readonly string[]
    }
  /** A tool that works in a session of its own. */
  | { readonly type: 'child'; readonly tool: string }
  /** Ends the turn. `isStored`: in a message, as the provider's failures are; else only in an event. */
  | {
      readonly type: 'error'
      readonly error: NonNullable<AssistantMessage['error']>
      readonly isStored?: boolean
    }
  /** Waits until the test lets it go on, or for an abort. */
  | { readonly type: 'wait'; readonly until: Promise<void> }

/** What is wrong with the server. Every one can be switched while it runs. */
export type OpenCodeFaults = {
  /** Event streams stay open and say nothing more, not even a heartbeat. */
  isHalfOpen: boolean
  /** Prompts get their 204 and are forgotten. */
  swallowsPrompts: boolean
  /** Prompts to a busy session are stored, and its loop ends without having seen them. */
  overlooksPrompts: boolean
  /** Prompts to a busy session get their 204, and are stored once this resolves. */
  storesLate: Promise<void> | undefined
  /** Prompts to a busy session are stored and never get an answer. */
  hangsPrompts: boolean
  /** So many requests for its health are never answered, as while it boots. */
  hangingProbes: number
  /** Every request is answered with this page, as by a proxy. */
  page: { readonly status: number; readonly html: string } | undefined
  /** It is OpenCode 2.x. */
  isSecond: boolean
  /** An abort is answered, and nothing is aborted. */
  ignoresAborts: boolean
}

export const noFaults: OpenCodeFaults = {
  isHalfOpen: false,
  swallowsPrompts: false,
  overlooksPrompts: false,
  storesLate: undefined,
  hangsPrompts: false,
  hangingProbes: 0,
  page: undefined,
  isSecond: false,
  ignoresAborts: false,
}
