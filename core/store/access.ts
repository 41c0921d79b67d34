import type { Address } from '../model.ts'

export type SenderStatus = 'paired' | 'allowed' | 'owner' | 'blocked'

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
