import type { SpendingRules } from './budget.ts'
import type { HeartbeatSettings } from './heartbeat/heartbeat-settings.ts'
import type { QueueMode } from './model.ts'
import type { Policy } from './policy.ts'
import type { SessionReset } from './session-reset.ts'

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
  /** The names of all agents. */
  readonly agents: readonly string[]
  /** IANA name; in which times are said and read. */
  readonly timezone: string
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
  readonly sessionReset: SessionReset
  readonly media: { readonly maxBytes: number; readonly retentionMs: number }
  /** 0 keeps everything. */
  readonly retentionMs: number
  readonly limits: ReadonlyMap<string, SendLimit>
  /** By channel; absent is `off`. */
  readonly streams: ReadonlyMap<string, StreamMode>
  /** Each is one person, under all the names they have on the channels. */
  readonly identities: readonly (readonly { readonly channel: string; readonly id: string }[])[]
  readonly spending: SpendingRules
  /** The agents' own check-ins, by agent. */
  readonly heartbeats: ReadonlyMap<string, HeartbeatSettings>
  /** Where notices go, instead of the first owner with a live direct chat. */
  readonly notify?: {
    readonly channel: string
    readonly chat: string
    readonly thread?: string | undefined
  }
}

/**
 * The agent that answers in a place: the one chosen for it while there is such an agent, else the first route that
 * matches, else the default.
 */
export function agentFor(
  settings: Settings,
  place: { channel: string; chat: string; thread?: string },
  chosen?: string,
): string {
  if (chosen !== undefined && settings.agents.includes(chosen)) return chosen
  const route = settings.routes.find(
    (candidate) =>
      candidate.channel === place.channel &&
      (candidate.chat === undefined || candidate.chat === place.chat) &&
      (candidate.thread === undefined || candidate.thread === place.thread),
  )
  return route?.agent ?? settings.defaultAgent
}

/** How answers are shown in a place while they are written: as its chat chose, else as its channel does it. */
export function streamIn(
  { streams }: Settings,
  channel: string,
  chosen: boolean | undefined,
): StreamMode {
  const configured = streams.get(channel) ?? 'off'
  if (chosen === undefined) return configured
  if (!chosen) return 'off'
  return configured === 'off' ? 'edit' : configured
}
