import type { Clock } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import { plainChunks } from '../plain-chunks.ts'
import { sessionKey } from '../session-key.ts'
import type { Settings } from '../settings.ts'
import { askModule } from './ask-module.ts'
import type { ClaimedOccurrence, OccurrenceStep, OccurrenceStore } from './job-store.ts'
import type { Target, Targets } from './targets.ts'

export type PerformParts = {
  readonly occurrences: OccurrenceStore
  readonly targets: Targets
  readonly clock: Clock
  readonly settings: () => Settings
  /** The folder an agent works in, where its condition modules are. */
  readonly workspaceOf?: (agent: string) => string | undefined
  /** Work was queued: called before its commit, so that the next step's claim shares the commit. */
  readonly onRuns: () => void
  readonly onDeliveries: () => void
}

/** The result has nowhere to go: another try would not help. */
export class UndeliverableError extends GatewayError {
  readonly code = 'undeliverable'
}

type Place = Exclude<Target, { refused: string }> | undefined

/** Does what a claimed occurrence is for: a message, a run, or the question whether there is to be one. */
export async function perform(
  claimed: ClaimedOccurrence,
  parts: PerformParts,
  signal: AbortSignal,
): Promise<OccurrenceStep | undefined> {
  const { lease, job } = claimed
  const { occurrences, targets, clock, onDeliveries } = parts
  const target = await targets.of(job)
  if (target && 'refused' in target) throw new UndeliverableError(target.refused)
  if (job.kind === 'message') return await tell(job.text, target)
  if (job.kind === 'agent') return await begin(job.text, target)
  const { note, message, prompt } = await askModule(claimed, parts, signal)
  if (!(await occurrences.note(lease, note))) return undefined
  if (message !== undefined) return await tell(message, target)
  if (prompt !== undefined) return await begin(prompt, target)
  return await occurrences.complete(lease, undefined, clock.now())

  async function tell(text: string, to: Place) {
    if (!to) return await occurrences.complete(lease, 'there is nobody to tell', clock.now())
    const commit = occurrences.deliver(lease, to.address, plainChunks(text), clock.now())
    onDeliveries()
    return alive(await commit)
  }

  async function begin(text: string, to: Place) {
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
