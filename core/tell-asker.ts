import type { Clock } from './clock.ts'
import type { Events } from './events.ts'
import { backoffMs } from './retry.ts'
import type { AgentRuntime } from './runtime-port.ts'
import type { ApprovalStore, RunAsked } from './store/approvals.ts'

const maxTries = 5
const tellBackoff = { firstMs: 500, maxMs: 5000 }

/** Who waits for an answer, and what they call the request. */
export type Heard = {
  readonly asker: Pick<AgentRuntime, 'respond'>
  readonly runtimeId: string
}

type Parts = {
  readonly approvals: Pick<ApprovalStore, 'told' | 'refused'>
  readonly clock: Clock
  readonly events: Events
  readonly onDeliveries: () => void
  readonly isFollowed: () => boolean
}

/** Hands an answer to whoever waits for it, and writes down whether it was taken. Never rejects. */
export async function tellAsker(
  { approvals, clock, events, onDeliveries, isFollowed }: Parts,
  runId: string,
  asked: RunAsked,
  { asker, runtimeId }: Heard,
): Promise<void> {
  let mayHaveIt = false
  for (let attempt = 1; attempt <= maxTries && isFollowed(); attempt += 1) {
    try {
      const isTaken = (await asker.respond?.(runId, runtimeId, asked.tell)) ?? false
      const now = clock.now()
      const commit =
        isTaken || mayHaveIt ? approvals.told(asked.id, now) : approvals.refused(asked.id, now)
      onDeliveries()
      await commit
      return
    } catch (error) {
      // Whether it was taken is not known: telling it twice is harmless, telling it never is not.
      mayHaveIt = true
      if (attempt === maxTries)
        events.emit({ type: 'fault', where: `request ${asked.id} of run ${runId}`, error })
      await clock.sleep(backoffMs(attempt, tellBackoff))
    }
  }
}
