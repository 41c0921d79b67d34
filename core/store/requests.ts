import type { Address, ChatKind, Chunk, Sender, Space } from '../model.ts'
import type { RuntimeRequest } from '../runtime-port.ts'
import type { Closings } from './approvals.ts'
import type { ChatQuestion } from './intake.ts'

export type RequestRow = {
  readonly id: string
  readonly kind: 'stale' | 'pairing' | 'chat' | 'permission' | 'question'
  /** Where it is put; absent for what a run asks that has no chat while there is no owner's chat either. */
  readonly address?: Address
  readonly subject: string
  /** What a question about a chat is about. */
  readonly about?: AskedChat
  /** What a run asks. */
  readonly run?: {
    readonly request: RuntimeRequest
    /** Kind of the chat it is put in. */
    readonly chatKind: ChatKind
    /** Whose messages the run answers. */
    readonly authors: readonly {
      readonly channel: string
      readonly account: string
      readonly id: string
    }[]
  }
  /** Of the message that asks, where one was worded. */
  readonly closings?: Closings
  readonly state: 'open' | 'answered' | 'expired' | 'void'
  readonly answer: string | null
  readonly expiresAt: number
}

/** A chat that an owner may allow: it, or the whole space it is in. */
export type AskedChat = {
  readonly address: Address
  readonly title: string | null
  readonly space: { readonly id: string; readonly title: string | null } | null
  /** Who added the bot, or wrote to it; absent where the platform does not say. */
  readonly by: { readonly name: string; readonly language?: string } | null
  readonly isMembership: boolean
}

/** Questions put to people: rows with a deadline, so that they survive any restart. */
export interface RequestStore {
  /** Digests whose chat has been quiet long enough, not yet asked. */
  dueDigests(
    now: number,
  ): Promise<readonly { readonly id: string; readonly address: Address; readonly count: number }[]>
  /** Records that it was asked, with its message, in one step. */
  ask(id: string, chunks: readonly Chunk[], now: number, closings?: Closings): Promise<void>
  /** Notes that the account was added to a chat nobody allowed, unless it was asked about lately. */
  addedToChat(
    address: Address,
    of: { readonly space?: Space; readonly by?: Sender },
    question: ChatQuestion,
    now: number,
  ): Promise<void>
  /** Questions about chats that nobody was asked yet. */
  dueChats(now: number): Promise<readonly { readonly id: string; readonly about: AskedChat }[]>
  /** As `ask`, in an owner's chat. */
  askAboutChat(
    id: string,
    to: Address,
    chunks: readonly Chunk[],
    now: number,
    closings?: Closings,
  ): Promise<void>
  /** There was nobody to ask. */
  putOff(id: string, askAt: number): Promise<void>
  /** The question a message of ours asks, by the platform's id of the message. */
  askedBy(account: string, chat: string, platformId: string): Promise<RequestRow | undefined>
  /** The open question about a chat. */
  openAboutChat(address: Address): Promise<RequestRow | undefined>
  /** Makes a question about a pairing and sends it to an owner's chat. */
  askPairing(
    pairingId: string,
    to: Address,
    chunks: (requestId: string) => readonly Chunk[],
    now: number,
    closings?: Closings,
  ): Promise<void>
  find(id: string): Promise<RequestRow | undefined>
  /** Ends what nobody answered in time; held messages become `expired`. Returns how many. */
  expire(now: number, limit: number): Promise<number>
  /** When something is next due (a digest to ask, a deadline). */
  nextAt(): Promise<number | undefined>
}
