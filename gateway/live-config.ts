import { isDeepStrictEqual } from 'node:util'
import { createAdapter } from '../channels/adapters.ts'
import { changes } from '../config/diff.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { ChannelConfig, Config } from '../config/types.ts'
import type { Channels } from '../core/channels.ts'
import type { Clock } from '../core/clock.ts'
import type { BlobStore, ChannelAdapter } from '../core/ports.ts'
import type { Settings } from '../core/settings.ts'
import type { Agents } from './agents.ts'
import { settingsOf } from './settings.ts'

/** What came of a new configuration, in sentences for the log. */
export type Applied = { readonly lines: readonly string[] }

/**
 * The configuration in use. A new one is applied to what differs: policies and limits count from the next message,
 * changed agents and channels are made anew, the rest waits for a restart and says so.
 */
export class LiveConfig {
  readonly #channels: Channels
  readonly #agents: Agents
  readonly #around: { readonly clock: Clock; readonly blobs: BlobStore }
  readonly #onAdapter: (adapter: ChannelAdapter) => void
  readonly #onApplied: () => void
  readonly #made: ChannelAdapter[] = []
  /** Changes are applied one after the other: the file and the API may both make one. */
  #applying: Promise<unknown> = Promise.resolve()
  #loaded: LoadedConfig
  #settings: Settings

  constructor(
    loaded: LoadedConfig,
    parts: {
      channels: Channels
      agents: Agents
      clock: Clock
      blobs: BlobStore
      /** Called with every adapter that is made, before it starts. */
      onAdapter: (adapter: ChannelAdapter) => void
      /** Called when new settings count: what waited for a limit may go on. */
      onApplied: () => void
    },
  ) {
    this.#loaded = loaded
    this.#settings = settingsOf(loaded.config)
    this.#channels = parts.channels
    this.#agents = parts.agents
    this.#around = { clock: parts.clock, blobs: parts.blobs }
    this.#onAdapter = parts.onAdapter
    this.#onApplied = parts.onApplied
  }

  get config(): Config {
    return this.#loaded.config
  }

  get loaded(): LoadedConfig {
    return this.#loaded
  }

  get settings(): Settings {
    return this.#settings
  }

  /** Makes the adapter of every enabled channel; nothing is connected yet. */
  async makeAdapters(): Promise<void> {
    await Promise.all(Object.keys(this.config.channels).map((name) => this.#make(name)))
  }

  /** Begins to start what was made. */
  startChannels(): void {
    for (const adapter of this.#made.splice(0)) this.#channels.add(adapter)
  }

  apply(next: LoadedConfig): Promise<Applied> {
    const applied = this.#applying.then(() => this.#apply(next))
    this.#applying = applied.catch(() => undefined)
    return applied
  }

  async #apply(next: LoadedConfig): Promise<Applied> {
    const before = this.config
    const difference = changes(before, next.config)
    this.#loaded = next
    if (difference.isEmpty) return { lines: [] }
    const { agents, channels, restart, parts } = difference
    this.#settings = settingsOf(next.config)
    this.#agents.use(next.config, [...agents.added, ...agents.removed, ...agents.changed])
    const remade = channels.changed.filter(
      (name) => !isSameConnection(before.channels[name], next.config.channels[name]),
    )
    for (const name of [...channels.removed, ...remade]) await this.#channels.remove(name)
    for (const name of [...channels.added, ...remade]) await this.#make(name)
    this.startChannels()
    this.#onApplied()
    return {
      lines: [
        `The configuration was changed: ${describe(parts, agents, channels)}.`,
        ...(restart.length > 0 ? [`${restart.join(', ')} will count after a restart.`] : []),
        ...next.notices,
      ],
    }
  }

  async #make(name: string): Promise<void> {
    const channel = this.config.channels[name]
    if (!channel?.enabled) return
    const { media, http, dataDir } = this.config
    const adapter = await createAdapter(name, channel, {
      ...this.#around,
      maxBytes: media.maxBytes,
      publicUrl: http.publicUrl,
      dataDir,
    })
    this.#onAdapter(adapter)
    this.#made.push(adapter)
  }
}

/**
 * Whether two versions of a channel connect alike: who may talk to it and how fast it sends are core's to know. Roles are
 * the exception, since an adapter asks the platform for them only where a rule names any.
 */
function isSameConnection(
  before: ChannelConfig | undefined,
  after: ChannelConfig | undefined,
): boolean {
  const connection = (channel: ChannelConfig | undefined) => [
    ...Object.entries(channel ?? {}).filter(([key]) => key !== 'access' && key !== 'limits'),
    channel && 'access' in channel ? channel.access.roles : [],
  ]
  return isDeepStrictEqual(connection(before), connection(after))
}

type Names = {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly string[]
}

function describe(parts: readonly string[], agents: Names, channels: Names): string {
  const named = (kind: string, { added, removed, changed }: Names) => [
    ...added.map((name) => `${kind} ${name} added`),
    ...removed.map((name) => `${kind} ${name} removed`),
    ...changed.map((name) => `${kind} ${name} changed`),
  ]
  return [...parts, ...named('agent', agents), ...named('channel', channels)].join(', ')
}
