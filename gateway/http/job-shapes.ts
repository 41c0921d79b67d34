import { z } from '@hono/zod-openapi'
import type { Job, JobTarget, Occurrence } from '../../core/scheduler/job.ts'
import type { FireTime, JobView } from '../../core/scheduler/jobs.ts'
import type { Schedule } from '../../core/scheduler/schedule/schedule.ts'
import { formatTime, runStates } from './shapes.ts'

/** Planned work as the API shows it. Times are ISO 8601, as UTC. */

const time = z.iso.datetime()

const fireTimeShape = z
  .object({
    at: time,
    local: z.string().openapi({ example: 'Friday 27 March 2026, 8:00' }),
    note: z
      .string()
      .nullable()
      .openapi({ description: 'What daylight saving does to it, in a sentence.' }),
  })
  .openapi('FireTime')

const whenShape = z
  .union([
    z.object({ at: time }),
    z.object({ every: z.string(), anchor: time }),
    z.object({ cron: z.string(), timezone: z.string() }),
  ])
  .openapi('When')

const placeShape = z.object({
  channel: z.string(),
  chat: z.string(),
  thread: z.string().nullable(),
})

const said = {
  description: z.string().openapi({ description: 'When, in words.' }),
  next: z.array(fireTimeShape).openapi({ description: 'The next times, five at most.' }),
}

/** What is said of a job before it is made. */
export const jobPreviewShape = z.object(said).openapi('JobPreview')

export const jobShape = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: z.enum(['agent', 'message', 'module']),
    when: whenShape,
    ...said,
    text: z.string(),
    module: z.string().nullable(),
    agent: z.string(),
    session: z.enum(['own', 'chat']),
    target: z.union([z.enum(['owner', 'none']), placeShape]),
    misfire: z.object({ policy: z.enum(['skip', 'once', 'all']), max: z.int().nullable() }),
    overlap: z.enum(['skip', 'queue']),
    jitterMs: z.int(),
    endsAt: time.nullable(),
    maxRuns: z.int().nullable(),
    state: z.enum(['active', 'paused', 'ended']),
    reason: z.string().nullable().openapi({ description: 'Why it is paused or has ended.' }),
    nextAt: time.nullable(),
    runs: z.int().openapi({ description: 'Occurrences so far that were to be run.' }),
    failures: z.int().openapi({ description: 'Failed in a row.' }),
    createdBy: z.object({ name: z.string().nullable(), chat: placeShape.nullable() }),
    createdAt: time,
  })
  .openapi('Job')

export const occurrenceShape = z
  .object({
    id: z.string(),
    job: z.string(),
    scheduledFor: time,
    isManual: z.boolean().openapi({ description: 'Asked for by somebody, not by the schedule.' }),
    state: z.enum(['queued', 'leased', 'running', 'completed', 'failed', 'skipped']),
    reason: z.string().nullable().openapi({ description: 'Why it was skipped, for example.' }),
    data: z
      .unknown()
      .openapi({ description: 'Any JSON that a condition module left; null where there is none.' }),
    attempt: z.int(),
    notBefore: time,
    run: z
      .object({ id: z.string(), state: z.enum(runStates).nullable() })
      .nullable()
      .openapi({ description: 'The run it made; its state is null once that row is gone.' }),
    delivery: z
      .object({
        state: z.enum(['none', 'pending', 'sent', 'uncertain', 'failed']),
        platformMessageId: z.string().nullable(),
      })
      .openapi({ description: 'What became of the result on its way; `sent` was confirmed.' }),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    createdAt: time,
    startedAt: time.nullable(),
    finishedAt: time.nullable(),
  })
  .openapi('Occurrence')

/** A job in a list, with how its last time went. */
export const listedJobShape = jobShape
  .extend({
    last: occurrenceShape.nullable().openapi({ description: 'Its newest occurrence.' }),
  })
  .openapi('ListedJob')

export const simulatedShape = z.object({
  job: z.string(),
  name: z.string(),
  ...fireTimeShape.shape,
})

export function formatJob({ job, description, next }: JobView): z.infer<typeof jobShape> {
  const { id, name, kind, text, agent, session, overlap, jitterMs, state, runs, failures } = job
  return {
    id,
    name,
    kind,
    when: formatWhen(job.schedule),
    ...formatPreview({ description, next }),
    text,
    module: job.module ?? null,
    agent,
    session,
    target: formatTarget(job.target),
    misfire: {
      policy: job.misfire.policy,
      max: job.misfire.policy === 'all' ? job.misfire.max : null,
    },
    overlap,
    jitterMs,
    endsAt: formatIfAny(job.endsAt),
    maxRuns: job.maxRuns ?? null,
    state,
    reason: job.reason ?? null,
    nextAt: formatIfAny(job.nextAt),
    runs,
    failures,
    createdBy: formatAuthor(job),
    createdAt: formatTime(job.createdAt),
  }
}

export function formatPreview({
  description,
  next,
}: Omit<JobView, 'job'>): z.infer<typeof jobPreviewShape> {
  return { description, next: next.map(formatFireTime) }
}

export function formatOccurrence(one: Occurrence): z.infer<typeof occurrenceShape> {
  const { id, isManual, state, attempt, error } = one
  return {
    id,
    job: one.jobId,
    scheduledFor: formatTime(one.scheduledFor),
    isManual,
    state,
    reason: one.reason ?? null,
    data: one.data ?? null,
    attempt,
    notBefore: formatTime(one.notBefore),
    run: one.runId === undefined ? null : { id: one.runId, state: one.runState ?? null },
    delivery: { state: one.delivery, platformMessageId: one.platformMessageId ?? null },
    error: error ? { code: error.code, message: error.message } : null,
    createdAt: formatTime(one.createdAt),
    startedAt: formatIfAny(one.startedAt),
    finishedAt: formatIfAny(one.finishedAt),
  }
}

export function formatFireTime({ at, local, note }: FireTime): z.infer<typeof fireTimeShape> {
  return { at: formatTime(at), local, note: note ?? null }
}

function formatWhen(schedule: Schedule): z.infer<typeof whenShape> {
  switch (schedule.kind) {
    case 'at':
      return { at: formatTime(schedule.at) }
    case 'every':
      return { every: formatDuration(schedule.everyMs), anchor: formatTime(schedule.anchorAt) }
    case 'cron':
      return { cron: schedule.expression, timezone: schedule.timezone }
  }
}

/** In the largest unit that needs no other: `90m`, `2h`. */
function formatDuration(ms: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
  ] as const
  const unit = units.find(([, size]) => ms % size === 0)
  return unit ? `${ms / unit[1]}${unit[0]}` : `${ms / 1000}s`
}

function formatTarget(target: JobTarget): z.infer<typeof jobShape>['target'] {
  return target.type === 'chat' ? formatPlace(target.address) : target.type
}

function formatAuthor({ createdBy: { person, chat } }: Job) {
  return { name: person?.name ?? null, chat: chat ? formatPlace(chat) : null }
}

function formatPlace({
  channel,
  chat,
  thread,
}: {
  channel: string
  chat: string
  thread?: string
}) {
  return { channel, chat, thread: thread ?? null }
}

function formatIfAny(at: number | undefined): string | null {
  return at === undefined ? null : formatTime(at)
}
