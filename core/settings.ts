import type { QueueMode } from './model.ts'
import type { Policy } from './policy.ts'

export type Route = {
  readonly channel: string
  readonly chat?: string | undefined
  readonly thread?: string | undefined
  readonly agent: string
}

/** How an answer is shown while it is written; drafts exist in direct chats only, elsewhere they are edits. */
export type StreamMode = 'off' | 'edit' | 'draft'

/** Messages a second; absent or 0 is no limit. */
export type SendLimit = {
  readonly perSecond?: number | undefined
  readonly perChatPerSecond?: number | undefined
}

/**
 * What core needs of the configuration, in its own words. Read anew for every message, so that an edited file counts
 * from the next one on.
 */
export type Settings = {
  readonly defaultAgent: string
  readonly routes: readonly Route[]
  readonly policies: ReadonlyMap<string, Policy>
  readonly queue: {
    /** Runs at a time, over all sessions. */
    readonly concurrency: number
    readonly mode: QueueMode
    readonly debounceMs: number
    readonly maxQueued: number
    readonly maxAttempts: number
    readonly runTimeoutMs: number
    /** 0 switches the digest of late messages off. */
    readonly staleMs: number
    /** 0 is no limit. */
    readonly senderPerMinute: number
  }
  readonly media: { readonly maxBytes: number; readonly retentionMs: number }
  /** 0 keeps everything. */
  readonly retentionMs: number
  readonly limits: ReadonlyMap<string, SendLimit>
  /** By channel; absent is `off`. */
  readonly streams: ReadonlyMap<string, StreamMode>
  /** Where notices go, instead of the first owner with a live direct chat. */
  readonly notify?: {
    readonly channel: string
    readonly chat: string
    readonly thread?: string | undefined
  }
}

/** The agent that answers in a place: the first route that matches, else the default. */
export function agentFor(
  settings: Settings,
  place: { channel: string; chat: string; thread?: string },
): string {
  const route = settings.routes.find(
    (candidate) =>
      candidate.channel === place.channel &&
      (candidate.chat === undefined || candidate.chat === place.chat) &&
      (candidate.thread === undefined || candidate.thread === place.thread),
  )
  return route?.agent ?? settings.defaultAgent
}
