import { plainChunks } from '../plain-chunks.ts'
import { backoffMs } from '../retry.ts'
import { sentencesFor } from '../sentences.ts'
import type { FailurePolicy } from './job-store.ts'

const backoff = { firstMs: 30_000, maxMs: 3_600_000 }

/** How failures of jobs are dealt with at `now`. */
export function failurePolicy(now: number): FailurePolicy {
  return {
    maxAttempts: 3,
    retryAt: (attempt) => now + backoffMs(attempt, backoff),
    tellAfter: 2,
    pauseAfter: 10,
    // A message that cannot be sent says nothing there either.
    say: (job, occurrenceId, runId) =>
      job.kind === 'message'
        ? []
        : plainChunks(
            sentencesFor(job.createdBy.language).jobFailed(job.name, runId ?? occurrenceId),
          ),
  }
}
