import type { Path } from '../path.ts'
import type { Sections } from '../sections.ts'
import type { ChannelConfig } from '../types.ts'
import { webhookPath } from '../webhook-path.ts'
import type { Contradiction } from './contradiction.ts'

/** Where the gateway itself answers; a webhook there would never be called. */
const ownPaths = /^\/(api|mcp|healthz|readyz|metrics|assets)(\/|$)/

/** Contradictions between channels. A channel that is switched off contradicts nobody. */
export function channelProblems(sections: Sections): Contradiction[] {
  const running = sections.channels.flatMap(([name, channel]) =>
    channel?.enabled === true ? [{ name, channel }] : [],
  )
  const problems = sections.channels.flatMap(([name, channel]) => nameProblems(name, channel))
  const holders = new Map<string, string>()
  for (const { name, channel } of running) {
    const path = ['channels', name]
    for (const claim of claims(name, channel)) {
      const holder = holders.get(claim.key)
      if (holder === undefined) holders.set(claim.key, name)
      else problems.push({ path: [...path, ...claim.path], text: claim.text(holder) })
    }
    problems.push(...webhookProblems(name, channel, sections))
    problems.push(...roleProblems(name, channel))
  }
  problems.push(...spoolProblems(running))
  return problems
}

/** One spool listens for all Signal channels, at one port. */
function spoolProblems(
  running: readonly { readonly name: string; readonly channel: ChannelConfig }[],
): Contradiction[] {
  const ports = running.flatMap(({ name, channel }) =>
    channel.type === 'signal' && channel.spool !== 'off' && channel.webhook
      ? [{ name, port: channel.webhook.port }]
      : [],
  )
  const [first, ...others] = ports
  if (!first) return []
  return others
    .filter(({ port }) => port !== first.port)
    .map(({ name }) => ({
      path: ['channels', name, 'webhook', 'port'],
      text: `one spool takes the posts of all Signal channels. Write ${first.port}, as channel "${first.name}" has it.`,
    }))
}

/** A role that nobody can have would shut everybody out without a word. */
function roleProblems(name: string, channel: ChannelConfig): Contradiction[] {
  if (channel.type === 'web') return []
  const isDiscord = channel.type === 'discord'
  return channel.access.roles.flatMap((role, at) => {
    if (isDiscord ? /^\d+$/.test(role) : role === 'admin') return []
    const text = isDiscord
      ? 'Discord knows roles by their numbers. Write the id of the role.'
      : 'this platform knows one role in groups. Write admin, or name people in access.allow.'
    return [{ path: ['channels', name, 'access', 'roles', at], text }]
  })
}

function nameProblems(name: string, channel: ChannelConfig | undefined): Contradiction[] {
  if (name !== 'web' || channel === undefined || channel.type === 'web') return []
  return [
    {
      path: ['channels', name, 'type'],
      text: `the name "web" belongs to the web page. Give this ${channel.type} channel another name.`,
    },
  ]
}

type Claim = { key: string; path: Path; text: (holder: string) => string }

/** What only one running channel can have. */
function claims(name: string, channel: ChannelConfig): Claim[] {
  const twice = (path: Path, what: string, key: string): Claim => ({
    key: `${channel.type} ${path.join('.')} ${key}`,
    path,
    text: (holder) =>
      `the channel "${holder}" uses the same ${what}. Each ${what} runs once: delete or switch off one of the two.`,
  })
  switch (channel.type) {
    case 'telegram': {
      const bot = twice(['token'], 'bot', `${channel.apiRoot} ${channel.token}`)
      if (channel.webhook === undefined) return [bot]
      return [bot, twice(['webhook', 'path'], 'path', webhookPath(name, channel.webhook.path))]
    }
    case 'discord':
      return [twice(['token'], 'bot', `${channel.apiRoot} ${channel.token}`)]
    case 'signal':
      return [twice(['account'], 'account', `${channel.url} ${channel.account}`)]
    case 'web':
      return [twice(['type'], 'web page', '')]
  }
}

function webhookProblems(
  name: string,
  channel: ChannelConfig,
  { http }: Sections,
): Contradiction[] {
  if (channel.type !== 'telegram' || channel.webhook === undefined) return []
  const problems: Contradiction[] = []
  const path = ['channels', name, 'webhook']
  if (http !== undefined && http.publicUrl === '') {
    problems.push({
      path,
      text: 'Telegram can only call an address it can reach. Set http.publicUrl, or delete webhook to poll.',
    })
  }
  if (ownPaths.test(channel.webhook.path)) {
    problems.push({
      path: [...path, 'path'],
      text: `the gateway itself answers there. Choose a path such as /webhooks/${name}.`,
    })
  }
  return problems
}
