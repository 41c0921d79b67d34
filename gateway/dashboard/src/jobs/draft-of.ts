import type { JobDraft, JobTarget } from '../api-jobs.ts'
import { parseTarget } from './list-targets.ts'

/** What stands in the form. */
export type JobFields = {
  readonly kind: 'agent' | 'message'
  readonly text: string
  /** Words or cron. */
  readonly when: string
  /** Empty: the one that answers where the result goes. */
  readonly agent: string
  /** `owner`, `none`, or a chat as `list-targets.ts` writes it. */
  readonly target: string
}

/** Five fields of which the first two are no words: nobody would say that. */
const cron = /^[\d*,/-]+\s+[\d*,/-]+(\s+\S+){3}$/

/** What the gateway is asked to plan. */
export function draftOf({ kind, text, when, agent, target }: JobFields): JobDraft {
  const said = when.trim()
  return {
    kind,
    when: cron.test(said) ? { cron: said } : { phrase: said },
    text: text.trim(),
    target: parseTarget(target) satisfies JobTarget,
    ...(kind === 'agent' && agent !== '' && { agent }),
  }
}
