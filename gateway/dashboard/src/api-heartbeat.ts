import { call, read } from './api-call.ts'

/** How a look at an agent's heartbeat ended. */
export type HeartbeatResult =
  | 'outside-hours'
  | 'nothing-to-do'
  | 'unchanged'
  | 'deferred'
  | 'running'
  | 'quiet'
  | 'alert'
  | 'repeated'
  | 'nobody-to-tell'
  | 'refused'
  | 'cancelled'
  | 'failed'

/** The check-ins of one agent. */
export type Heartbeat = {
  readonly agent: string
  readonly isEnabled: boolean
  readonly everyMs: number
  readonly activeHours: { readonly start: string; readonly end: string; readonly timezone: string }
  readonly nextAt: string | null
  readonly result: HeartbeatResult | null
  readonly resultAt: string | null
  /** The one that is under way. */
  readonly run: string | null
}

export async function fetchHeartbeats(signal: AbortSignal): Promise<readonly Heartbeat[]> {
  return (await read<{ items: readonly Heartbeat[] }>('heartbeat', signal)).items
}

/** Asks an agent to check in now, even where that is switched off. */
export async function runHeartbeat(agent: string): Promise<void> {
  await call('POST', 'heartbeat/run', { agent })
}
