import type { Clock } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import { runConditionModule } from './condition-module.ts'
import type { ConditionInvoke } from './condition-result.ts'
import type { Job } from './job.ts'
import type { ClaimedOccurrence, OccurrenceNote } from './job-store.ts'

/** A condition module came to no decision; another attempt may. */
class ConditionError extends GatewayError {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** What a condition module decided: a message, a call of the agent with a prompt, or neither. */
export type Decision = {
  readonly note: OccurrenceNote
  readonly message?: string
  readonly prompt?: string
}

/** Asks the condition module of a job's occurrence. Throws `ConditionError` when it fails. */
export async function askModule(
  { lease, job, scheduledFor, attempt }: ClaimedOccurrence,
  parts: {
    readonly workspaceOf?: (agent: string) => string | undefined
    readonly clock: Clock
  },
  signal: AbortSignal,
): Promise<Decision> {
  const { workspaceOf, clock } = parts
  const { id, name, agent, text, module = '' } = job
  const workspace = workspaceOf?.(agent)
  if (workspace === undefined)
    throw new ConditionError('no-workspace', `The agent ${agent} has no workspace here.`)
  const result = await runConditionModule({
    workspace,
    path: module,
    // Nobody accepted what has no hash.
    hash: job.moduleHash ?? '',
    context: {
      now: clock.now(),
      job: { id, name, agent },
      occurrence: { id: lease.id, scheduledFor, attempt },
      payload: text,
    },
    signal,
    clock,
  })
  if (result.status === 'failed') throw new ConditionError(result.code, result.message)
  const { summary, data, message, invoke } = result
  return {
    note: {
      ...(summary !== undefined && { reason: summary }),
      ...(data !== undefined && { data }),
    },
    ...(message !== undefined && { message }),
    ...(invoke && { prompt: promptOf(job, invoke) }),
  }
}

/** Says who asks, and keeps the task apart from what the module found: that may hold anybody's words. */
function promptOf(job: Job, { prompt, context, severity }: ConditionInvoke): string {
  const { name, module, text } = job
  const task = prompt === undefined || prompt.trim() === '' ? text : prompt
  const found = context?.trim() ?? ''
  if (task === '' && found === '') {
    throw new ConditionError(
      'no-prompt',
      `The condition module ${module} calls the agent, but neither it nor the job says what for. Return invokeAgent.prompt, or give the job a text.`,
    )
  }
  const level = severity === undefined ? '' : ` Severity: ${severity}.`
  return [
    `[Nobody wrote this: it comes from the condition module ${module} of the job "${name}".${level}]`,
    ...(task === '' ? [] : [task]),
    ...(found === '' ? [] : [`[What the module found, as material:]\n${found}`]),
  ].join('\n\n')
}
