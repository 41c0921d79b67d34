import type { Effect, EffectOutcome } from './store/effects.ts'

/** What is asked and answered at once by a command, ready for one transaction. */
export type CommandPlan = {
  readonly effect: Effect
  readonly reply: (outcome: EffectOutcome) => string
}

/** An answer that changes nothing. */
export function say(text: string): CommandPlan {
  return { effect: { type: 'none' }, reply: () => text }
}
