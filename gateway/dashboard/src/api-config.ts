import { read } from './api-call.ts'

/** What may be spent on a day; 0 is no limit. */
export type Budget = {
  readonly dailyTokens: number
  readonly dailyUsd: number
  readonly perSenderDailyTokens: number
}

/** The part of the gateway's configuration that the page needs. */
export type Config = {
  /** IANA name. */
  readonly timezone: string
  readonly defaultAgent: string
  readonly budget: Budget
  readonly agents: Readonly<Record<string, { readonly budget?: Budget }>>
}

export async function fetchConfig(signal: AbortSignal): Promise<Config> {
  return (await read<{ config: Config }>('config', signal)).config
}
