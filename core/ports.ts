import type { Readable } from 'node:stream'
import type {
  Address,
  AttachmentKind,
  Chunk,
  Forward,
  InboundAttachment,
  InboundEvent,
  Quote,
  Reply,
  ReplyRoute,
  StoredFile,
  TurnForm,
} from './model.ts'

// --- channels ---------------------------------------------------------------------------------------------------

/** What a platform can do, so that core never asks for the impossible and never names a platform. */
export type Capabilities = {
  /** Longest text of one message, in UTF-16 units. */
  readonly maxTextLength: number
  /** Largest file that can be sent and fetched, in bytes. */
  readonly maxUploadBytes: number
  readonly maxDownloadBytes: number
  readonly canEdit: boolean
  readonly hasButtons: boolean
  readonly hasReactions: boolean
  /** How often a typing sign must be renewed, in milliseconds; 0 where there is none. */
  readonly typingMs: number
  /** Whether deletions by users are reported. */
  readonly reportsDeletions: boolean
}

export type ChannelState = 'starting' | 'up' | 'retrying' | 'failed' | 'off'

/** What a channel is given when it starts: the way in, and a place to say how it is. */
export type ChannelHost = {
  /**
   * Takes what the platform handed over, in its order. Resolves after the commit; only then may the adapter tell the
   * platform. Rejects when nothing was stored, and then the adapter must let the platform repeat it.
   */
  receive(events: readonly InboundEvent[]): Promise<void>
  /** Reports a change of connection; `detail` is one plain sentence without secrets. */
  report(state: ChannelState, detail?: string): void
  /** Proof of inbound life (a completed poll, an acknowledged ping), with or without messages. */
  alive(): void
}

/**
 * A reply as its platform takes it. `overflow` is there when it is too long for a handful of messages: then `chunks`
 * holds the beginning, and core adds the whole as a file.
 */
export type Rendering = {
  readonly chunks: readonly Chunk[]
  readonly overflow?: { readonly text: string; readonly name: string }
}

/** One delivery as an adapter sees it. */
export type OutboundDelivery = {
  readonly id: string
  /** The same over every attempt and restart: the idempotency key where the platform takes one. */
  readonly key: string
  readonly to: ReplyRoute
  readonly chunk: Chunk
  /** Absolute path of `chunk.file` on this machine. */
  readonly filePath?: string
}

export type SentMessage = { readonly id: string }

/** A message id core knows, in the order of time; for proving an uncertain send. */
export type KnownMessage = {
  readonly chat: string
  readonly id: string
  /** When core learned of it, by its own clock. */
  readonly at: number
  readonly isOwn: boolean
}

export type Reconciliation =
  | { readonly outcome: 'sent'; readonly id: string }
  | { readonly outcome: 'not-sent' | 'unknown' }

/**
 * One account of one chat platform. It speaks the platform's protocol and nothing more: no routing, no retries of
 * sends, no storage, no policy. Failures are classified here (`DeliveryError`, `ChannelError`) and decided in core.
 */
export interface ChannelAdapter {
  /** Key in the configuration. */
  readonly name: string
  /** Platform, for example `telegram`. */
  readonly type: string
  readonly capabilities: Capabilities
  /** Pure: splits and formats a reply into messages the platform accepts. Never empty for a non-empty reply. */
  render(reply: Reply): Rendering | Promise<Rendering>
  /**
   * Connects and starts receiving; resolves with the account's id (`telegram:7000001`) once messages can flow.
   * Throws `ChannelError`; core retries with backoff unless it is fatal. After that the adapter keeps its own
   * connection alive and reports through `host`.
   */
  start(host: ChannelHost, signal: AbortSignal): Promise<{ account: string; title: string }>
  /** Sends once. Throws `DeliveryError`. */
  send(delivery: OutboundDelivery, signal: AbortSignal): Promise<SentMessage>
  /** Opens a file of the platform for reading. Throws `DeliveryError`; the caller caps size and time. */
  fetch(attachment: InboundAttachment, signal: AbortSignal): Promise<Readable>
  /** Stops receiving and waits for `receive` calls in flight. Sending goes on. Safe to call twice. */
  pause(): Promise<void>
  /** Disconnects. Safe to call twice, also after a failed start. */
  stop(): Promise<void>
  /** Replaces a sent message. Idempotent: an unchanged message counts as edited. Absent: a new message is sent. */
  edit?(messageId: string, delivery: OutboundDelivery, signal: AbortSignal): Promise<SentMessage>
  /** Shows the typing sign once. Absent: none is shown. */
  typing?(to: Address, signal: AbortSignal): Promise<void>
  /** Sets one reaction, or clears it with `null`. Absent: none is shown. */
  react?(to: Address, messageId: string, emoji: string | null, signal: AbortSignal): Promise<void>
  /**
   * Says what became of an uncertain send begun at `startedAt`. `known` reads the newest known messages of the
   * account anew, because more become known while the adapter looks. Absent: it stays uncertain and is shown.
   */
  reconcile?(
    delivery: OutboundDelivery,
    evidence: { readonly startedAt: number; known(): Promise<readonly KnownMessage[]> },
    signal: AbortSignal,
  ): Promise<Reconciliation>
  /** Tells the platform which commands exist, for its menu. Absent: commands are plain text only. */
  publishCommands?(
    commands: readonly { name: string; description: string }[],
    signal: AbortSignal,
  ): Promise<void>
}

// --- runtimes ---------------------------------------------------------------------------------------------------

export type TurnAttachment = {
  readonly kind: AttachmentKind
  readonly name: string
  /** Why there is no file, as a visible line; then `file` and `path` are absent. */
  readonly unavailable?: string
  readonly file?: StoredFile
  readonly path?: string
  readonly durationMs?: number
}

export type TurnMessage = {
  readonly id: string
  readonly form: TurnForm
  readonly author: { readonly id: string; readonly name: string }
  readonly at: number
  readonly text: string
  readonly quote?: Quote
  readonly forward?: Forward
  readonly notes: readonly string[]
  readonly attachments: readonly TurnAttachment[]
}

/** One earlier exchange of the session, oldest first. */
export type HistoryEntry = {
  readonly role: 'user' | 'assistant'
  readonly text: string
  readonly at: number
}

/** What a runtime is asked to do. */
export type Turn = {
  readonly runId: string
  readonly attempt: number
  readonly agent: string
  readonly session: {
    readonly id: string
    readonly key: string
    /** Grows with every `/new`: a runtime with memory of its own starts afresh. */
    readonly generation: number
    /** What the runtime called its session before (`RuntimeEvent` of type `session`). */
    readonly runtimeSession?: string
  }
  readonly chatKind: 'dm' | 'group' | 'thread' | 'none'
  readonly messages: readonly TurnMessage[]
  /** The prompt's id of an earlier attempt, when one was accepted. */
  readonly promptId?: string
  /** An earlier attempt of this turn was cut off and cannot be re-attached. */
  readonly isInterrupted: boolean
  /** Reads the session's earlier exchanges, newest last, at most `limit`. */
  history(limit: number): Promise<readonly HistoryEntry[]>
}

export type Usage = {
  readonly model?: string
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cachedTokens?: number
  /** Absent when the price is unknown. */
  readonly costUsd?: number
}

export type RuntimeEvent =
  /** The prompt is (about to be) in the runtime's hands under this id; stored before anything else happens. */
  | { readonly type: 'accepted'; readonly promptId: string }
  | { readonly type: 'session'; readonly runtimeSession: string }
  /** The next piece of the visible answer. */
  | { readonly type: 'text'; readonly delta: string }
  | {
      readonly type: 'tool'
      readonly name: string
      readonly state: 'running' | 'completed' | 'failed'
      readonly title?: string
    }
  | { readonly type: 'usage'; readonly usage: Usage }
  /** The turn is over. Nothing comes after it. */
  | { readonly type: 'done'; readonly reply: Reply }

/** Whatever thinks: a local process, an HTTP API, the built-in echo. */
export interface AgentRuntime {
  readonly name: string
  /** Streams one turn and ends with `done`. Throws `RuntimeError`; ends soon after `signal` aborts, by throwing or returning. */
  execute(turn: Turn, signal: AbortSignal): AsyncIterable<RuntimeEvent>
  /** Re-attaches to a turn accepted before a restart. Throws `RuntimeError` with code `lost` when the runtime does not know it. */
  resume?(turn: Turn, signal: AbortSignal): AsyncIterable<RuntimeEvent>
  /** Hands a message to the running turn. Returns false when it is too late for that. */
  steer?(runId: string, message: TurnMessage): Promise<boolean>
  /** One plain sentence on what it is and whether it can work. */
  health?(signal: AbortSignal): Promise<{ readonly isHealthy: boolean; readonly detail: string }>
  close?(): Promise<void>
}

// --- files ------------------------------------------------------------------------------------------------------

/** Files by content. Implemented on disk beside the database. */
export interface BlobStore {
  /** Stores the stream under its hash, or throws `TooLargeError` after `maxBytes`; a half-written file never stays. */
  put(
    stream: Readable,
    maxBytes: number,
    signal?: AbortSignal,
  ): Promise<{ sha256: string; size: number; path: string }>
  path(sha256: string): string
  /** Deletes what is not in `keep`, oldest first, at most `limit`; returns how many went. */
  sweep(
    keep: (sha256: string) => boolean | Promise<boolean>,
    olderThan: number,
    limit: number,
  ): Promise<number>
}
