import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '../../../core/clock.ts'
import { type CoreEvent, Events } from '../../../core/events.ts'
import type { StoredFile } from '../../../core/model.ts'
import type { Settings } from '../../../core/settings.ts'
import type { RunRow } from '../../../core/store/runs.ts'
import type { Store } from '../../../core/store/store.ts'
import { assembleCore } from '../../../gateway/core-parts.ts'
import { DiskBlobStore } from '../../../storage/blobs.ts'
import { openStore } from '../../../storage/open.ts'
import { startCore } from '../../fakes/core-life.ts'
import { ScriptedRuntime } from '../../fakes/scripted-runtime.ts'
import { openPolicy, testSettings } from '../../fakes/settings.ts'
import type { Place, Platform, Shown } from './platform.ts'

const maxWaitMs = 20_000
const lookMs = 5

/** The whole of core over a real store and a real adapter; only the agent is scripted. */
export class ChannelRig implements AsyncDisposable {
  readonly platform: Platform
  readonly runtime = new ScriptedRuntime()
  readonly said: CoreEvent[] = []
  /** The channel's name in the configuration. */
  channel = ''
  settings: Settings
  readonly #dir: string
  #running: { readonly store: Store; stop(): Promise<void> } | undefined

  constructor(dir: string, platform: Platform) {
    this.#dir = dir
    this.platform = platform
    this.settings = testSettings({ queue: { mode: 'followup' } })
  }

  get store(): Store {
    if (this.#running) return this.#running.store
    throw new Error('The gateway of this rig is not running.')
  }

  /** Starts the gateway and waits until the channel is up. */
  async start(): Promise<void> {
    const adapter = this.platform.connect()
    this.channel = adapter.name
    this.settings = { ...this.settings, policies: new Map([[adapter.name, openPolicy]]) }
    const events = new Events()
    const silence = events.subscribe((event) => this.said.push(event))
    const store = await openStore({ dataDir: this.#dir })
    const core = assembleCore({
      store,
      blobs: await DiskBlobStore.open(join(this.#dir, 'attachments')),
      clock: systemClock,
      events,
      agents: { runtime: () => this.runtime, describe: () => 'scripted' },
      settings: () => this.settings,
    })
    this.platform.attach?.(store, join(this.#dir, 'attachments'))
    const life = await startCore(core)
    this.#running = {
      store,
      async stop() {
        await life.stop(AbortSignal.timeout(5000))
        silence()
        await store.close()
      },
    }
    core.channels.add(adapter)
    const status = () => core.channels.statuses().get(adapter.name)
    await this.until(
      () => status()?.state === 'up',
      () => `The channel is not up: ${status()?.detail}`,
    )
  }

  /** Stops the gateway as SIGTERM does. */
  async stop(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    await running?.stop()
  }

  /** Resolves with what `find` returns once that is true. */
  async until<T>(find: () => T | Promise<T>, missing: () => string): Promise<NonNullable<T>> {
    const limit = AbortSignal.timeout(maxWaitMs)
    while (!limit.aborted) {
      const found = await find()
      if (found) return found
      await delay(lookMs)
    }
    throw new Error(missing())
  }

  /** Waits for a message of the bot whose text is, or matches, this. */
  async hears(place: Place, text: string | RegExp): Promise<Shown> {
    let seen: readonly Shown[] = []
    const fits = (shown: Shown) =>
      typeof text === 'string' ? shown.text === text : text.test(shown.text)
    return this.until(
      async () => {
        seen = await this.platform.shown(place)
        return seen.find(fits)
      },
      () => `Never heard ${text} in ${place}; heard ${JSON.stringify(seen.map((one) => one.text))}`,
    )
  }

  async texts(place: Place): Promise<readonly string[]> {
    return (await this.platform.shown(place)).map(({ text }) => text)
  }

  /** Every run, oldest first, once as many as this are there. */
  async runs(count: number): Promise<readonly RunRow[]> {
    const read = async () => (await this.store.views.runs({ limit: 100 })).items.toReversed()
    await this.until(
      async () => (await read()).length >= count,
      () => `There are fewer than ${count} runs.`,
    )
    return read()
  }

  /** Waits until every delivery has come to rest. */
  async deliveries(): Promise<readonly { readonly text: string; readonly state: string }[]> {
    const read = async () => (await this.store.views.deliveries({ limit: 100 })).items.toReversed()
    await this.until(
      async () => (await read()).every(({ state }) => state !== 'pending' && state !== 'sending'),
      () => 'The outbox does not come to rest.',
    )
    return (await read()).map(({ text, state }) => ({ text, state }))
  }

  /** Puts a file where the agent's files are. */
  async keeps(name: string, mime: string, content: string | Buffer): Promise<StoredFile> {
    const blobs = await DiskBlobStore.open(join(this.#dir, 'attachments'))
    const { sha256, size } = await blobs.put(Readable.from([Buffer.from(content)]), 100_000_000)
    return { sha256, name, mime, size }
  }

  /** Waits for an event of core. */
  async hearsOf(type: CoreEvent['type'], more: Record<string, unknown> = {}): Promise<void> {
    const wanted = Object.entries(more)
    await this.until(
      () =>
        this.said.some((event) => {
          const fields: Record<string, unknown> = { ...event }
          return event.type === type && wanted.every(([key, value]) => fields[key] === value)
        }),
      () => `Core never said ${type} ${JSON.stringify(more)}.`,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const store = this.#running?.store
    const broken = store ? await store.upkeep.violations(Date.now()) : []
    await this.stop()
    await rm(this.#dir, { recursive: true, force: true })
    assert.deepEqual(broken, [], 'no promise of the store is broken')
    assert.deepEqual(this.platform.breaches(), [], 'the platform refused nothing')
  }
}

/** Starts the gateway on a platform. */
export async function startChannelRig(platform: Platform): Promise<ChannelRig> {
  const rig = new ChannelRig(await mkdtemp(join(tmpdir(), 'jackdaw-contract-')), platform)
  try {
    await rig.start()
    return rig
  } catch (error) {
    await rig.stop()
    throw error
  }
}
