import type { Address, Chunk, RunError } from '../model.ts'
import type { Page } from '../store/page.ts'
import type { Job, JobChange, Occurrence } from './job.ts'

/** One page of a list, as in the other stores. */

/** A job as it is first written; the store gives it its id. */
export type NewJob = Omit<
  Job,
  'id' | 'createdAt' | 'state' | 'reason' | 'cursor' | 'runs' | 'failures' | 'version'
>

/** Whose jobs are meant: all, or those of one chat that were made there, or by one person for it. */
export type JobScope =
  | 'all'
  | {
      readonly chat: Address
      readonly person?: { readonly account: string; readonly id: string }
    }

/** What a change of a job writes. `nextAt` is given with a new schedule, which also resets the cursor to now. */
export type JobEdit = JobChange & { readonly nextAt?: number; readonly moduleHash?: string }

export type JobCreation =
  | { readonly job: Job }
  /** So many jobs are there already. */
  | { readonly full: 'chat' | 'all'; readonly max: number }

export type JobAct = 'done' | 'unknown' | 'not-now'

/** Jobs, for people and programs. `now` is the instant of the change. */
export interface JobStore {
  create(job: NewJob, limits: JobLimits, now: number): Promise<JobCreation>
  find(id: string): Promise<Job | undefined>
  /** Newest first; `state: 'open'` leaves ended ones out. */
  list(args: {
    readonly scope: JobScope
    readonly state?: 'open'
    readonly cursor?: string
    readonly limit: number
  }): Promise<Page<Job>>
  /** Writes the change and what follows from it in one step; `stale` when somebody changed the job meanwhile. */
  change(
    id: string,
    version: number,
    edit: JobEdit,
    now: number,
  ): Promise<Job | 'unknown' | 'stale'>
  /** What is queued is skipped, also a run that nobody executes yet; `not-now` unless it was active. */
  pause(id: string, reason: string, now: number): Promise<JobAct>
  /** Goes on from now: times that passed meanwhile are not made up for. `not-now` unless it was paused. */
  resume(id: string, nextAt: number | undefined, now: number): Promise<JobAct>
  /** Takes the job with its occurrences away; a run that nobody executes yet is cancelled. */
  remove(id: string, now: number): Promise<boolean>
  /** Makes an occurrence that is due now; `busy` while one is unfinished, `paused` while the job is. */
  runNow(id: string, now: number): Promise<Occurrence | 'unknown' | 'busy' | 'paused'>
  /** Newest first. */
  occurrences(
    jobId: string,
    args: { readonly cursor?: string; readonly limit: number },
  ): Promise<Page<Occurrence>>
}

/** What a command does to a job, in the transaction that records the command. */
export type JobEffect =
  | { readonly do: 'create'; readonly job: NewJob; readonly limits: JobLimits }
  | { readonly do: 'pause'; readonly id: string; readonly reason: string }
  | { readonly do: 'resume'; readonly id: string; readonly nextAt?: number }
  | { readonly do: 'remove' | 'run'; readonly id: string }

export type JobLimits = { readonly perChat: number; readonly all: number }

/** A job that is due, for the plan of what becomes of it. */
export type DueJob = Job & {
  /** How many of its occurrences are not finished. */
  readonly open: number
}

/** What becomes of a job's due times. */
export type DuePlan = {
  readonly occurrences: readonly {
    readonly scheduledFor: number
    readonly notBefore: number
    /** It is not run, for this reason. */
    readonly skipped?: string
  }[]
  readonly cursor: number
  /** Absent: never again; `ended` says why. */
  readonly nextAt?: number
  readonly ended?: string
  /** Instead of an end: the job is paused for this reason, and an owner hears of it. */
  readonly paused?: string
}

/** The right to go on with an occurrence: fenced by `token`, which no other claim of it shares. */
export type OccurrenceLease = { readonly id: string; readonly token: number }

export type ClaimedOccurrence = {
  readonly lease: OccurrenceLease
  readonly job: Job
  readonly scheduledFor: number
  /** Counts this one. */
  readonly attempt: number
}

/** What a condition module said of an occurrence; `data` is plain JSON. */
export type OccurrenceNote = { readonly reason?: string; readonly data?: unknown }

/** An occurrence that moved on, for events and metrics. */
export type OccurrenceStep = {
  readonly id: string
  readonly jobId: string
  readonly name: string
  readonly state: Occurrence['state']
  readonly delivery: Occurrence['delivery']
  readonly runId?: string
  readonly reason?: string
}

/** Something an owner should hear about a job; it stays until it is told. */
export type JobNotice = {
  readonly id: string
  readonly kind: 'failing' | 'paused' | 'undeliverable' | 'unplannable' | 'module-changed'
  readonly jobId: string
  readonly name: string
  readonly occurrenceId: string
  /** Failed in a row. */
  readonly failures: number
  readonly detail: string
  /** Where the job's result goes, when that is a chat. */
  readonly channel?: string
}

/** How a failure is dealt with: when it is tried again, and what is said where the result was to go when it is not. */
export type FailurePolicy = {
  readonly maxAttempts: number
  /** When the next attempt may begin, from the one that failed. */
  readonly retryAt: (attempt: number) => number
  /** After so many failures in a row an owner is told. */
  readonly tellAfter: number
  /** After so many the job pauses itself. */
  readonly pauseAfter: number
  /** Worded in the transaction that ends the occurrence. */
  readonly say: (job: Job, occurrenceId: string, runId: string | undefined) => readonly Chunk[]
}

/** `isFinal` allows no other attempt; nor does `pauses`, for which reason the job pauses itself and an owner hears of it. */
export type EndPolicy = {
  readonly isFinal?: boolean
  readonly pauses?: { readonly cause: 'module-changed'; readonly reason: string }
}

/**
 * Occurrences from due to done, for the scheduler. Everything an occurrence goes through carries its lease's token and
 * says `undefined` once the lease is lost. At most one occurrence of a job is under way.
 */
export interface OccurrenceStore {
  /** Makes the occurrences of up to `limit` due jobs, the longest due first. `nextAt`: when the next job is due. */
  enqueue(args: {
    readonly now: number
    readonly limit: number
    readonly plan: (job: DueJob) => DuePlan
  }): Promise<{ readonly made: readonly OccurrenceStep[]; readonly nextAt: number | undefined }>
  /**
   * Leases due occurrences: up to `messages` that need no agent, and of the others the longest due, as many as keep
   * those under way within `maxTurns`. Of the messages for one chat the longest due is taken, and none while another is
   * on its way there; the chats take turns, and a bounded number is on its way over all chats of an account. The attempt
   * counts from here. `nextAt`: when the next one is due that a claim would take.
   */
  claim(args: {
    readonly owner: string
    readonly now: number
    readonly leaseMs: number
    readonly messages: number
    readonly maxTurns: number
  }): Promise<{
    readonly occurrences: readonly ClaimedOccurrence[]
    readonly nextAt: number | undefined
  }>
  /** Returns the occurrences whose lease is lost. */
  renew(leases: readonly OccurrenceLease[], expiresAt: number): Promise<readonly string[]>
  /** Keeps what a condition module said, until another attempt. False: the lease is lost. */
  note(lease: OccurrenceLease, note: OccurrenceNote): Promise<boolean>
  /** Makes the run and links it; the lease has served its purpose. `dead`: the chat takes no messages. */
  begin(
    lease: OccurrenceLease,
    run: {
      readonly text: string
      readonly agent: string
      readonly sessionKey: string
      readonly route?: Address
      readonly maxAttempts: number
    },
    now: number,
  ): Promise<OccurrenceStep | 'dead' | undefined>
  /** Queues messages and completes the occurrence. `dead`: the chat takes no messages. */
  deliver(
    lease: OccurrenceLease,
    to: Address,
    chunks: readonly Chunk[],
    now: number,
  ): Promise<OccurrenceStep | 'dead' | undefined>
  /** Completes an occurrence of which nothing is sent; `reason` says why, in place of an earlier one. */
  complete(
    lease: OccurrenceLease,
    reason: string | undefined,
    now: number,
  ): Promise<OccurrenceStep | undefined>
  /** It did not work: another attempt, or the end. */
  fail(
    lease: OccurrenceLease,
    error: RunError,
    policy: FailurePolicy & EndPolicy,
    now: number,
  ): Promise<OccurrenceStep | undefined>
  /** Puts a claimed occurrence back with its attempt (an orderly shutdown). */
  release(lease: OccurrenceLease, now: number): Promise<void>
  /** Puts back what a dead process held; what had no attempt left is failed. */
  recover(owner: string, policy: FailurePolicy, now: number): Promise<readonly OccurrenceStep[]>
  /**
   * Looks at up to `limit` occurrences and notes what became of their runs and deliveries. `open`: how many are still
   * being followed; `isMore`: not all of them were looked at, and the next call goes on with the others.
   */
  settle(
    policy: FailurePolicy,
    limit: number,
    now: number,
  ): Promise<{
    readonly steps: readonly OccurrenceStep[]
    readonly open: number
    readonly isMore: boolean
  }>
  notices(limit: number): Promise<readonly JobNotice[]>
  /** Whether a notice here tells it when the answer of this run cannot be delivered. */
  follows(runId: string): Promise<boolean>
  told(noticeId: string): Promise<void>
}
