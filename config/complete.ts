import { isAbsolute, join, resolve } from 'node:path'
import type { Config } from './types.ts'
import { webhookPath } from './webhook-path.ts'

/** What defaults and paths depend on outside the file. */
export type Surroundings = {
  /** Relative paths start here: the file's folder, or the working directory. */
  readonly folder: string
  readonly home: string
  /** IANA name of the host's time zone. */
  readonly timezone: string
}

type Writable<T> = T extends readonly (infer Item)[]
  ? Writable<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Writable<T[Key]> }
    : T

/** Fills in what the schema alone cannot know, makes paths absolute, and freezes everything. `parsed` stays as it is. */
export function completeConfig(parsed: Config, surroundings: Surroundings): Config {
  const config: Writable<Config> = structuredClone(parsed) as Writable<Config>
  const { folder, home } = surroundings
  config.dataDir = absolute(config.dataDir, folder, home)
  const place = (path: string, fallback: string) =>
    path === '' ? fallback : absolute(inDataDir(path, config.dataDir), folder, home)
  config.timezone ||= surroundings.timezone
  config.storage.url = storageUrl(config.storage.url, (path) =>
    place(path, join(config.dataDir, 'jackdaw.db')),
  )
  config.heartbeat.agent ||= config.defaultAgent
  for (const [name, agent] of Object.entries(config.agents)) {
    agent.workspace = place(agent.workspace, join(config.dataDir, 'workspaces', name))
    const { runtime } = agent
    if (runtime.type === 'opencode') runtime.directory = place(runtime.directory, agent.workspace)
    if (runtime.type === 'acp') runtime.cwd = place(runtime.cwd, agent.workspace)
    for (const server of Object.values(agent.mcpServers)) {
      server.cwd = place(server.cwd, agent.workspace)
    }
  }
  for (const [name, channel] of Object.entries(config.channels)) {
    if (channel.type === 'telegram' && channel.webhook !== undefined) {
      channel.webhook.path = webhookPath(name, channel.webhook.path)
    }
  }
  if (!Object.values(config.channels).some((channel) => channel.type === 'web')) {
    config.channels['web'] = {
      type: 'web',
      enabled: true,
      limits: { perSecond: 0, perChatPerSecond: 0 },
    }
  }
  return freeze(config)
}

function storageUrl(url: string, place: (path: string) => string): string {
  if (url !== '' && !url.startsWith('sqlite:')) return url
  return `sqlite:${place(url.slice('sqlite:'.length))}`
}

function inDataDir(path: string, dataDir: string): string {
  return path.replace(/^<dataDir>(?=\/|$)/, () => dataDir)
}

/** `~` is the home directory; everything else relative starts at `folder`. */
function absolute(path: string, folder: string, home: string): string {
  if (path === '~' || path.startsWith('~/')) return join(home, path.slice(1))
  return isAbsolute(path) ? resolve(path) : resolve(folder, path)
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) freeze(child)
    Object.freeze(value)
  }
  return value
}
