import type { Sender } from '../../core/model.ts'

/** Who we are, and what is remembered: everything that reading an envelope takes besides it. */
export type InboundContext = {
  readonly channel: string
  readonly account: string
  /** The uuid of the account, or its number while the uuid is not known. */
  readonly ownId: string
  readonly number: string
  readonly nameOf: (id: string) => string | undefined
  /** The id of a message's first version, given the id of any version. */
  readonly originalOf: (messageId: string) => string
  /** Whether we sent this message ourselves. */
  readonly isOwnSend: (messageId: string) => boolean
  /** What is known of a group without asking. */
  readonly groupOf: (id: string) => GroupFacts | undefined
}

/** What the REST API says of a group. */
export type GroupFacts = {
  readonly title: string | undefined
  readonly isMember: boolean
  /** Asked to join, and not answered yet. */
  readonly isInvited: boolean
  readonly isAdmin: (sender: Sender) => boolean
}
