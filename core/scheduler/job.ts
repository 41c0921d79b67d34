import type { Address, DeliveryState, RunError, RunState } from '../model.ts'
import type { Schedule } from './schedule/schedule.ts'

/**
 * The nouns of planned work. A job says what is to be done and when; an occurrence is one time at which it is due. Ids:
 * `j3` a job, `o12` an occurrence.
 */

/** A turn of an agent, a text sent as it is, or a file of the workspace that decides whether the agent is called. */
export type JobKind = 'agent' | 'message' | 'module'

/** Where the result goes. The owner is looked up anew every time. */
export type JobTarget =
  | { readonly type: 'chat'; readonly address: Address }
  | { readonly type: 'owner' }
  | { readonly type: 'none' }

/** What happens to times that passed while nothing could run: left out, made up for once, or for the last `max` of them. */
export type Misfire =
  | { readonly policy: 'skip' | 'once' }
  | { readonly policy: 'all'; readonly max: number }

/** When a time comes while the one before is unfinished: it is left out, or it waits. */
export type Overlap = 'skip' | 'queue'

export type JobState = 'active' | 'paused' | 'ended'

/** Somebody; or the gateway, after failures, for a time that cannot be worked out, or for a module nobody has accepted. */
export type PauseCause = 'person' | 'failures' | 'unplannable' | 'module-changed'

/** What a job is made of; what is absent has its default. */
export type JobDraft = {
  /** Shown in lists; made from the text when absent. */
  readonly name?: string
  readonly kind: JobKind
  readonly schedule: Schedule
  /** The prompt, or the message; a module may do without. */
  readonly text: string
  /** Path of the condition module inside the agent's workspace; for `module` only. */
  readonly module?: string
  /** Absent: the agent that answers in the target chat, or the default one. */
  readonly agent?: string
  /** Its own session (default), or the target chat's. */
  readonly session?: 'own' | 'chat'
  readonly target: JobTarget
  /** Default `once`. */
  readonly misfire?: Misfire
  /** Default `skip`. */
  readonly overlap?: Overlap
  /** Each time is put off by a random part of this; 0 by default. */
  readonly jitterMs?: number
  /** Nothing is due at or after this instant. */
  readonly endsAt?: number
  /** How many occurrences there are at most. */
  readonly maxRuns?: number
}

/** A change of a job: what is absent stays, `null` takes away. */
export type JobChange = {
  readonly name?: string
  readonly schedule?: Schedule
  readonly text?: string
  readonly module?: string
  readonly agent?: string
  readonly session?: 'own' | 'chat'
  readonly target?: JobTarget
  readonly misfire?: Misfire
  readonly overlap?: Overlap
  readonly jitterMs?: number
  readonly endsAt?: number | null
  readonly maxRuns?: number | null
}

/** Who asks, with the rights that follow: an owner has all jobs, anybody else those of the chat they are in. */
export type JobAuthor = {
  readonly isOwner: boolean
  readonly person?: { readonly account: string; readonly id: string; readonly name: string }
  /** The chat in which it is asked. */
  readonly chat?: Address
  /** Key of the session in which it is asked, when an agent does. */
  readonly session?: string
  /** BCP 47; for sentences. */
  readonly language?: string
  /** IANA zone in which times are said and read; absent: the configured one. */
  readonly timeZone?: string
}

/** A job as it is kept. */
export type Job = {
  readonly id: string
  readonly name: string
  readonly kind: JobKind
  readonly schedule: Schedule
  readonly text: string
  readonly module?: string
  /** SHA-256 of the module's file as an owner accepted it, in hex. */
  readonly moduleHash?: string
  readonly agent: string
  readonly session: 'own' | 'chat'
  readonly target: JobTarget
  readonly misfire: Misfire
  readonly overlap: Overlap
  readonly jitterMs: number
  readonly endsAt?: number
  readonly maxRuns?: number
  readonly createdBy: Omit<JobAuthor, 'isOwner' | 'timeZone'>
  readonly createdAt: number
  readonly state: JobState
  /** Why it is paused or has ended, in words. */
  readonly reason?: string
  /** What paused it; absent unless it is paused. */
  readonly pausedBy?: PauseCause
  /** Every time up to this instant has been dealt with. */
  readonly cursor: number
  /** When it is next due; absent when paused or ended. */
  readonly nextAt?: number
  /** Occurrences made so far that were to be run. */
  readonly runs: number
  /** Failed in a row. */
  readonly failures: number
  /** Grows with every change of what it is. */
  readonly version: number
}

export type OccurrenceState = 'queued' | 'leased' | 'running' | 'completed' | 'failed' | 'skipped'

/** What became of the result on its way to people: `sent` means the platform gave a message id. */
export type OccurrenceDelivery = 'none' | 'pending' | 'sent' | 'uncertain' | 'failed'

/** One time of a job. Whether it was run and whether the result arrived are two things. */
export type Occurrence = {
  readonly id: string
  readonly jobId: string
  readonly scheduledFor: number
  /** Asked for by somebody, not by the schedule. */
  readonly isManual: boolean
  readonly state: OccurrenceState
  /** Why it was skipped, or what a condition module said. */
  readonly reason?: string
  /** Plain JSON that a condition module left. */
  readonly data?: unknown
  readonly attempt: number
  /** Not before this instant, while it is queued. */
  readonly notBefore: number
  readonly runId?: string
  readonly runState?: RunState
  readonly delivery: OccurrenceDelivery
  /** Of its first message, while its row is kept. */
  readonly deliveryState?: DeliveryState
  readonly platformMessageId?: string
  readonly error?: RunError
  readonly createdAt: number
  readonly startedAt?: number
  readonly finishedAt?: number
}
