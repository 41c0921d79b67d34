import type { ChannelConfig, Config } from '../config/types.ts'
import type { SpendingRules } from '../core/budget.ts'
import type { Policy } from '../core/policy.ts'
import { parseDuration } from '../core/scheduler/schedule/parse-duration.ts'
import type { SessionReset } from '../core/session-reset.ts'
import type { Settings, StreamMode } from '../core/settings.ts'

const dayMs = 86_400_000

/** The configuration in core's words. */
export function settingsOf(config: Config): Settings {
  const channels = Object.entries(config.channels)
  return {
    defaultAgent: config.defaultAgent,
    agents: Object.keys(config.agents),
    timezone: config.timezone,
    routes: config.routes,
    policies: new Map(channels.map(([name, channel]) => [name, policyOf(name, channel, config)])),
    queue: config.queue,
    sessionReset: resetOf(config),
    media: { maxBytes: config.media.maxBytes, retentionMs: config.media.retentionDays * dayMs },
    retentionMs: config.retention.days * dayMs,
    limits: new Map(channels.map(([name, { limits }]) => [name, limits])),
    streams: new Map(channels.map(([name, channel]) => [name, streamOf(channel)])),
    identities: config.identities.map(({ ids }) => ids.map(parseIdentity)),
    spending: spendingOf(config),
    heartbeats: heartbeatsOf(config),
    ...(config.notify && { notify: config.notify }),
  }
}

function spendingOf(config: Config): SpendingRules {
  const { timezone, budget, agents, prices, identities } = config
  return {
    timezone,
    budget,
    agentBudgets: new Map(
      Object.entries(agents).flatMap(([name, agent]) =>
        agent.budget ? [[name, agent.budget] as const] : [],
      ),
    ),
    prices: new Map(Object.entries(prices)),
    people: identities.map(({ ids }) => ids),
  }
}

function resetOf({ sessions: { reset }, timezone }: Config): SessionReset {
  const { idleMinutes, dailyAt } = reset
  return { idleMs: idleMinutes * 60_000, timezone, ...(dailyAt !== '' && { dailyAt }) }
}

/** `heartbeat` is for one agent; others check in when their own section says so, with the rest taken from it. */
function heartbeatsOf({ heartbeat, agents, timezone }: Config): Settings['heartbeats'] {
  return new Map(
    Object.entries(agents).map(([name, { heartbeat: own, workspace }]) => {
      const isEnabled = own?.enabled ?? (heartbeat.enabled && heartbeat.agent === name)
      const everyMs = parseDuration(own?.every ?? heartbeat.every) ?? dayMs
      const target = own?.target ?? heartbeat.target
      const prompt = own?.prompt ?? heartbeat.prompt
      const hours = { ...(own?.activeHours ?? heartbeat.activeHours), timezone }
      return [name, { isEnabled, everyMs, target, prompt, hours, workspace }]
    }),
  )
}

function streamOf(channel: ChannelConfig): StreamMode {
  return channel.type === 'telegram' || channel.type === 'discord' ? channel.stream : 'off'
}

/** The page has no rules of its own: whoever holds the token is an owner there. */
const pagePolicy: Policy = {
  dm: 'open',
  groups: 'off',
  mention: false,
  allow: new Set(),
  allowChats: new Set(),
  owners: new Set(),
  roles: new Set(),
  bots: new Set(),
  isTrusted: true,
}

function policyOf(name: string, channel: ChannelConfig, config: Config): Policy {
  if (channel.type === 'web') return pagePolicy
  const { dm, groups, mention, allowChats, roles, bots } = channel.access
  return {
    dm,
    groups,
    mention,
    allow: new Set(withIdentities(name, 'allow', config)),
    allowChats: new Set(allowChats),
    owners: new Set(withIdentities(name, 'owners', config)),
    roles: new Set(roles),
    bots: new Set(bots),
    isTrusted: false,
  }
}

/** Who is on a list of a channel: the ids that stand there, and those of people who stand on another channel's. */
function withIdentities(
  channel: string,
  list: 'allow' | 'owners',
  config: Config,
): readonly string[] {
  const people = config.identities.map(({ ids }) => ids.map(parseIdentity))
  const same = people
    .filter((ids) => ids.some((one) => listOf(one.channel, list, config).includes(one.id)))
    .flatMap((ids) => ids.filter((one) => one.channel === channel).map((one) => one.id))
  return [...listOf(channel, list, config), ...same]
}

function listOf(channel: string, list: 'allow' | 'owners', config: Config): readonly string[] {
  const found = config.channels[channel]
  return found === undefined || found.type === 'web' ? [] : found.access[list]
}

/** `telegram:111` names the channel and the id there, which may hold colons of its own. */
function parseIdentity(text: string): { readonly channel: string; readonly id: string } {
  const colon = text.indexOf(':')
  return { channel: text.slice(0, colon), id: text.slice(colon + 1) }
}
