import type { Address, ChatKind, Chunk, QueueMode } from '../model.ts'
import type { TurnChoices } from '../runtime-port.ts'
import type { JobEffect } from '../scheduler/job-store.ts'
import type { Closing, PersonsAnswer } from './approvals.ts'
import type { ChatSettingsChange } from './conversations.ts'

/** A change of a session's choices: `null` goes back to the default, what is absent stays. */
export type ChoicesChange = { readonly [K in keyof TurnChoices]?: string | null }

/** What a command changes. The reply is worded from the outcome, inside the transaction, so it is never a guess. */
export type Effect =
  | { readonly type: 'none' }
  | { readonly type: 'reset'; readonly sessionKey: string }
  | { readonly type: 'job'; readonly act: JobEffect }
  | { readonly type: 'resume'; readonly sessionKey: string; readonly generation: number }
  | {
      readonly type: 'choose'
      readonly sessionKey: string
      readonly agent: string
      readonly change: ChoicesChange
    }
  /** Queues a run that shortens the session's memory, where there is any; it is answered where the command was. */
  | { readonly type: 'compact'; readonly sessionKey: string; readonly maxAttempts: number }
  | { readonly type: 'stop'; readonly sessionKey: string }
  | {
      readonly type: 'mode'
      readonly sessionKey: string
      readonly agent: string
      readonly mode: QueueMode
    }
  | { readonly type: 'retry'; readonly sessionKey: string }
  | {
      readonly type: 'answer'
      readonly requestId: string
      readonly answer: string
      /** For a question about a chat. */
      readonly welcome?: ChatWelcome
      /** Who answered, for its message. */
      readonly by?: string
      /** What the question's message says from then on; undefined: nothing has to be said there. */
      readonly closing?: (outcome: EffectOutcome) => Closing | undefined
    }
  /** The answer to what a run asks. */
  | {
      readonly type: 'respond'
      readonly requestId: string
      readonly answer: PersonsAnswer
      readonly closing: Closing
    }
  | { readonly type: 'approve'; readonly code: string; readonly isOwner: boolean }
  /** Asks for a check-in of the agent now. */
  | { readonly type: 'heartbeat'; readonly agent: string }
  | { readonly type: 'approve-chat'; readonly address: Address }
  | {
      readonly type: 'settings'
      readonly address: Address
      readonly chatKind: ChatKind
      readonly change: ChatSettingsChange
    }

/** What follows in a chat where somebody asked before an owner allowed it. */
export type ChatWelcome = {
  /** What was sent before is not answered any more. */
  readonly freshAfter: number
  /** Said there; `lateMs` is the age of what was asked when it is not answered any more. */
  readonly chunks: (lateMs: number | undefined) => readonly Chunk[]
}

export type EffectOutcome = {
  /** Whether there was anything to change. */
  readonly isDone: boolean
  /** Runs that were waiting and are now cancelled. */
  readonly cancelled: readonly string[]
  /** The run that is executing and must be aborted by the dispatcher. */
  readonly abort?: string
  /** The run that was made. */
  readonly queued?: string
  /** Why nothing was done, or a name to show: the sender approved, the answer given. */
  readonly detail?: string
  /** Requests of runs that are answered now, to be told to their runtimes. */
  readonly answered?: readonly string[]
  /** The message of the question that was answered says so, or its successor does. */
  readonly closedIn?: Address
}
