import type { ApprovalStore, Closing, Closings, PersonsAnswer } from './approval-store.ts'
import type { Arrival, ArrivalStore } from './arrival-store.ts'
import type { GenerationStore } from './generation-store.ts'
import type { HeartbeatStore } from './heartbeat-store.ts'
import type {
  Address,
  AttachmentKind,
  ChatKind,
  Chunk,
  DeliveryState,
  Disposition,
  Forward,
  InboundAttachment,
  Lane,
  QueueMode,
  Quote,
  ReplyRoute,
  RunError,
  RunEvent,
  RunEventType,
  RunSource,
  RunState,
  Sender,
  Space,
  StoredFile,
  TurnForm,
} from './model.ts'
import type { KnownMessage, KnownPlace } from './ports.ts'
import type { HistoryEntry, RuntimeRequest, TurnChoices } from './runtime-port.ts'
import type { JobEffect, JobStore, OccurrenceStore } from './scheduler/job-store.ts'
import type { ToolStore } from './tool-store.ts'
import type { UsageStore } from './usage-store.ts'

/**
 * The only durable state. Every method is one transaction; times are arguments, never read here. Methods are named
 * after the intention, because the intention is the invariant: message and run together, run and deliveries together.
 * Asynchronous, so that one process with SQLite and many processes with PostgreSQL fit alike (docs/adr/0002).
 */
export type Store = {
  readonly inbox: InboxStore
  readonly runs: RunStore
  readonly steering: SteeringStore
  readonly deliveries: DeliveryStore
  readonly sessions: SessionStore
  readonly generations: GenerationStore
  readonly heartbeats: HeartbeatStore
  readonly access: AccessStore
  readonly conversations: ConversationStore
  readonly attachments: AttachmentStore
  readonly requests: RequestStore
  readonly approvals: ApprovalStore
  readonly arrivals: ArrivalStore
  readonly tools: ToolStore
  readonly usage: UsageStore
  readonly jobs: JobStore
  readonly occurrences: OccurrenceStore
  readonly views: Views
  readonly upkeep: Upkeep
  close(): Promise<void>
}

/** One page of a list; `next` continues it. */
export type Page<T> = { readonly items: readonly T[]; readonly next: string | null }

// --- inbox ------------------------------------------------------------------------------------------------------

export type SenderStatus = 'paired' | 'allowed' | 'owner' | 'blocked'

/** What owners chose for one chat; what is absent is as the configuration says. A thread has its chat's where it has none. */
export type ChatSettings = {
  /** Whether the bot acts only when it is addressed. */
  readonly mention?: boolean
  readonly agent?: string
  readonly queue?: QueueMode
  /** Whether an answer is shown while it is written. */
  readonly stream?: boolean
}

/** A change of them: `null` goes back to the default, what is absent stays. */
export type ChatSettingsChange = {
  readonly [K in keyof ChatSettings]?: NonNullable<ChatSettings[K]> | null
}

/** A change of a session's choices: `null` goes back to the default, what is absent stays. */
export type ChoicesChange = { readonly [K in keyof TurnChoices]?: string | null }

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

export type Accepted = {
  /** Undefined when the platform delivered it before. */
  readonly messageId: string | undefined
  readonly disposition: Disposition
  readonly reason?: string
  /** The run it became or joined. */
  readonly runId?: string
  readonly isFolded?: boolean
  readonly isOverflow?: boolean
  /** The waiting run whose messages the queue's bound made lines of the one behind it. */
  readonly superseded?: string
  /** The executing run that `interrupt` mode or a command wants aborted. */
  readonly abort?: string
  /** Whether a pairing request was made (and the owner should hear of it). */
  readonly pairingId?: string
  readonly outcome?: EffectOutcome
  /** The delivery of a question that is proved to have arrived, where that was not known. */
  readonly arrived?: string
}

export interface InboxStore {
  facts(
    of: readonly { address: Address; senderId: string; alias?: string; space?: Space }[],
  ): Promise<readonly Facts[]>
  /** Records everything of one batch or nothing, in order. What was there before comes back without a `messageId`. */
  accept(
    batch: readonly { readonly record: InboundRecord; readonly intake: Intake }[],
    now: number,
  ): Promise<readonly Accepted[]>
  /** Cancels what is still queued of these messages. Returns the ids it knew. */
  withdraw(
    address: Address,
    platformIds: readonly string[],
    now: number,
  ): Promise<readonly string[]>
  /** Notes whether the account can write in a chat, or in one thread of it; what waits where it cannot is discarded. */
  setMembership(
    address: Address,
    chatKind: ChatKind,
    title: string | undefined,
    isMember: boolean,
    now: number,
    space?: Space,
  ): Promise<void>
  /** Where an account has been heard, the latest first, with the newest message stored there. */
  places(account: string, limit: number): Promise<readonly KnownPlace[]>
  /** Moves a chat's conversations, sessions and waiting deliveries to its new id. */
  migrateChat(account: string, from: string, to: string, now: number): Promise<void>
}

// --- runs -------------------------------------------------------------------------------------------------------

/** The right to finish a run: fenced by `token`, which no other claim of the run shares. */
export type Lease = { readonly runId: string; readonly token: number }

export type StoredAttachment = {
  readonly id: string
  readonly ref: string
  readonly kind: AttachmentKind
  readonly name: string
  readonly state: 'pending' | 'stored' | 'unavailable'
  readonly file?: StoredFile
  readonly unavailable?: string
  readonly durationMs?: number
  readonly transcript?: string
}

export type StoredMessage = {
  readonly id: string
  readonly platformId: string
  readonly form: TurnForm
  readonly author: { readonly id: string; readonly name: string }
  readonly sentAt: number
  readonly text: string
  readonly quote?: Quote
  readonly forward?: Forward
  readonly notes: readonly string[]
  readonly attachments: readonly StoredAttachment[]
}

export type SessionRef = {
  readonly id: string
  readonly key: string
  readonly generation: number
  readonly runtimeSession?: string
}

export type ClaimedRun = {
  readonly id: string
  readonly lease: Lease
  readonly attempt: number
  readonly maxAttempts: number
  /** Its attempts were used up before this claim: it may only be failed. */
  readonly isExhausted: boolean
  /** Somebody cancelled it while nobody executed it. */
  readonly isCancelled: boolean
  readonly promptId?: string
  readonly agent: string
  readonly source: RunSource
  /** The job that made it; its usage is counted under it. */
  readonly job?: string
  readonly session: SessionRef
  /** What was chosen for the session. */
  readonly choices: TurnChoices
  /** Absent for a run whose answer stays here (API). */
  readonly route?: ReplyRoute
  /** Whether its chat wants answers to be shown while they are written; absent where nobody chose. */
  readonly stream?: boolean
  readonly messages: readonly StoredMessage[]
  readonly createdAt: number
  /** Why the previous attempt ended, when there was one. */
  readonly lastError?: RunError
}

export type RunRow = {
  readonly id: string
  readonly state: RunState
  readonly sessionId: string
  readonly sessionKey: string
  readonly agent: string
  readonly source: RunSource
  readonly text: string
  readonly reply: { readonly text: string; readonly files: readonly StoredFile[] } | null
  readonly error: RunError | null
  readonly attempt: number
  readonly createdAt: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
  readonly supersededBy: string | null
}

export type RunResult = {
  readonly text: string
  readonly files: readonly StoredFile[]
  readonly chunks: readonly Chunk[]
}

export interface RunStore {
  /**
   * Leases up to `limit` due runs, oldest first, one per session, in time independent of how many rows exist.
   * `nextAt` is when the next one becomes due, if any waits.
   */
  claim(args: {
    owner: string
    now: number
    leaseMs: number
    limit: number
  }): Promise<{ readonly runs: readonly ClaimedRun[]; readonly nextAt: number | undefined }>
  /** Returns the runs whose lease is lost. */
  renew(leases: readonly Lease[], expiresAt: number): Promise<readonly string[]>
  /** All of the following return false (and change nothing) once the lease is lost. */
  notePrompt(lease: Lease, promptId: string): Promise<boolean>
  noteRuntimeSession(lease: Lease, runtimeSession: string): Promise<boolean>
  /** What the runtime calls the run's conversation (one short line), shown instead of its first words; '' for nothing. */
  noteTitle(lease: Lease, title: string): Promise<boolean>
  append(
    lease: Lease,
    events: readonly { type: RunEventType; data: Record<string, unknown> }[],
    now: number,
  ): Promise<boolean>
  /**
   * Queues the first message of an answer that is still being written, once per run: the chunk that ends the run
   * replaces it. Without an id once the lease is lost; `isNew` is false for the one an earlier attempt has sent.
   */
  preview(
    lease: Lease,
    chunk: Chunk,
    now: number,
  ): Promise<{ readonly id: string | undefined; readonly isNew: boolean }>
  /** Ends the run and queues its deliveries; the first one takes the place of a preview. */
  complete(lease: Lease, result: RunResult, now: number): Promise<boolean>
  /** Ends the run; `chunks` is what the person is told. `isAttempt: false` gives the attempt back: it was never begun. */
  fail(
    lease: Lease,
    error: RunError,
    chunks: readonly Chunk[],
    now: number,
    isAttempt?: boolean,
  ): Promise<boolean>
  /**
   * The runtime goes on with the turn of an earlier claim, so this claim's attempt is given back; twenty times for a run,
   * so that one which ends every process that follows it ends too. Returns whether it was.
   */
  reattached(lease: Lease): Promise<boolean>
  /** Puts the run back for another attempt at `notBefore`. */
  retry(lease: Lease, error: RunError, notBefore: number, now: number): Promise<boolean>
  /** Puts the run back with the attempt given back (an orderly shutdown). */
  release(lease: Lease, now: number): Promise<boolean>
  /** Ends a run that was aborted on request. */
  cancelled(lease: Lease, now: number): Promise<boolean>
  /** Puts back what a dead process held: everything of other owners here, expired leases where processes share the store. */
  recover(owner: string, now: number): Promise<readonly string[]>
  /** Makes a run that is nobody's message. Returns the earlier run for a repeated idempotency key. */
  create(
    args: {
      readonly source: RunSource
      readonly text: string
      readonly agent: string
      readonly sessionKey: string
      readonly route?: Omit<ReplyRoute, 'chatKind'>
      readonly attachments: readonly { readonly file: StoredFile; readonly kind: AttachmentKind }[]
      readonly idempotencyKey?: string
      readonly maxAttempts: number
    },
    now: number,
  ): Promise<{ readonly runId: string; readonly isDuplicate: boolean }>
  /** Cancels a queued run at once; of an executing one it says so, and the dispatcher aborts it. */
  requestCancel(
    runId: string,
    now: number,
  ): Promise<'cancelled' | 'executing' | 'finished' | 'unknown'>
  /** Makes a new run with the input of a failed or cancelled one. */
  again(
    runId: string,
    maxAttempts: number,
    now: number,
  ): Promise<string | 'not-finished' | 'unknown'>
}

/** What waits right behind an executing run and is being handed to it. */
export type SteerOffer = {
  /** The queued run. */
  readonly runId: string
  /** The executing one, by the lease under which it was offered. */
  readonly to: Lease
  /** Oldest first. */
  readonly messages: readonly StoredMessage[]
}

/** Queued runs handed to the executing run of their session (mode `steer`, corrections). */
export interface SteeringStore {
  /**
   * Records of what is due right behind these executing runs that it is being handed to them: from now on nothing is
   * folded into it. The record ends with `settle`, or with the lease: after a crash it is a queued run like any other.
   * Only what is to be answered in the same place by the same conversation is handed over. `pending`: the runs that are
   * to be handed over now or later; `nextAt`: when the next of them is due.
   */
  offer(
    leases: readonly Lease[],
    now: number,
  ): Promise<{
    readonly offers: readonly SteerOffer[]
    readonly pending: readonly string[]
    readonly nextAt: number | undefined
  }>
  /**
   * The messages (by id) that the executing run took are part of it from now on. When none is left the queued run is
   * `superseded`, else it is an ordinary one again: `part` if some were taken, `none` if nothing was, or if the
   * executing run has ended meanwhile, is to be stopped, or the queued one is gone. `isCertain: false`: the executing
   * run may have heard the rest all the same, so until it ends who said it counts among its people (`ToolStore.authors`).
   */
  settle(
    offer: SteerOffer,
    answer: { readonly taken: readonly string[]; readonly isCertain: boolean },
    now: number,
  ): Promise<'superseded' | 'part' | 'none'>
  /**
   * The executing run has heard this message for certain, as its runtime says: it is part of it, as with `settle`, if it
   * was offered under this lease or an earlier one of the same turn and waits all the same. Undefined: it does not.
   */
  confirm(
    lease: Lease,
    messageId: string,
    now: number,
  ): Promise<
    | {
        readonly runId: string
        readonly message: StoredMessage
        readonly settled: 'superseded' | 'part'
      }
    | undefined
  >
}

// --- deliveries -------------------------------------------------------------------------------------------------

export type ClaimedDelivery = {
  readonly id: string
  readonly key: string
  readonly runId: string | undefined
  readonly to: ReplyRoute
  readonly lane: Lane
  readonly chunk: Chunk
  /** Platform id of the message it replaces, for an edit. */
  readonly edits?: string
  /** Counts this attempt. */
  readonly attempts: number
  readonly createdAt: number
}

/** A delivery that was discarded together with others. */
export type LostDelivery = Pick<ClaimedDelivery, 'id' | 'key' | 'runId'> & { readonly to: Address }

export type DeliveryRow = {
  readonly id: string
  readonly runId: string | null
  readonly channel: string
  readonly chat: string
  readonly thread: string | null
  readonly lane: Lane
  readonly state: DeliveryState
  readonly attempts: number
  readonly text: string
  readonly file: string | null
  readonly error: string | null
  readonly platformMessageId: string | null
  readonly createdAt: number
  readonly sentAt: number | null
}

export interface DeliveryStore {
  /** Marks due deliveries as being sent, at most one per chat and lane, before anything leaves the machine. */
  claim(args: {
    readonly accounts: readonly string[]
    readonly now: number
    readonly limit: number
  }): Promise<{
    readonly deliveries: readonly ClaimedDelivery[]
    readonly nextAt: number | undefined
  }>
  /**
   * It arrived. No next step waits for this row, so its commit may take a few milliseconds, to be shared. `isNew` is false
   * where that was known, or it was given up, and nothing has changed; `hasNext` says that its lane has a next delivery,
   * which may be claimed from now on.
   */
  sent(
    id: string,
    platformMessageId: string,
    now: number,
  ): Promise<{ readonly isNew: boolean; readonly hasNext: boolean }>
  /** It certainly did not arrive: try again at `notBefore`. `isCounted: false` gives the attempt back (a rate limit). */
  postpone(
    id: string,
    notBefore: number,
    error: string,
    isCounted: boolean,
    now: number,
  ): Promise<void>
  /** It may have arrived; the lane waits until that is settled. */
  uncertain(id: string, error: string, now: number): Promise<void>
  discard(id: string, reason: string, now: number): Promise<void>
  /** What it was to replace cannot be replaced: it is sent as a message of its own. */
  sendAnew(id: string, error: string, now: number): Promise<void>
  /**
   * The platform refuses everything to this chat: discards this and what waits there until `setMembership` says otherwise.
   * Returns what it discarded, this one first, at most 100; nothing if it had been settled.
   */
  killChat(id: string, reason: string, now: number): Promise<readonly LostDelivery[]>
  /** Deliveries of an account to be reconciled, oldest first. */
  unsettled(account: string): Promise<readonly (ClaimedDelivery & { readonly startedAt: number })[]>
  /** Nothing can be proved, and `error` says why: it stays visible as uncertain and the lane moves on. */
  park(id: string, error: string, now: number): Promise<void>
  /** The last `limit` message ids known on an account, both directions. */
  known(account: string, limit: number): Promise<readonly KnownMessage[]>
  /** What a dead process was sending becomes uncertain. Returns how many. */
  recover(now: number): Promise<number>
  /** Queues messages outside any run (notices, `jackdaw send`); returns their ids. */
  queue(
    to: Omit<ReplyRoute, 'chatKind'>,
    notice: Notice,
    key: string,
    now: number,
  ): Promise<readonly string[]>
  /** Puts a discarded or uncertain delivery back. */
  again(id: string, now: number): Promise<boolean>
}

// --- the rest ---------------------------------------------------------------------------------------------------

export type SessionRow = {
  readonly id: string
  readonly key: string
  readonly agent: string
  readonly generation: number
  readonly mode: QueueMode | null
  readonly choices: TurnChoices
  readonly channel: string | null
  readonly chat: string | null
  /** The chat's, else what the runtime calls the present conversation. */
  readonly title: string | null
  readonly createdAt: number
  readonly lastAt: number
}

export interface SessionStore {
  find(idOrKey: string): Promise<SessionRow | undefined>
  list(args: { cursor?: string; limit: number }): Promise<Page<SessionRow>>
  /** Starts afresh as `/new` does. Returns the executing run to abort, if any. */
  reset(id: string, now: number): Promise<EffectOutcome>
  setMode(id: string, mode: QueueMode): Promise<void>
  choose(id: string, change: ChoicesChange): Promise<void>
  /** Completed exchanges of the session's present generation before a run, newest last. */
  history(
    sessionId: string,
    generation: number,
    beforeRun: string,
    limit: number,
  ): Promise<readonly HistoryEntry[]>
}

export type PairingRow = {
  readonly id: string
  readonly channel: string
  readonly account: string
  readonly sender: string
  readonly senderName: string
  readonly createdAt: number
  readonly expiresAt: number
}

export type SenderRow = {
  readonly account: string
  readonly channel: string
  readonly id: string
  readonly name: string
  readonly status: SenderStatus
  readonly at: number
}

export type ApprovalResult =
  | { readonly result: 'approved'; readonly sender: SenderRow; readonly chat: Address }
  | { readonly result: 'unknown' | 'expired' }
  | { readonly result: 'locked'; readonly until: number }

export interface AccessStore {
  pairings(now: number): Promise<readonly PairingRow[]>
  /** By id (`p3`) or by code; five wrong codes lock approval by code for an hour. */
  approve(idOrCode: string, isOwner: boolean, now: number): Promise<ApprovalResult>
  reject(id: string, now: number): Promise<boolean>
  senders(): Promise<readonly SenderRow[]>
  setSender(
    sender: { account: string; channel: string; id: string; name: string },
    status: SenderStatus,
    now: number,
  ): Promise<void>
  /** Takes every right away; the sender is a stranger again. */
  removeSender(account: string, id: string, now: number): Promise<boolean>
  /**
   * Allows a chat with its threads (`true`), closes it (`false`), or forgets what was said of it (`null`). An open
   * question about it is over.
   */
  approveChat(address: Address, isApproved: boolean | null, now: number): Promise<void>
  /** The same for everything in a space. */
  approveSpace(
    account: string,
    spaceId: string,
    isApproved: boolean | null,
    now: number,
  ): Promise<void>
  /** The platform's hint of a sender's language, when it gave one. */
  language(account: string, senderId: string): Promise<string | undefined>
  /** The direct chat of a sender, when one is known and alive. */
  directChat(account: string, senderId: string): Promise<Address | undefined>
}

export type ConversationView = {
  readonly id: string
  readonly address: Address
  readonly kind: ChatKind
  readonly title: string | null
  readonly isAlive: boolean
  /** By its own approval, or else its space's. */
  readonly isApproved: boolean
  readonly space: {
    readonly id: string
    readonly title: string | null
    readonly isApproved: boolean
  } | null
  /** What was chosen for it, not what it has from its chat. */
  readonly settings: ChatSettings
}

export interface ConversationStore {
  /** Newest first. */
  list(args: { cursor?: string; limit: number }): Promise<Page<ConversationView>>
  find(id: string): Promise<ConversationView | undefined>
  /** By its place; `person` is whose direct chat it is, where that is known. */
  at(address: Address): Promise<(ConversationView & { readonly person?: string }) | undefined>
  /** Returns false for an id that is not known. */
  configure(id: string, change: ChatSettingsChange): Promise<boolean>
}

export type PendingAttachment = {
  readonly id: string
  readonly address: Address
  readonly attachment: InboundAttachment
}

export interface AttachmentStore {
  pending(limit: number): Promise<readonly PendingAttachment[]>
  /** Records the file, with what is said in it; the last one of a run makes the run due. */
  stored(id: string, file: StoredFile, now: number, transcript?: string): Promise<void>
  /** `reason` is a visible line such as `[photo, 31 MB: too large]`. */
  unavailable(id: string, reason: string, now: number): Promise<void>
  /**
   * Lets go of the files of messages received before `before` whose run is over, at most `limit`; `line` words what
   * stands in their place. Returns how many.
   */
  expire(
    before: number,
    limit: number,
    line: (attachment: { readonly kind: AttachmentKind; readonly name: string }) => string,
  ): Promise<number>
  /**
   * Whether a file must stay: a message has it, or a delivery that has not ended or was queued at `since` or later.
   */
  isReferenced(sha256: string, since: number): Promise<boolean>
  find(sha256: string): Promise<StoredFile | undefined>
}

export type RequestRow = {
  readonly id: string
  readonly kind: 'stale' | 'pairing' | 'chat' | 'permission' | 'question'
  /** Where it is put; absent for what a run asks that has no chat while there is no owner's chat either. */
  readonly address?: Address
  readonly subject: string
  /** What a question about a chat is about. */
  readonly about?: AskedChat
  /** What a run asks. */
  readonly run?: {
    readonly request: RuntimeRequest
    /** Kind of the chat it is put in. */
    readonly chatKind: ChatKind
    /** Whose messages the run answers. */
    readonly authors: readonly {
      readonly channel: string
      readonly account: string
      readonly id: string
    }[]
  }
  /** Of the message that asks, where one was worded. */
  readonly closings?: Closings
  readonly state: 'open' | 'answered' | 'expired' | 'void'
  readonly answer: string | null
  readonly expiresAt: number
}

/** A chat that an owner may allow: it, or the whole space it is in. */
export type AskedChat = {
  readonly address: Address
  readonly title: string | null
  readonly space: { readonly id: string; readonly title: string | null } | null
  /** Who added the bot, or wrote to it; absent where the platform does not say. */
  readonly by: { readonly name: string; readonly language?: string } | null
  readonly isMembership: boolean
}

/** Questions put to people: rows with a deadline, so that they survive any restart. */
export interface RequestStore {
  /** Digests whose chat has been quiet long enough, not yet asked. */
  dueDigests(
    now: number,
  ): Promise<readonly { readonly id: string; readonly address: Address; readonly count: number }[]>
  /** Records that it was asked, with its message, in one step. */
  ask(id: string, chunks: readonly Chunk[], now: number, closings?: Closings): Promise<void>
  /** Notes that the account was added to a chat nobody allowed, unless it was asked about lately. */
  addedToChat(
    address: Address,
    of: { readonly space?: Space; readonly by?: Sender },
    question: ChatQuestion,
    now: number,
  ): Promise<void>
  /** Questions about chats that nobody was asked yet. */
  dueChats(now: number): Promise<readonly { readonly id: string; readonly about: AskedChat }[]>
  /** As `ask`, in an owner's chat. */
  askAboutChat(
    id: string,
    to: Address,
    chunks: readonly Chunk[],
    now: number,
    closings?: Closings,
  ): Promise<void>
  /** There was nobody to ask. */
  putOff(id: string, askAt: number): Promise<void>
  /** The question a message of ours asks, by the platform's id of the message. */
  askedBy(account: string, chat: string, platformId: string): Promise<RequestRow | undefined>
  /** The open question about a chat. */
  openAboutChat(address: Address): Promise<RequestRow | undefined>
  /** Makes a question about a pairing and sends it to an owner's chat. */
  askPairing(
    pairingId: string,
    to: Address,
    chunks: (requestId: string) => readonly Chunk[],
    now: number,
    closings?: Closings,
  ): Promise<void>
  find(id: string): Promise<RequestRow | undefined>
  /** Ends what nobody answered in time; held messages become `expired`. Returns how many. */
  expire(now: number, limit: number): Promise<number>
  /** When something is next due (a digest to ask, a deadline). */
  nextAt(): Promise<number | undefined>
}

export type TraceStep = { readonly at: number; readonly step: string; readonly detail: string }
export type Trace = {
  readonly message: {
    readonly id: string
    readonly channel: string
    readonly chat: string
    readonly author: string
    readonly text: string
    readonly sentAt: number
    readonly receivedAt: number
    readonly disposition: Disposition
    readonly reason: string | null
    readonly runId: string | null
  } | null
  readonly steps: readonly TraceStep[]
}

/** One line of a chat as its people see it: their messages and what was sent to them. */
export type ChatLine = {
  readonly id: string
  readonly role: 'user' | 'agent' | 'notice'
  readonly text: string
  readonly chunk: Chunk | null
  readonly at: number
  readonly runId: string | null
  readonly runState: RunState | null
  readonly attachments: readonly StoredAttachment[]
}

export type QueueDepth = {
  readonly depth: number
  readonly oldestAt: number | undefined
  readonly executing: number
}

/** Reading, for people and programs. Nothing here changes anything. */
export interface Views {
  run(id: string): Promise<RunRow | undefined>
  runs(args: {
    state?: RunState
    session?: string
    agent?: string
    before?: string
    limit: number
  }): Promise<Page<RunRow>>
  runEvents(runId: string, afterSeq: number, limit: number): Promise<readonly RunEvent[]>
  /** Events of all runs after an id, for the resumable stream. */
  eventsAfter(id: number, limit: number): Promise<readonly RunEvent[]>
  deliveries(args: {
    state?: DeliveryState
    cursor?: string
    limit: number
  }): Promise<Page<DeliveryRow>>
  delivery(id: string): Promise<DeliveryRow | undefined>
  trace(messageOrRunId: string): Promise<Trace | undefined>
  /** The message a person means by replying to it, or their last one in the chat. */
  lastMessage(address: Address, platformId?: string): Promise<string | undefined>
  /** Runs of one session that have not ended, oldest first. */
  openRuns(sessionKey: string): Promise<readonly RunRow[]>
  chat(
    account: string,
    chat: string,
    args: { before?: string; limit: number },
  ): Promise<Page<ChatLine>>
  chatLine(id: string): Promise<ChatLine | undefined>
  chats(
    account: string,
    limit: number,
  ): Promise<readonly { chat: string; title: string; lastAt: number }[]>
  queue(now: number): Promise<QueueDepth>
  counts(): Promise<{
    readonly uncertain: number
    readonly discarded: number
    readonly pendingDeliveries: number
  }>
}

export interface Upkeep {
  /** Copies what the log holds into the database file and empties the log. Returns the log's size in bytes before. */
  checkpoint(): Promise<number>
  walBytes(): number
  /** Deletes finished work older than `before`, at most `limit` rows a call. Returns how many went. */
  prune(before: number, limit: number): Promise<number>
  /** A consistent copy while everything runs. */
  backup(file: string): Promise<void>
  /** Rows that break a promise ("every message ends somewhere"): must always be empty. */
  violations(now: number): Promise<readonly string[]>
}
