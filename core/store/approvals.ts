import type { Address, Chunk } from '../model.ts'
import type { RequestAnswer, RuntimeRequest } from '../runtime-port.ts'
import type { Page } from './page.ts'
import type { Lease } from './runs.ts'

/**
 * What the message of a question says once the question is over. `isEdit`: in place of the question; otherwise the
 * channel cannot change a message, and it is a line of its own.
 */
export type Closing = { readonly chunk: Chunk; readonly isEdit: boolean }

/** Worded when the question is asked, because it ends where nobody knows the chat's language. */
export type Closings = {
  readonly isEdit: boolean
  /** Nobody answered in time. */
  readonly expired: Chunk
  /** Nobody needs the answer any more. */
  readonly void: Chunk
  /** The question without the way to answer it, for the line that says who answered. */
  readonly body?: string
}

/** A request of a runtime on its way to people. */
export type RunQuestion = {
  readonly request: RuntimeRequest
  readonly expiresAt: number
  /** What the runtime is told where the same was allowed for always. */
  readonly granted: RequestAnswer
  /** What it is told when nobody answers, and when it asks too much at a time. */
  readonly unanswered: RequestAnswer
  readonly tooMany: RequestAnswer
  /** Where it is put instead of its run's chat. Without either, only the API and the command line show it. */
  readonly place?: Address
  readonly message: (requestId: string) => {
    /** What the message that asks does not hold, to be sent before it. */
    readonly lead?: readonly Chunk[]
    readonly chunks: readonly Chunk[]
    readonly closings: Closings
  }
}

export type ApprovalState = 'open' | 'answered' | 'expired' | 'void'

/** What became of a request that a runtime names. `tell` is what it is to be told once the request is not open. */
export type RunAsked = {
  readonly id: string
  readonly state: ApprovalState
  readonly isNew: boolean
  readonly tell: RequestAnswer
}

/** What people have decided, ready for one transaction. */
export type PersonsAnswer = {
  /** What the runtime is told. */
  readonly told: RequestAnswer
  /** In a word or so, for whoever looks later. */
  readonly words: string
  readonly by: string
  /** Allows the same from now on, in the run's session or for its whole agent. */
  readonly grant?: 'session' | 'agent'
}

export type ApprovalRow = {
  readonly id: string
  readonly state: ApprovalState
  readonly runId: string
  readonly agent: string
  readonly sessionKey: string
  readonly request: RuntimeRequest
  /** Where it was put, if anywhere. */
  readonly address: Address | null
  readonly askedAt: number
  readonly expiresAt: number
  readonly endedAt: number | null
  readonly answer: string | null
  readonly answeredBy: string | null
}

/** A permission that is given without asking. */
export type GrantRow = {
  readonly id: string
  readonly agent: string
  /** Null: in every session of the agent. */
  readonly sessionKey: string | null
  readonly words: string
  readonly by: string
  readonly at: number
}

/** What came of an answer; as the outcome of a command. */
export type AnswerOutcome = {
  readonly isDone: boolean
  readonly cancelled: readonly string[]
  readonly detail?: string
  readonly answered?: readonly string[]
  readonly closedIn?: Address
}

/**
 * What runs ask of people. Invariants: a request is asked once, however often its runtime names it; one answer counts;
 * whatever ends a request also changes its message and lets its run go on, in one transaction.
 */
export interface ApprovalStore {
  /**
   * Records a request with its message and makes the run wait. A request that is known comes back as it stands; one
   * equal to an open one of its run shares that one's message and answer; one that was allowed for always is answered.
   * Undefined once the lease is lost.
   */
  ask(lease: Lease, question: RunQuestion, now: number): Promise<RunAsked | undefined>
  /** The runtime does not wait for it any more, by the runtime's own id. Returns false once the lease is lost. */
  close(lease: Lease, runtimeId: string, now: number): Promise<boolean>
  /**
   * The turn that asked is gone: its requests are void, and the next turn's are new ones, whatever their ids. With
   * `idStart` only those whose ids begin so, also if they were answered and nobody took the answer.
   */
  closeAll(lease: Lease, now: number, idStart?: string): Promise<void>
  /** What is open and was put nowhere, oldest first. */
  unplaced(limit: number): Promise<readonly { id: string; request: RuntimeRequest }[]>
  /** Puts it there, unless it is over or was put somewhere meanwhile. */
  place(id: string, place: Address, message: RunQuestion['message'], now: number): Promise<void>
  /** The first answer wins; `detail` says why another changes nothing. */
  answer(id: string, answer: PersonsAnswer, closing: Closing, now: number): Promise<AnswerOutcome>
  /** Gives what nobody answered in time its default. Returns the requests that are over. */
  expire(now: number, limit: number): Promise<readonly string[]>
  /** The runtime has the answer. */
  told(id: string, now: number): Promise<void>
  /** The runtime did not know the request any more: it is void after all, and its message says so. */
  refused(id: string, now: number): Promise<void>
  /** As `ask` said it, and as it stands now. */
  stateOf(id: string): Promise<RunAsked | undefined>
  find(id: string): Promise<ApprovalRow | undefined>
  /** Newest first; those that share another's message are not listed. */
  list(args: {
    readonly state?: ApprovalState
    readonly cursor?: string
    readonly limit: number
  }): Promise<Page<ApprovalRow>>
  /** Newest first. */
  grants(args: { readonly cursor?: string; readonly limit: number }): Promise<Page<GrantRow>>
  /** From now on people are asked again. Returns false for an id that is not known. */
  revoke(grantId: string): Promise<boolean>
}
