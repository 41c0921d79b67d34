/** An answer that names the message of its question: the proof that this message arrived. */
export type Arrival = {
  readonly requestId: string
  /** The platform's id of the message that asks. */
  readonly messageId: string
}

/** A message of the account's own that people point at, and whose id belongs to nothing that is known. */
export type PointedAt = {
  readonly account: string
  readonly chat: string
  readonly messageId: string
  /** What is quoted of it; where nothing is, `sentAt` says which it is. */
  readonly text?: string
  /** By the platform's clock. */
  readonly sentAt?: number
}

/** Questions whose messages are on their way, or may have arrived without anybody knowing. */
export interface ArrivalStore {
  /**
   * The open question that such a message asks, by its id; undefined where the message is known as another, or may be
   * another that is on its way into that chat.
   */
  questionFor(seen: PointedAt): Promise<string | undefined>
}
