import { type Approval, fetchApprovals } from './api-approvals.ts'
import { fetchPairings, type Pairing } from './api-pairing.ts'

/** All that waits for a person: what agents ask, and strangers who ask to be let in. */
export type Questions = {
  readonly approvals: readonly Approval[]
  readonly pairings: readonly Pairing[]
}

export async function fetchQuestions(signal: AbortSignal): Promise<Questions> {
  const [approvals, pairings] = await Promise.all([fetchApprovals(signal), fetchPairings(signal)])
  return { approvals, pairings }
}

/** How many wait; none before it is known. */
export function countQuestions(questions: Questions | null): number {
  return questions === null ? 0 : questions.approvals.length + questions.pairings.length
}
