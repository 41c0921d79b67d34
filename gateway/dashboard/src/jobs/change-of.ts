import type { Job, JobChange } from '../api-jobs.ts'
import { draftOf, type JobFields } from './draft-of.ts'
import { writeTarget } from './list-targets.ts'

/** What stands in the form in which a job is changed; `when` is empty while its time stays. */
export type EditFields = JobFields & { readonly name: string }

export function fieldsOf({ name, kind, text, agent, target }: Job): EditFields {
  // A module calls an agent, so it has an agent and may go nowhere, as a turn has.
  const as = kind === 'message' ? 'message' : 'agent'
  return { name, kind: as, text, when: '', agent, target: writeTarget(target) }
}

/** What the gateway is asked to change: nothing that is as it was. */
export function changeOf(job: Job, fields: EditFields): JobChange {
  const before = fieldsOf(job)
  const { when, text, target } = draftOf(fields)
  const name = fields.name.trim()
  return {
    ...(name !== before.name && { name }),
    ...(text !== before.text.trim() && { text }),
    ...(fields.agent !== before.agent && { agent: fields.agent }),
    ...(fields.when.trim() !== '' && { when }),
    ...(fields.target !== before.target && { target }),
  }
}
