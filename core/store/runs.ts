import type {
  AttachmentKind,
  Chunk,
  Forward,
  Quote,
  ReplyRoute,
  RunError,
  RunEventType,
  RunSource,
  RunState,
  StoredFile,
  TurnForm,
} from '../model.ts'
import type { TurnChoices } from '../runtime-port.ts'

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
