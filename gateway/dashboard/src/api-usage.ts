import { read } from './api-call.ts'

export type UsageDimension = 'agent' | 'model' | 'sender' | 'job'

/** What was spent. `costUsd` is what is known of the cost: null for nothing, and a least amount unless complete. */
export type UsageSum = {
  readonly runs: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costUsd: number | null
  readonly isCostComplete: boolean
}

/** The most tokens first. A null key is what belongs to none: no sender, no job, no known model. */
export type Usage = {
  readonly total: UsageSum
  readonly items: readonly (UsageSum & { readonly key: string | null })[]
  readonly next: string | null
}

/** What was spent since the midnight, in the gateway's time zone, that begins a date. */
export async function fetchUsage(
  by: UsageDimension,
  from: string,
  signal: AbortSignal,
): Promise<Usage> {
  return await read<Usage>(`usage?by=${by}&from=${from}&limit=100`, signal)
}
