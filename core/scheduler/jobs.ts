import type { Page } from '../store/page.ts'
import type { Job, JobAuthor, JobChange, JobDraft, Occurrence } from './job.ts'

/** A time at which a job will be due, as people read it. */
export type FireTime = {
  readonly at: number
  /** Local, for example `Fri 2026-03-27 08:00`. */
  readonly local: string
  /** What daylight saving does to it, in a sentence. */
  readonly note?: string
}

/** A job with what is said about it. */
export type JobView = {
  readonly job: Job
  /** Its schedule in words, for example `every weekday at 08:00 (Europe/Berlin)`. */
  readonly description: string
  /** The next times, five at most; none when it is paused or has ended. */
  readonly next: readonly FireTime[]
}

/** A time at which a job would be due, from a simulation. */
export type SimulatedTime = { readonly job: string; readonly name: string } & FireTime

/**
 * Planned work, for everything that people, programs and agents ask of it. Rights come from `by`: owners have all
 * jobs, anybody else those of the chat they are in. What is not allowed or cannot be throws `RequestError` with a
 * sentence: 404 for a job that is not there (or not theirs to see), 400 for what makes no sense, 403, 409.
 */
export interface Jobs {
  create(draft: JobDraft, by: JobAuthor): Promise<JobView>
  /** Newest first. */
  list(
    by: JobAuthor,
    args?: {
      readonly cursor?: string
      readonly limit?: number
      /** Leaves out those that have ended. */
      readonly isOpen?: boolean
    },
  ): Promise<Page<JobView>>
  get(id: string, by: JobAuthor): Promise<JobView>
  /** A changed schedule counts from now on; a job that had ended goes on with it. */
  update(id: string, change: JobChange, by: JobAuthor): Promise<JobView>
  /** What is queued is not run either. */
  pause(id: string, by: JobAuthor): Promise<JobView>
  resume(id: string, by: JobAuthor): Promise<JobView>
  /** An owner accepts the module of a job as it is now; a job that was paused because it had changed goes on. */
  acceptModule(id: string, by: JobAuthor): Promise<JobView>
  /** Cancels what is queued; a run that executes goes on. */
  remove(id: string, by: JobAuthor): Promise<void>
  /** Makes an occurrence that is due now. */
  runNow(id: string, by: JobAuthor): Promise<Occurrence>
  /** Newest first. */
  occurrences(
    id: string,
    by: JobAuthor,
    args?: { readonly cursor?: string; readonly limit?: number },
  ): Promise<Page<Occurrence>>
  /** What would be made of a draft, without making it. */
  preview(draft: JobDraft, by: JobAuthor): Promise<Omit<JobView, 'job'>>
  /** The times of all jobs after `from` up to `to`, in their order, at most 1000. */
  simulate(
    range: { readonly from: number; readonly to: number },
    by: JobAuthor,
  ): Promise<readonly SimulatedTime[]>
}
