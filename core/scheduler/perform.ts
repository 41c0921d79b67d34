import type { Clock } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import { plainChunks } from '../plain-chunks.ts'
import { sessionKey } from '../session-key.ts'
import type { Settings } from '../settings.ts'
import type { Job } from './job.ts'
import type { ClaimedOccurrence, OccurrenceStep, OccurrenceStore } from './job-store.ts'
import type { Target, Targets } from './targets.ts'

/** Asks a condition module whether there is something to do. Throws when it loops, throws or says nonsense. */
export type AskModule = (
  job: Job,
  scheduledFor: number,
  signal: AbortSignal,
) => Promise<{
  readonly summary: string
  /** What the agent is told, when it is to be called. */
  readonly prompt?: string
}>

export type PerformParts = {
  readonly occurrences: OccurrenceStore
  readonly targets: Targets
  readonly clock: Clock
  readonly settings: () => Settings
  readonly askModule?: AskModule
  /** Work was queued: called before its commit, so that the next step's claim shares the commit. */
  readonly onRuns: () => void
  readonly onDeliveries: () => void
}

/** The result has nowhere to go: another try would not help. */
export class UndeliverableError extends GatewayError {
  readonly code = 'undeliverable'
}

/** Does what a claimed occurrence is for: a message, a run, or the question whether there is to be one. */
export async function perform(
  { lease, job, scheduledFor }: ClaimedOccurrence,
  parts: PerformParts,
  signal: AbortSignal,
): Promise<OccurrenceStep | undefined> {
  const { occurrences, targets, clock, onDeliveries } = parts
  const target = await targets.of(job)
  if (target && 'refused' in target) throw new UndeliverableError(target.refused)
  if (job.kind === 'message') {
    if (!target) return await occurrences.complete(lease, 'there is nobody to tell', clock.now())
    const commit = occurrences.deliver(lease, target.address, plainChunks(job.text), clock.now())
    onDeliveries()
    return alive(await commit)
  }
  if (job.kind === 'agent') return await begin(job.text, target)
  if (!parts.askModule) throw new Error('Condition modules cannot be run here.')
  const { summary, prompt } = await parts.askModule(job, scheduledFor, signal)
  if (prompt === undefined) return await occurrences.complete(lease, summary, clock.now())
  return await begin(prompt, target)

  async function begin(text: string, to: Exclude<Target, { refused: string }> | undefined) {
    const commit = occurrences.begin(
      lease,
      {
        text,
        agent: job.agent,
        sessionKey:
          job.session === 'chat' && to
            ? sessionKey(job.agent, to.address, to.chatKind)
            : `v1:${job.agent}:job:dm:${job.id}`,
        maxAttempts: parts.settings().queue.maxAttempts,
        ...(to && { route: to.address }),
      },
      clock.now(),
    )
    parts.onRuns()
    return alive(await commit)
  }
}

function alive(step: OccurrenceStep | 'dead' | undefined): OccurrenceStep | undefined {
  if (step === 'dead') throw new UndeliverableError('The chat takes no messages.')
  return step
}
