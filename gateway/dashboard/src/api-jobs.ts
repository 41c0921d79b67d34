import { call, read } from './api-call.ts'

/** A time at which a job is due; `local` is where the gateway is. */
export type FireTime = { readonly at: string; readonly local: string; readonly note: string | null }

export type Place = { readonly channel: string; readonly chat: string; readonly thread?: string }

export type JobTarget = 'owner' | 'none' | Place

export type JobKind = 'agent' | 'message' | 'module'

/** One time of a job. Whether it was done and whether the result arrived are two things. */
export type Occurrence = {
  readonly id: string
  readonly scheduledFor: string
  readonly isManual: boolean
  readonly state: 'queued' | 'leased' | 'running' | 'completed' | 'failed' | 'skipped'
  readonly reason: string | null
  readonly delivery: { readonly state: 'none' | 'pending' | 'sent' | 'uncertain' | 'failed' }
  readonly error: { readonly message: string } | null
}

export type Job = {
  readonly id: string
  readonly name: string
  readonly kind: JobKind
  /** When, in words. */
  readonly description: string
  /** Five at most; none while it is paused or once it has ended. */
  readonly next: readonly FireTime[]
  readonly text: string
  readonly agent: string
  readonly target: 'owner' | 'none' | { channel: string; chat: string; thread: string | null }
  readonly state: 'active' | 'paused' | 'ended'
  readonly reason: string | null
  /** Its newest occurrence. */
  readonly last: Occurrence | null
}

/** What a job is made of; `when` is words or cron. */
export type JobDraft = {
  readonly kind: 'agent' | 'message'
  readonly when: { readonly phrase: string } | { readonly cron: string }
  readonly text: string
  readonly agent?: string
  readonly target: JobTarget
}

/** A change of a job: what is absent stays. */
export type JobChange = {
  readonly name?: string
  readonly when?: JobDraft['when']
  readonly text?: string
  readonly agent?: string
  readonly target?: JobTarget
}

export type JobPreview = { readonly description: string; readonly next: readonly FireTime[] }

export type JobList = { readonly items: readonly Job[]; readonly next: string | null }

/** Newest first; `limit` is 200 at most. */
export async function fetchJobs(limit: number, signal: AbortSignal): Promise<JobList> {
  return await read<JobList>(`jobs?limit=${limit}`, signal)
}

export async function addJob(draft: JobDraft): Promise<Job> {
  return (await (await call('POST', 'jobs', draft)).json()) as Job
}

export async function editJob(id: string, change: JobChange): Promise<Job> {
  return (await (await call('PATCH', jobPath(id), change)).json()) as Job
}

/** What would be made of a draft. Throws `ApiError` with a sentence for what makes no sense. */
export async function previewJob(draft: JobDraft, signal: AbortSignal): Promise<JobPreview> {
  return (await (await call('POST', 'jobs/preview', draft, signal)).json()) as JobPreview
}

/** What can be done to a job, by the last part of its path. */
export async function actOnJob(id: string, act: 'pause' | 'resume' | 'run'): Promise<void> {
  await call('POST', `${jobPath(id)}/${act}`)
}

/** Takes a job away with its history. */
export async function removeJob(id: string): Promise<void> {
  await call('DELETE', jobPath(id))
}

/** Newest first. */
export async function fetchOccurrences(
  id: string,
  signal: AbortSignal,
): Promise<readonly Occurrence[]> {
  const path = `${jobPath(id)}/occurrences?limit=20`
  return (await read<{ items: readonly Occurrence[] }>(path, signal)).items
}

function jobPath(id: string): string {
  return `jobs/${encodeURIComponent(id)}`
}
