import type { Arrival } from './store/arrivals.ts'
import type { Intake } from './store/intake.ts'

/** What becomes of an answer that names its question's message: whatever it does, the message has arrived. */
export function arriving(intake: Intake, arrived: Arrival): Intake {
  return intake.as === 'control' ? { ...intake, arrived } : intake
}
