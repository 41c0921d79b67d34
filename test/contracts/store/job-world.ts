import assert from 'node:assert/strict'
import type { Job } from '../../../core/scheduler/job.ts'
import type {
  ClaimedOccurrence,
  DuePlan,
  FailurePolicy,
  NewJob,
} from '../../../core/scheduler/job-store.ts'
import { ada } from './places.ts'
import type { World } from './world.ts'

export const minute = 60_000
export const limits = { perChat: 100, all: 1000 }

/** Fails for good after the second attempt, tells after two failures and pauses after three. */
export const policy: FailurePolicy = {
  maxAttempts: 2,
  retryAt: () => 0,
  tellAfter: 2,
  pauseAfter: 3,
  say: (job, id) => [{ text: `${job.name} failed (${id})` }],
}

/** A job that sends "hello" to Ada every minute, the first time in a minute. */
export function newJob(world: World, changes: Partial<NewJob> = {}): NewJob {
  return {
    name: 'greeting',
    kind: 'message',
    schedule: { kind: 'every', everyMs: minute, anchorAt: world.now },
    text: 'hello',
    agent: 'main',
    session: 'own',
    target: { type: 'chat', address: ada },
    misfire: { policy: 'once' },
    overlap: 'skip',
    jitterMs: 0,
    createdBy: { chat: ada },
    nextAt: world.now + minute,
    ...changes,
  }
}

export async function makes(world: World, changes: Partial<NewJob> = {}): Promise<Job> {
  const created = await world.store.jobs.create(newJob(world, changes), limits, world.now)
  assert.ok('job' in created)
  return created.job
}

/** Every due job has one occurrence, at the time it was due, and is due again a minute later. */
export async function comesDue(world: World, plan?: (job: Job) => DuePlan) {
  const simple = (job: Job): DuePlan => ({
    occurrences: [{ scheduledFor: job.nextAt ?? 0, notBefore: job.nextAt ?? 0 }],
    cursor: job.nextAt ?? 0,
    nextAt: (job.nextAt ?? 0) + minute,
  })
  return await world.store.occurrences.enqueue({ now: world.now, limit: 100, plan: plan ?? simple })
}

export async function claims(
  world: World,
  { owner = 'gateway-1', messages = 10, maxTurns = 4 } = {},
): Promise<readonly ClaimedOccurrence[]> {
  const args = { owner, now: world.now, leaseMs: minute, messages, maxTurns }
  return (await world.store.occurrences.claim(args)).occurrences
}

export async function claimsOne(world: World): Promise<ClaimedOccurrence> {
  const [claimed, ...others] = await claims(world)
  assert.ok(claimed, 'an occurrence is due')
  assert.deepEqual(others, [], 'exactly one')
  return claimed
}

/** The states of a job's occurrences, oldest first: `completed/sent`. */
export async function statesOf(world: World, job: Job): Promise<string[]> {
  const { items } = await world.store.jobs.occurrences(job.id, { limit: 100 })
  return items.toReversed().map(({ state, delivery }) => `${state}/${delivery}`)
}

export async function settles(world: World): Promise<number> {
  return (await world.store.occurrences.settle(policy, 100, world.now)).open
}

export async function noticesOf(world: World): Promise<string[]> {
  const notices = await world.store.occurrences.notices(10)
  return notices.map(({ kind, jobId, failures }) => `${kind} ${jobId} ${failures}`)
}
