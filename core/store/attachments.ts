import type { Address, AttachmentKind, InboundAttachment, StoredFile } from '../model.ts'

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
