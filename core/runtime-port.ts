import type { AttachmentKind, Forward, Quote, Reply, StoredFile, TurnForm } from './model.ts'

export type TurnAttachment = {
  readonly kind: AttachmentKind
  readonly name: string
  /** Why there is no file, as a visible line; then `file` and `path` are absent. */
  readonly unavailable?: string
  readonly file?: StoredFile
  readonly path?: string
  readonly durationMs?: number
  /** What is said in it, where that was turned into text. */
  readonly transcript?: string
}

export type TurnMessage = {
  readonly id: string
  readonly form: TurnForm
  readonly author: { readonly id: string; readonly name: string }
  readonly at: number
  readonly text: string
  readonly quote?: Quote
  readonly forward?: Forward
  readonly notes: readonly string[]
  readonly attachments: readonly TurnAttachment[]
}

/** One earlier exchange of the session, oldest first. */
export type HistoryEntry = {
  readonly role: 'user' | 'assistant'
  readonly text: string
  readonly at: number
}

/** Names as the runtime knows them, see `RuntimeCatalog`. */
export type TurnChoices = { readonly model?: string; readonly mode?: string }

/** What can be chosen for a session, as the runtime last said. */
export type RuntimeCatalog = {
  readonly models: readonly { readonly id: string; readonly label: string }[]
  /** What OpenCode calls agents and the Agent Client Protocol modes, for example `build` and `plan`. */
  readonly modes: readonly { readonly id: string; readonly label: string }[]
}

/** What a runtime is asked to do. */
export type Turn = {
  readonly runId: string
  readonly attempt: number
  readonly agent: string
  readonly session: {
    readonly id: string
    readonly key: string
    /** Grows with every `/new`: a runtime with memory of its own starts afresh. */
    readonly generation: number
    /** What the runtime called its session before (`RuntimeEvent` of type `session`). */
    readonly runtimeSession?: string
  }
  readonly chatKind: 'dm' | 'group' | 'thread' | 'none'
  /** What was chosen for the session; absent is the runtime's own default. */
  readonly choices?: TurnChoices
  readonly messages: readonly TurnMessage[]
  /** The prompt's id of an earlier attempt, when one was accepted. */
  readonly promptId?: string
  /** An earlier attempt of this turn was cut off and cannot be re-attached. */
  readonly isInterrupted: boolean
  /** Reads the session's earlier exchanges, newest last, at most `limit`. */
  history(limit: number): Promise<readonly HistoryEntry[]>
}

/** What a model call took, told once it is over. */
export type Usage = {
  /** Unique within the run, where a re-attached turn tells it again: then it is counted once. */
  readonly id?: string
  readonly model?: string
  readonly inputTokens: number
  readonly outputTokens: number
  /** Part of `inputTokens`. */
  readonly cachedTokens?: number
  /** Absent when the price is unknown. */
  readonly costUsd?: number
  /** No call of the turn follows: whatever it cost, the answer is there. */
  readonly isLast?: boolean
}

/** What an agent asks of a person while it works. */
export type RuntimeRequest = {
  /** Unique within its run. */
  readonly id: string
  readonly kind: 'permission' | 'question'
  /** One line: what is to be allowed or decided. */
  readonly title: string
  /** The command, the paths, the change: as the agent words it, so to be shown as quoted. */
  readonly detail?: string
  readonly options: readonly RequestOption[]
  /** The option that stands when nobody answers: it allows nothing. */
  readonly defaultOption: string
  /** Words of the person's own are an answer too. */
  readonly takesText: boolean
  /**
   * What "always" covers, for example `bash: git status *`: a later permission of the agent with the same words needs
   * nobody. Absent: it cannot be given for always. The gateway remembers it, so the runtime is answered "once".
   */
  readonly grant?: string
}

/** `allows`: what choosing it means for a permission; absent for the answers to a question. */
export type RequestOption = {
  readonly id: string
  readonly label: string
  readonly allows?: 'once' | 'always' | 'nothing'
}

/** `note`: said to the agent beside a refusal, so that it can go on in another way. */
export type RequestAnswer =
  | { readonly option: string; readonly note?: string }
  | { readonly text: string }

export type RuntimeEvent =
  /** The prompt is (about to be) in the runtime's hands under this id; stored before anything else happens. */
  | { readonly type: 'accepted'; readonly promptId: string }
  | { readonly type: 'session'; readonly runtimeSession: string }
  /** What the runtime calls its session from now on, where that is more than the beginning of its first message; '' for nothing. */
  | { readonly type: 'title'; readonly title: string }
  /** The next piece of the visible answer. */
  | { readonly type: 'text'; readonly delta: string }
  | {
      readonly type: 'tool'
      readonly name: string
      readonly state: 'running' | 'completed' | 'failed'
      readonly title?: string
    }
  | { readonly type: 'usage'; readonly usage: Usage }
  /**
   * A message handed over with `steer` is part of the turn for certain, whatever `steer` could say of it: also after a
   * restart, and more than once. Comes before `done`.
   */
  | { readonly type: 'steered'; readonly messageId: string }
  /** A line for the run's history that people in the chat need not see. */
  | { readonly type: 'note'; readonly text: string }
  /** The turn waits for an answer, given with `respond`. */
  | { readonly type: 'request'; readonly request: RuntimeRequest }
  /** Whoever answered it, or nobody: it is no longer open. */
  | { readonly type: 'request-closed'; readonly id: string }
  /** The turn is over. Nothing comes after it. */
  | { readonly type: 'done'; readonly reply: Reply }

/** Whatever thinks: a local process, an HTTP API, the built-in echo. */
export interface AgentRuntime {
  readonly name: string
  /**
   * Streams one turn and ends with `done`. Throws `RuntimeError`; with code `lost` when the turn was accepted and its
   * fate is not known. Ends soon after `signal` aborts, by throwing or returning; where the reason is a `DetachedError`,
   * the work may go on for `resume`.
   */
  execute(turn: Turn, signal: AbortSignal): AsyncIterable<RuntimeEvent>
  /** Re-attaches to a turn accepted before a restart. Throws `RuntimeError` with code `lost` when the runtime does not know it. */
  resume?(turn: Turn, signal: AbortSignal): AsyncIterable<RuntimeEvent>
  /**
   * Whether the turn that it executes stays where it is without the gateway's process, to be found by `resume`: also what
   * it asks then stays open. Absent: it ends with that process.
   */
  outlivesGateway?(runId: string): boolean
  /** Answers a request. Returns false when it is no longer open. Throws `RuntimeError` when that cannot be known. */
  respond?(runId: string, requestId: string, answer: RequestAnswer): Promise<boolean>
  /** Hands a message to the running turn. Returns false when it is too late for that. Throws where that is not known. */
  steer?(runId: string, message: TurnMessage): Promise<boolean>
  /** What can be chosen, from memory: it never waits. Undefined until it is known; absent where there is no choice. */
  catalog?(): RuntimeCatalog | undefined
  /** Shortens the session's memory and ends with `done`. Absent: there is nothing to shorten. */
  compact?(turn: Turn, signal: AbortSignal): AsyncIterable<RuntimeEvent>
  /** One plain sentence on what it is and whether it can work. */
  health?(signal: AbortSignal): Promise<{ readonly isHealthy: boolean; readonly detail: string }>
  close?(): Promise<void>
}
