import { RequestError } from '../errors.ts'
import type { Settings } from '../settings.ts'
import { agentFor } from '../settings.ts'
import { findConditionModule } from './condition-path.ts'
import { hashModule } from './hash-module.ts'
import type { Job, JobAuthor, JobChange, JobDraft, JobTarget } from './job.ts'
import type { JobEdit, JobLimits, NewJob } from './job-store.ts'
import { nextOccurrence } from './schedule/next-occurrence.ts'
import type { Targets } from './targets.ts'

/** More than a chat has use for, and more than a household has: what makes jobs by mistake stops here. */
export const jobLimits: JobLimits = { perChat: 100, all: 20_000 }

const maxTextLength = 20_000
const maxNameLength = 60
const maxJitterMs = 86_400_000
const maxMisfires = 100

type Around = {
  readonly settings: Settings
  readonly targets: Targets
  readonly workspaceOf?: (agent: string) => string | undefined
  readonly now: number
}

/** Makes a job of a draft, ready to be stored. Throws `RequestError` with a sentence for what makes no sense. */
export async function jobOf(draft: JobDraft, by: JobAuthor, around: Around): Promise<NewJob> {
  const { settings, now } = around
  const { kind, schedule, target, module } = draft
  const text = draft.text.trim()
  const address = target.type === 'chat' ? target.address : by.chat
  const agent = draft.agent ?? (address ? agentFor(settings, address) : settings.defaultAgent)
  const job = {
    name: (draft.name ?? nameOf(text, module)).slice(0, maxNameLength),
    kind,
    schedule,
    text,
    ...(module !== undefined && { module }),
    agent,
    session: draft.session ?? 'own',
    target,
    misfire: draft.misfire ?? { policy: 'once' },
    overlap: draft.overlap ?? 'skip',
    jitterMs: draft.jitterMs ?? 0,
    ...(draft.endsAt !== undefined && { endsAt: draft.endsAt }),
    ...(draft.maxRuns !== undefined && { maxRuns: draft.maxRuns }),
    createdBy: authorOf(by),
  } satisfies NewJob
  const moduleHash = await check(job, by, around)
  return {
    ...job,
    ...(moduleHash !== undefined && { moduleHash }),
    nextAt: firstAt(job, now),
  }
}

/** Checks what a change makes of a job; the result says what else follows from it. */
export async function changeOf(
  job: Job,
  change: JobChange,
  by: JobAuthor,
  around: Around,
): Promise<JobEdit> {
  const { endsAt, maxRuns, ...rest } = change
  const changed = {
    ...job,
    ...rest,
    ...(typeof endsAt === 'number' && { endsAt }),
    ...(typeof maxRuns === 'number' && { maxRuns }),
  }
  const { endsAt: _, ...endless } = changed
  const after = endsAt === null ? endless : changed
  const { target, module, agent } = change
  const moduleHash = await check(after, by, around, {
    target: target !== undefined,
    module: module !== undefined || agent !== undefined,
  })
  const isAnew = change.schedule !== undefined || endsAt !== undefined || maxRuns !== undefined
  return {
    ...change,
    ...(moduleHash !== undefined && { moduleHash }),
    ...(isAnew && { nextAt: firstAt(after, around.now) }),
  }
}

type Checked = Pick<
  Job,
  'kind' | 'text' | 'module' | 'agent' | 'session' | 'target' | 'misfire' | 'jitterMs' | 'maxRuns'
>

/** Returns the hash of a module that is new. */
async function check(
  job: Checked,
  by: JobAuthor,
  { settings, targets, workspaceOf }: Around,
  isNew = { target: true, module: true },
): Promise<string | undefined> {
  const { kind, text, module, target } = job
  if (kind !== 'module' && text === '') throw refuse('text: there is nothing to do or to say.')
  if (text.length > maxTextLength)
    throw refuse(`text: at most ${maxTextLength} characters, this has ${text.length}.`)
  if ((kind === 'module') !== (module !== undefined && module !== ''))
    throw refuse('module: a job of the kind "module" has one, and no other.')
  if (kind === 'module' && !by.isOwner)
    throw new RequestError(403, 'owners-only', 'Only owners make jobs that run a module.')
  if (!settings.agents.includes(job.agent)) throw refuse(`agent: there is no agent "${job.agent}".`)
  if (kind === 'message' && target.type === 'none')
    throw refuse('target: a message needs a chat or the owner to go to.')
  if (job.session === 'chat' && target.type !== 'chat')
    throw refuse('session: only a job for a chat can work in the chat’s session.')
  if (job.jitterMs < 0 || job.jitterMs > maxJitterMs) throw refuse('jitter: from 0 to one day.')
  if (job.maxRuns !== undefined && job.maxRuns < 1) throw refuse('maxRuns: at least 1.')
  if (job.misfire.policy === 'all' && (job.misfire.max < 1 || job.misfire.max > maxMisfires))
    throw refuse(`misfire: from 1 to ${maxMisfires} missed times can be made up for.`)
  if (isNew.target) await checkTarget(target, by, targets)
  if (module === undefined || !isNew.module) return undefined
  return await acceptedHash(module, workspaceOf?.(job.agent))
}

/** The hash of a module as it is now. Throws `RequestError` for what is no module. */
export async function acceptedHash(module: string, workspace: string | undefined): Promise<string> {
  if (workspace === undefined) throw refuse('kind: condition modules cannot be run here.')
  const found = await findConditionModule(workspace, module)
  if ('code' in found) throw refuse(`module: ${found.message}`)
  return await hashModule(found.file)
}

async function checkTarget(target: JobTarget, by: JobAuthor, targets: Targets): Promise<void> {
  const isOwnChat =
    target.type === 'chat' && by.chat !== undefined && isSamePlace(target.address, by.chat)
  if (!by.isOwner && !isOwnChat && target.type !== 'none')
    throw new RequestError(403, 'owners-only', 'Only owners make jobs for another chat.')
  // They are in it right now; and the first message of a chat may be the one that makes a job.
  if (isOwnChat) return
  const found = await targets.of({ target })
  if (found && 'refused' in found) throw refuse(found.refused)
}

export function isSamePlace(
  a: { account: string; chat: string; thread?: string },
  b: { account: string; chat: string; thread?: string },
): boolean {
  return a.account === b.account && a.chat === b.chat && a.thread === b.thread
}

function firstAt(job: Pick<Job, 'schedule' | 'endsAt'>, now: number): number {
  const first = nextOccurrence(job.schedule, now)
  if (first === undefined) throw refuse('schedule: that time has passed, or never comes.')
  if (job.endsAt !== undefined && job.endsAt <= first)
    throw refuse('endsAt: it would end before its first time.')
  return first
}

function authorOf({ person, chat, session, language }: JobAuthor): NewJob['createdBy'] {
  return {
    ...(person && { person }),
    ...(chat && { chat: placeOnly(chat) }),
    ...(session !== undefined && { session }),
    ...(language !== undefined && { language }),
  }
}

function placeOnly({ channel, account, chat, thread }: NonNullable<JobAuthor['chat']>) {
  return thread === undefined ? { channel, account, chat } : { channel, account, chat, thread }
}

function nameOf(text: string, module: string | undefined): string {
  const line = (text === '' ? (module ?? '') : text).replace(/\s+/g, ' ')
  return line.length <= maxNameLength ? line : `${line.slice(0, maxNameLength - 1).trimEnd()}…`
}

function refuse(sentence: string): RequestError {
  return new RequestError(400, 'bad-job', sentence)
}
