import type { Events } from './events.ts'
import type { AgentRuntime, RuntimeRequest } from './runtime-port.ts'

const note =
  'Nobody can be asked at the moment, so this was not allowed. Go on without it if you can, and say in your answer what you wanted and why.'

/** What the run's history says of a request that nobody is asked about. */
export function refusalLine({ kind, title }: RuntimeRequest): Record<string, unknown> {
  return { name: kind, state: 'failed', title: `${title}: not asked, refused` }
}

/** Answers a request with its default at once, so that no turn waits for a person who is never asked. Never rejects. */
export async function refuseRequest(
  runtime: AgentRuntime,
  runId: string,
  request: RuntimeRequest,
  events: Events,
): Promise<void> {
  try {
    await runtime.respond?.(runId, request.id, { option: request.defaultOption, note })
  } catch (error) {
    events.emit({ type: 'fault', where: `request ${request.id} of run ${runId}`, error })
  }
}
