import type { Occurrence } from '../api-jobs.ts'

/** How something stands, in a colour and in words. */
export type Verdict = {
  readonly health: 'good' | 'warn' | 'bad' | 'unknown'
  readonly words: string
}

const work: Readonly<Record<Occurrence['state'], Verdict>> = {
  queued: { health: 'unknown', words: 'waiting' },
  leased: { health: 'unknown', words: 'waiting' },
  running: { health: 'warn', words: 'at work' },
  completed: { health: 'good', words: 'done' },
  failed: { health: 'bad', words: 'failed' },
  skipped: { health: 'unknown', words: 'left out' },
}

const delivery: Readonly<Record<Occurrence['delivery']['state'], Verdict>> = {
  none: { health: 'unknown', words: 'nothing to deliver' },
  pending: { health: 'warn', words: 'on its way' },
  sent: { health: 'good', words: 'delivered' },
  uncertain: { health: 'warn', words: 'perhaps delivered' },
  failed: { health: 'bad', words: 'not delivered' },
}

/** Whether the work was done. */
export function judgeWork({ state }: Occurrence): Verdict {
  return work[state]
}

/** Whether the result arrived; null while there is nothing to say about it. */
export function judgeDelivery(occurrence: Occurrence): Verdict | null {
  const { state } = occurrence.delivery
  if (state === 'none' && occurrence.state !== 'completed') return null
  return delivery[state]
}
