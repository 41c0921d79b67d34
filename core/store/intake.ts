import type {
  Address,
  ChatKind,
  Chunk,
  Forward,
  InboundAttachment,
  Lane,
  QueueMode,
  Quote,
  Space,
} from '../model.ts'
import type { SenderStatus } from './access.ts'
import type { Arrival } from './arrivals.ts'
import type { ChatSettings } from './conversations.ts'
import type { Effect, EffectOutcome } from './effects.ts'

/** What is remembered about a chat and a sender, for `decide`. */
export type Facts = {
  readonly senderStatus: SenderStatus | undefined
  /** By an owner's word on the chat, or else on its space. */
  readonly isChatApproved: boolean
  /** An owner closed it: nobody is asked about it again. */
  readonly isChatClosed?: boolean
  readonly isChatAlive: boolean
  readonly settings?: ChatSettings
}

/** What is kept of everything that comes in; unique by account, chat, author, platform id and version. */
export type InboundRecord = {
  readonly kind: 'message' | 'edit' | 'press' | 'reaction'
  readonly address: Address
  readonly chatKind: ChatKind
  readonly chatTitle?: string
  readonly space?: Space
  readonly author: { readonly id: string; readonly name: string; readonly language?: string }
  readonly platformId: string
  readonly version: number
  readonly text: string
  readonly quote?: Quote
  readonly forward?: Forward
  readonly notes: readonly string[]
  readonly attachments: readonly InboundAttachment[]
  readonly sentAt: number
}

/** A message of the gateway's own, to be queued in the same transaction. */
export type Notice = {
  readonly chunks: readonly Chunk[]
  readonly lane: Lane
  /** Its key names it for so long; absent: for ever. */
  readonly namedForMs?: number
}

export type RunIntake = {
  readonly as: 'run'
  readonly agent: string
  readonly sessionKey: string
  /** A session in which nothing happened since then, and nothing waits, starts afresh with this message. */
  readonly freshBefore?: number
  readonly replyTo?: string
  /** The mode of a session that has chosen none. */
  readonly mode: QueueMode
  /** How long to wait for more parts, from now; 0 waits for none. */
  readonly windowMs: number
  /** Longest the window may be stretched by further parts. */
  readonly maxWindowMs: number
  readonly album?: string
  /** It corrects what may be executing: handed to that as in mode `steer`, whatever the mode. */
  readonly isCorrection?: true
  readonly maxAttempts: number
  readonly maxQueued: number
  /** Told once per run when the queue ran over. */
  readonly overflowNotice: () => Notice
  /** How long the run waits for its attachments to be fetched. */
  readonly attachmentsMs: number
}

export type Intake =
  | RunIntake
  | { readonly as: 'observed'; readonly reason: string }
  | { readonly as: 'dropped'; readonly reason: string; readonly notice?: Notice }
  /** Too old to run unasked; asked about by one digest per chat once `settleMs` passed without another. */
  | {
      readonly as: 'held'
      readonly agent: string
      readonly sessionKey: string
      readonly maxAttempts: number
      readonly settleMs: number
      readonly expiresAt: number
    }
  /** Asked in a chat that nobody allowed: kept while an owner is asked, else dropped with a reason that says why not. */
  | {
      readonly as: 'unapproved'
      readonly reason: string
      /** A command is not kept: its time is over when an owner has answered. */
      readonly isKept: boolean
      readonly agent: string
      readonly sessionKey: string
      readonly maxAttempts: number
      readonly question: ChatQuestion
    }
  | {
      readonly as: 'control'
      readonly command: string
      readonly effect: Effect
      readonly reply: (outcome: EffectOutcome) => readonly Chunk[]
      /** It answers a question by its message, which has arrived therefore. */
      readonly arrived?: Arrival
    }
  | {
      readonly as: 'pairing'
      readonly code: { readonly hash: string; readonly salt: string; readonly expiresAt: number }
      readonly maxPending: number
      readonly notice: Notice
    }
  /**
   * A later version of `record.platformId`: replaces it while queued. While it is being answered, `correction` is
   * queued with `note` as a visible line; afterwards it changes nothing.
   */
  | { readonly as: 'edit'; readonly correction: RunIntake; readonly note: string }

/** Whether, and how long, owners are asked about a chat. */
export type ChatQuestion = {
  /** Until then they may answer. */
  readonly expiresAt: number
  /** Open questions about chats of one account. */
  readonly maxPending: number
  /** After a no, or after nobody answered, nothing is asked for so long. */
  readonly restMs: number
}
