import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { type CoreEvent, Events } from '../../core/events.ts'
import type { ChatKind, Sender } from '../../core/model.ts'
import type { AgentRuntime } from '../../core/runtime-port.ts'
import type { Settings } from '../../core/settings.ts'
import type { RunRow } from '../../core/store/runs.ts'
import type { Store } from '../../core/store/store.ts'
import { assembleCore, type CoreParts } from '../../gateway/core-parts.ts'
import { DiskBlobStore } from '../../storage/blobs.ts'
import { openStore } from '../../storage/open.ts'
import { Chat } from './chat.ts'
import { startCore } from './core-life.ts'
import { FakeChannel } from './fake-channel.ts'
import { inlineDiskSync } from './inline-disk-sync.ts'
import { ManualClock } from './manual-clock.ts'
import { openPolicy, testSettings } from './settings.ts'
import { Watched } from './watched.ts'

/** More turns of the event loop than any chain of commits takes that needs no time to pass. */
const quietTurns = 30

export type RigOptions = {
  readonly runtime: AgentRuntime
  readonly queue?: Partial<Settings['queue']>
  readonly settings?: Partial<Settings>
  /** When the clock begins, in milliseconds since the epoch. */
  readonly startAt?: number
  /** The platforms; by default one, called `fake`. */
  readonly channels?: (now: () => number) => readonly FakeChannel[]
}

/** Core over a real store with a clock that a test moves, one or more platforms in memory, and a scripted agent. */
export class Rig implements AsyncDisposable {
  readonly dir: string
  readonly channels: readonly FakeChannel[]
  readonly runtimes = new Map<string, AgentRuntime>()
  readonly watched = new Watched()
  /** Everything core said, over all restarts. */
  readonly said: CoreEvent[] = []
  settings: Settings
  clock: ManualClock
  #running: Running | undefined
  #areFaultsExpected = false

  constructor(dir: string, options: RigOptions) {
    this.dir = dir
    this.settings = testSettings(options)
    this.clock = new ManualClock(options.startAt)
    this.runtimes.set('main', options.runtime)
    const now = () => this.clock.now()
    this.channels = options.channels?.(now) ?? [new FakeChannel({ now })]
    const policies = new Map(this.channels.map(({ name }) => [name, openPolicy]))
    if (options.settings?.policies === undefined) this.settings = { ...this.settings, policies }
  }

  /** Where the agents work; not there before a test makes it. */
  get workspace(): string {
    return join(this.dir, 'workspace')
  }

  get store(): Store {
    return this.#now().store
  }

  get core(): CoreParts {
    return this.#now().core
  }

  get events(): Events {
    return this.#now().events
  }

  get channel(): FakeChannel {
    const [channel] = this.channels
    if (channel) return channel
    throw new Error('This rig has no channel.')
  }

  /** The direct chat with one person. */
  direct(person: Partial<Sender> & { readonly id: string }, channel = this.channel): Chat {
    const place = { channel, chat: person.id, kind: 'dm' as const, ear: { heard: 0 } }
    return this.#chat(place, person)
  }

  /** A group, or a thread of it, with one of its people; `as` gives the others. */
  group(chat: string, thread?: string, channel = this.channel): Chat {
    const kind: ChatKind = thread === undefined ? 'group' : 'thread'
    const place = {
      channel,
      chat,
      kind,
      ear: { heard: 0 },
      ...(thread !== undefined && { thread }),
    }
    return this.#chat(place, { id: '1' })
  }

  async start(): Promise<void> {
    const { clock } = this
    const events = new Events()
    const silence = events.subscribe((event) => {
      this.said.push(event)
      this.watched.look()
    })
    const store = await openStore({ dataDir: this.dir, lingerMs: 0, diskSync: inlineDiskSync })
    const blobs = await DiskBlobStore.open(join(this.dir, 'attachments'))
    const agents = {
      runtime: (name: string) => this.runtimes.get(name),
      describe: (name: string) => this.runtimes.get(name)?.name ?? 'not configured',
    }
    const settings = () => this.settings
    const workspaceOf = () => this.workspace
    const core = assembleCore({ store, blobs, clock, events, agents, settings, workspaceOf })
    this.#running = { store, events, core, silence, life: await startCore(core) }
    for (const channel of this.channels) core.channels.add(channel)
    await this.settle()
  }

  /** Waits until nothing moves any more without time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < quietTurns; turn += 1) await turnOfTheLoop()
  }

  /** Lets time pass; whatever becomes due on the way is done before time moves on. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms
    await this.settle()
    while (this.clock.now() < end) {
      const next = this.clock.nextAt ?? end
      await this.clock.advance(Math.max(1, Math.min(next, end) - this.clock.now()))
      await this.settle()
    }
  }

  /** Lets a long time pass: its loops go round, but what they begin may end late. */
  async leap(ms: number): Promise<void> {
    await this.settle()
    await this.clock.advance(ms)
    await this.settle()
  }

  /** Stops as SIGTERM does: what runs has until `graceMs`, then is put back. */
  async stop(graceMs = 0): Promise<void> {
    if (!this.#running) return
    const { store, life } = this.#running
    const grace = new AbortController()
    if (graceMs === 0) grace.abort()
    else void this.clock.sleep(graceMs).then(() => grace.abort())
    let isOver = false
    const stopped = life.stop(grace.signal).finally(() => {
      isOver = true
    })
    // An agent that ignores its abort, for example, is left behind after a while.
    while (!isOver) await this.pass(graceMs === 0 ? 1000 : 100)
    await stopped
    this.#running = undefined
    await this.#isSound(store)
    await store.close()
  }

  /** The process is killed: nothing more is written, and nothing that was under way goes on. */
  async dies(): Promise<void> {
    const { store, silence } = this.#now()
    silence()
    await store.close()
    this.#running = undefined
    // The dead process waits for its own clock for ever.
    this.clock = new ManualClock(this.clock.now())
  }

  async restarts(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** What core survived so far but should not have to; asked for, it is no failure of the test. */
  faults(): readonly Extract<CoreEvent, { type: 'fault' }>[] {
    this.#areFaultsExpected = true
    return this.said.filter((event) => event.type === 'fault')
  }

  /** Waits until core says something of this type that fits. */
  hears<T extends CoreEvent['type']>(
    type: T,
    fits: (event: Extract<CoreEvent, { type: T }>) => boolean = () => true,
  ): Promise<Extract<CoreEvent, { type: T }>> {
    const isIt = (event: CoreEvent): event is Extract<CoreEvent, { type: T }> => event.type === type
    return this.watched.until(
      () => this.said.filter(isIt).find(fits),
      () => `Core never said ${type}; it said ${this.said.map((event) => event.type).join(' ')}`,
    )
  }

  /** Every run, oldest first. */
  async runs(): Promise<readonly RunRow[]> {
    return (await this.store.views.runs({ limit: 200 })).items.toReversed()
  }

  async states(): Promise<readonly string[]> {
    await this.settle()
    return (await this.runs()).map(({ state }) => state)
  }

  async deliveryStates(): Promise<readonly string[]> {
    await this.settle()
    const { items } = await this.store.views.deliveries({ limit: 200 })
    return items.toReversed().map(({ text, state }) => `${text}: ${state}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    await rm(this.dir, { recursive: true, force: true })
    if (this.#areFaultsExpected) return
    const faults = this.said.filter((event) => event.type === 'fault')
    assert.deepEqual(
      faults.map(({ where, error }) => ({ where, error })),
      [],
    )
  }

  async #isSound(store: Store): Promise<void> {
    assert.deepEqual(await store.upkeep.violations(this.clock.now()), [])
  }

  #chat(place: ConstructorParameters<typeof Chat>[0], person: { readonly id: string }): Chat {
    const around = { now: () => this.clock.now(), settle: () => this.settle() }
    return new Chat(place, { name: `Person ${person.id}`, ...person }, around)
  }

  #now(): Running {
    if (this.#running) return this.#running
    throw new Error('The gateway of this rig is not running.')
  }
}

type Running = {
  readonly core: CoreParts
  readonly store: Store
  readonly events: Events
  /** Ends the record of what core says. */
  readonly silence: () => void
  readonly life: { stop(grace: AbortSignal): Promise<void> }
}

/** Starts core; disposing of the rig stops it and checks that no promise was broken. */
export async function startRig(options: RigOptions): Promise<Rig & { readonly chat: Chat }> {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-core-'))
  const rig = new Rig(dir, options)
  await rig.start()
  return Object.assign(rig, { chat: rig.direct({ id: '1', name: 'Ana' }) })
}
