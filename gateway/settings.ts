import type { ChannelConfig, Config } from '../config/types.ts'
import type { Policy } from '../core/policy.ts'
import type { Settings } from '../core/settings.ts'

const dayMs = 86_400_000

/** The configuration in core's words. */
export function settingsOf(config: Config): Settings {
  const channels = Object.entries(config.channels)
  return {
    defaultAgent: config.defaultAgent,
    routes: config.routes,
    policies: new Map(channels.map(([name, channel]) => [name, policyOf(channel)])),
    queue: config.queue,
    media: { maxBytes: config.media.maxBytes, retentionMs: config.media.retentionDays * dayMs },
    retentionMs: config.retention.days * dayMs,
    limits: new Map(channels.map(([name, { limits }]) => [name, limits])),
    ...(config.notify && { notify: config.notify }),
  }
}

/** The page has no rules of its own: whoever holds the token is an owner there. */
const pagePolicy: Policy = {
  dm: 'open',
  groups: 'off',
  mention: false,
  allow: new Set(),
  allowChats: new Set(),
  owners: new Set(),
  bots: new Set(),
  isTrusted: true,
}

function policyOf(channel: ChannelConfig): Policy {
  if (channel.type === 'web') return pagePolicy
  const { dm, groups, mention, allow, allowChats, owners, bots } = channel.access
  return {
    dm,
    groups,
    mention,
    allow: new Set(allow),
    allowChats: new Set(allowChats),
    owners: new Set(owners),
    bots: new Set(bots),
    isTrusted: false,
  }
}
