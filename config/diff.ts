import { isDeepStrictEqual } from 'node:util'
import type { Config } from './types.ts'

export type NamedChanges = {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly string[]
}

export type ConfigChanges = {
  readonly isEmpty: boolean
  /** Top-level keys that differ, other than `channels` and `agents`. */
  readonly parts: readonly string[]
  readonly channels: NamedChanges
  readonly agents: NamedChanges
  /** Keys whose change waits for a restart; the rest applies at once. */
  readonly restart: readonly string[]
}

const needsRestart: readonly (readonly [string, (config: Config) => unknown])[] = [
  ['dataDir', (config) => config.dataDir],
  ['storage', (config) => config.storage],
  ['logLevel', (config) => config.logLevel],
  ['timezone', (config) => config.timezone],
  ['http.host', (config) => config.http.host],
  ['http.port', (config) => config.http.port],
  ['http.token', (config) => config.http.token],
  ['http.publicUrl', (config) => config.http.publicUrl],
  ['media.maxBytes', (config) => config.media.maxBytes],
]

/** Dotted keys whose change waits for a restart, at least in a part of what they do. */
export const restartKeys: readonly string[] = needsRestart.map(([key]) => key)

/** What differs between two configurations. Pure. */
export function changes(before: Config, after: Config): ConfigChanges {
  const parts = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => key !== 'channels' && key !== 'agents' && differs(part(before, key), part(after, key)),
  )
  const channels = namedChanges(before.channels, after.channels)
  const agents = namedChanges(before.agents, after.agents)
  const restart = needsRestart.filter(([, read]) => differs(read(before), read(after)))
  return {
    isEmpty: parts.length === 0 && isNothing(channels) && isNothing(agents),
    parts,
    channels,
    agents,
    restart: restart.map(([key]) => key),
  }
}

function part(config: Config, key: string): unknown {
  return new Map<string, unknown>(Object.entries(config)).get(key)
}

function namedChanges(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): NamedChanges {
  return {
    added: Object.keys(after).filter((name) => !Object.hasOwn(before, name)),
    removed: Object.keys(before).filter((name) => !Object.hasOwn(after, name)),
    changed: Object.keys(after).filter(
      (name) => Object.hasOwn(before, name) && differs(before[name], after[name]),
    ),
  }
}

function isNothing({ added, removed, changed }: NamedChanges): boolean {
  return added.length + removed.length + changed.length === 0
}

function differs(one: unknown, other: unknown): boolean {
  return !isDeepStrictEqual(one, other)
}
