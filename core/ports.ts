import type { Readable } from 'node:stream'
import type {
  Address,
  ChatKind,
  Chunk,
  InboundAttachment,
  InboundEvent,
  Reply,
  ReplyRoute,
} from './model.ts'

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
  /** Whether people can reply to one message in particular. */
  readonly hasReplies: boolean
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
  /**
   * Where the account has been heard, the latest first: what an adapter asks its platform about after a time in which
   * it heard nothing.
   */
  places(account: string, limit: number): Promise<readonly KnownPlace[]>
  /**
   * Tells the owners of something only a person can mend (a changed safety number, a captcha), once a day per `key`.
   * Never rejects.
   */
  notice(key: string, text: string): Promise<void>
}

/** A chat or thread, with the newest message of a person that is stored of it. */
export type KnownPlace = {
  readonly address: Address
  readonly chatKind: ChatKind
  readonly lastMessageId: string
  /** When that message was stored, by core's own clock. */
  readonly at: number
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

/** Where a platform posts what comes in, and what takes it: says the status to answer with. */
export type ChannelWebhook = {
  /** For example `/webhooks/telegram`. */
  readonly path: string
  /** Header names in lower case. */
  handle(
    headers: Readonly<Record<string, string>>,
    body: string,
    query: URLSearchParams,
  ): Promise<number>
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
  | { readonly outcome: 'not-sent' }
  /** `reason`: a clause for whoever runs the gateway, why nothing can be proved. */
  | { readonly outcome: 'unknown'; readonly reason: string }

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
  /** What the gateway's HTTP server hands posts of the platform to. Absent: it posts nothing. */
  readonly webhook?: ChannelWebhook | undefined
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
  /**
   * Shows an unfinished answer that is no message yet, in a direct chat; the same number changes what is shown. It
   * fades by itself. Absent: the platform has no drafts.
   */
  draft?(to: Address, number: number, chunk: Chunk, signal: AbortSignal): Promise<void>
  /** Tells the authors that their messages are being read. Absent: the platform has no such sign for bots. */
  seen?(to: Address, messageIds: readonly string[], signal: AbortSignal): Promise<void>
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
  /**
   * Begins to link the account with a phone, also while the channel could not start: `uri` is what its QR code says,
   * and it expires soon. Throws `ChannelError`. Absent: there is nothing to link.
   */
  link?(signal: AbortSignal): Promise<{ readonly uri: string }>
}

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
