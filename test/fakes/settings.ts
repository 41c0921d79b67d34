import type { SpendingRules } from '../../core/budget.ts'
import type { Policy } from '../../core/policy.ts'
import type { Settings } from '../../core/settings.ts'

/** Everybody may talk to the agent; in groups when they address it. */
export const openPolicy: Policy = {
  dm: 'open',
  groups: 'open',
  mention: true,
  allow: new Set(),
  allowChats: new Set(),
  owners: new Set(),
  roles: new Set(),
  bots: new Set(),
  isTrusted: false,
}

/** Days in UTC, no limit and no price. */
export const noLimits: SpendingRules = {
  timezone: 'UTC',
  budget: { dailyTokens: 0, dailyUsd: 0, perSenderDailyTokens: 0 },
  agentBudgets: new Map(),
  prices: new Map(),
  people: [],
}

/** The defaults of the configuration, but without a debounce window and without a limit per sender. */
export function testSettings({
  queue = {},
  settings = {},
}: {
  readonly queue?: Partial<Settings['queue']>
  readonly settings?: Partial<Settings>
}): Settings {
  return {
    defaultAgent: 'main',
    agents: ['main'],
    timezone: 'Europe/Berlin',
    routes: [],
    policies: new Map(),
    sessionReset: { idleMs: 0, timezone: 'UTC' },
    media: { maxBytes: 1_000_000, retentionMs: 0 },
    retentionMs: 0,
    limits: new Map(),
    streams: new Map(),
    identities: [],
    heartbeats: new Map(),
    spending: noLimits,
    ...settings,
    queue: {
      concurrency: 8,
      mode: 'collect',
      debounceMs: 0,
      maxQueued: 20,
      maxAttempts: 3,
      runTimeoutMs: 1_800_000,
      staleMs: 900_000,
      senderPerMinute: 0,
      ...queue,
    },
  }
}
