import type { Lease, StoredMessage } from './runs.ts'

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
