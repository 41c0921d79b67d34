import type { Address, ChatKind } from '../model.ts'

/** Somebody whose words a run answers. */
export type RunAuthor = {
  readonly channel: string
  readonly account: string
  readonly id: string
  readonly name: string
  readonly status: 'paired' | 'allowed' | 'owner' | 'blocked' | undefined
}

/** A conversation as the agent's tools see it. */
export type ToolPlace = {
  /** For example `c12`. */
  readonly id: string
  readonly address: Address
  readonly kind: ChatKind
  readonly title: string | null
  readonly isAlive: boolean
  /** By its own approval, or else its space's. */
  readonly isApproved: boolean
  readonly space: string | null
  /** Whose direct chat it is. */
  readonly person: Omit<RunAuthor, 'channel' | 'account'> | null
}

/** One line of a conversation, of either side. */
export type SpokenLine = {
  /** Id of the message (`m12`) or of the delivery (`d12`). */
  readonly id: string
  readonly author: string
  readonly isOwn: boolean
  readonly text: string
  readonly at: number
}

/** What a tool did, for the record; never what was said. */
export type ToolRecord = {
  readonly tool: string
  /** Who it acted for: ids, or the run's source. */
  readonly actor: string
  readonly target: string
  readonly outcome: string
  readonly isFailure: boolean
}

/** What the agent's tools read, and the record of what they did. Every method is one transaction. */
export interface ToolStore {
  /** The session that an agent's runtime knows under a name of its own; of any agent where that is empty. */
  sessionOf(agent: string, runtimeSession: string): Promise<string | undefined>
  /** Whose words the run answers, without those that are only context; at most 100. */
  authors(runId: string): Promise<readonly RunAuthor[]>
  /** Who made the job that a run is of; `owner` for one that was made outside of any chat. */
  creator(runId: string): Promise<RunAuthor | 'owner' | undefined>
  /** Conversations people can talk in, the latest first, at most `limit`. */
  places(limit: number): Promise<readonly ToolPlace[]>
  place(id: string): Promise<ToolPlace | undefined>
  placeAt(address: Omit<Address, 'channel'>): Promise<ToolPlace | undefined>
  /** The newest lines of one conversation that hold all of `words` (in any case), oldest first. */
  search(
    address: Omit<Address, 'channel'>,
    args: { readonly words: readonly string[]; readonly limit: number },
  ): Promise<readonly SpokenLine[]>
  /** The platform's id of a message or delivery of this conversation. */
  platformId(address: Omit<Address, 'channel'>, id: string): Promise<string | undefined>
  /** Records a call in the audit and, while its lease holds, in the run's history. */
  record(
    lease: { readonly runId: string; readonly token: number },
    record: ToolRecord,
    now: number,
  ): Promise<void>
}
