import type { Address, ChatKind, Disposition, Space } from '../model.ts'
import type { KnownPlace } from '../ports.ts'
import type { EffectOutcome } from './effects.ts'
import type { Facts, InboundRecord, Intake } from './intake.ts'

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
