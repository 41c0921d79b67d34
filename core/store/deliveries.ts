import type { Address, Chunk, DeliveryState, Lane, ReplyRoute } from '../model.ts'
import type { KnownMessage } from '../ports.ts'
import type { Notice } from './intake.ts'

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
