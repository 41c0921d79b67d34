import type { Address, Chunk, DeliveryState, Disposition, RunEvent, RunState } from '../model.ts'
import type { DeliveryRow } from './deliveries.ts'
import type { Page } from './page.ts'
import type { RunRow, StoredAttachment } from './runs.ts'

export type TraceStep = { readonly at: number; readonly step: string; readonly detail: string }

export type Trace = {
  readonly message: {
    readonly id: string
    readonly channel: string
    readonly chat: string
    readonly author: string
    readonly text: string
    readonly sentAt: number
    readonly receivedAt: number
    readonly disposition: Disposition
    readonly reason: string | null
    readonly runId: string | null
  } | null
  readonly steps: readonly TraceStep[]
}

/** One line of a chat as its people see it: their messages and what was sent to them. */
export type ChatLine = {
  readonly id: string
  readonly role: 'user' | 'agent' | 'notice'
  readonly text: string
  readonly chunk: Chunk | null
  readonly at: number
  readonly runId: string | null
  readonly runState: RunState | null
  readonly attachments: readonly StoredAttachment[]
}

export type QueueDepth = {
  readonly depth: number
  readonly oldestAt: number | undefined
  readonly executing: number
}

/** Reading, for people and programs. Nothing here changes anything. */
export interface Views {
  run(id: string): Promise<RunRow | undefined>
  runs(args: {
    state?: RunState
    session?: string
    agent?: string
    before?: string
    limit: number
  }): Promise<Page<RunRow>>
  runEvents(runId: string, afterSeq: number, limit: number): Promise<readonly RunEvent[]>
  /** Events of all runs after an id, for the resumable stream. */
  eventsAfter(id: number, limit: number): Promise<readonly RunEvent[]>
  deliveries(args: {
    state?: DeliveryState
    cursor?: string
    limit: number
  }): Promise<Page<DeliveryRow>>
  delivery(id: string): Promise<DeliveryRow | undefined>
  trace(messageOrRunId: string): Promise<Trace | undefined>
  /** The message a person means by replying to it, or their last one in the chat. */
  lastMessage(address: Address, platformId?: string): Promise<string | undefined>
  /** Runs of one session that have not ended, oldest first. */
  openRuns(sessionKey: string): Promise<readonly RunRow[]>
  chat(
    account: string,
    chat: string,
    args: { before?: string; limit: number },
  ): Promise<Page<ChatLine>>
  chatLine(id: string): Promise<ChatLine | undefined>
  chats(
    account: string,
    limit: number,
  ): Promise<readonly { chat: string; title: string; lastAt: number }[]>
  queue(now: number): Promise<QueueDepth>
  counts(): Promise<{
    readonly uncertain: number
    readonly discarded: number
    readonly pendingDeliveries: number
  }>
}
