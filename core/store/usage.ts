import type { RunSource } from '../model.ts'
import type { Usage } from '../runtime-port.ts'

/** One model call or a few, with everything it is counted under. */
export type UsagePiece = {
  readonly runId: string
  readonly session: { readonly id: string; readonly generation: number }
  readonly agent: string
  readonly source: RunSource
  /** Who asked, as `telegram:111`; absent where no person did. */
  readonly sender?: string
  readonly job?: string
  /** With its cost where the price is known. */
  readonly usage: Usage
  /** The local day it is counted under, `2026-11-22`. */
  readonly day: string
}

/** What was spent. `costUsd` leaves out what has no price, and `unpriced` says how many pieces that were. */
export type Spent = {
  readonly inputTokens: number
  readonly outputTokens: number
  /** Part of `inputTokens`. */
  readonly cachedTokens: number
  readonly costUsd: number
  readonly unpriced: number
}

/** What an agent spent for a sender; an absent one stands for all. */
export type UsageScope = { readonly agent?: string; readonly sender?: string }

export type UsageDimension = 'agent' | 'model' | 'session' | 'sender' | 'job'

/** `key` is null for what has none: an unknown model, a run that nobody asked for, one without a job. */
export type UsageTotal = Spent & { readonly key: string | null; readonly runs: number }

/** What runs cost, piece by piece, and what was spent on a day. */
export interface UsageStore {
  /**
   * Stores a piece and adds it to the sums of its day and session. False where the run has told this piece before:
   * then nothing changes.
   */
  record(piece: UsagePiece, now: number): Promise<boolean>
  /** What was spent on a local day in each of these scopes, in time independent of how much was done. */
  day(day: string, scopes: readonly UsageScope[]): Promise<readonly Spent[]>
  /** What a session has spent since it was last begun afresh. */
  session(id: string, generation: number): Promise<Spent>
  /** Notes that a limit was explained; false when it was noted for this day and key before. */
  explained(day: string, key: string, now: number): Promise<boolean>
  /** What was spent from `from` until before `to`, the most tokens first, with the sum of all of it. */
  totals(args: {
    readonly from: number
    readonly to: number
    readonly by: UsageDimension
    readonly cursor?: string
    readonly limit: number
  }): Promise<{
    readonly items: readonly UsageTotal[]
    readonly next: string | null
    readonly total: Omit<UsageTotal, 'key'>
  }>
}
