import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Address, Chunk, RunEvent } from '../../../core/model.ts'
import type { ClaimedDelivery } from '../../../core/store/deliveries.ts'
import type { Effect, EffectOutcome } from '../../../core/store/effects.ts'
import type { Accepted } from '../../../core/store/inbox.ts'
import type { InboundRecord, Intake, RunIntake } from '../../../core/store/intake.ts'
import type { ClaimedRun, RunRow } from '../../../core/store/runs.ts'
import type { Store } from '../../../core/store/store.ts'
import { account, ada, runIntake } from './places.ts'

/** One way to keep the store's promises. */
export type Engine = {
  /** Opens the store kept in a directory, and makes it where there is none. */
  open(dir: string): Promise<Store>
  /** Puts a backup file into an empty directory, to be opened there. */
  restore(file: string, dir: string): Promise<void>
  /** Breaks a promise behind the store's back (which is closed): an accepted message that belongs to no run any more. */
  damage(dir: string, messageId: string): Promise<void>
}

/** A store of its own for one test, with time that moves by hand and short words for what tests do all the time. */
export class World {
  readonly dir: string
  now = Date.UTC(2026, 0, 1)
  store: Store
  readonly #engine: Engine
  #messages = 0

  constructor(engine: Engine, dir: string, store: Store) {
    this.#engine = engine
    this.dir = dir
    this.store = store
  }

  record(text: string, changes: Partial<InboundRecord> = {}): InboundRecord {
    const address = changes.address ?? ada
    return {
      kind: 'message',
      address,
      chatKind:
        address.thread === undefined ? (address.chat.startsWith('-') ? 'group' : 'dm') : 'thread',
      author: { id: address.chat, name: `Person ${address.chat}` },
      platformId: String(++this.#messages),
      version: 0,
      text,
      notes: [],
      attachments: [],
      sentAt: this.now,
      ...changes,
    }
  }

  async accept(record: InboundRecord, intake: Intake): Promise<Accepted> {
    const [accepted] = await this.store.inbox.accept([{ record, intake }], this.now)
    assert.ok(accepted)
    return accepted
  }

  /** A person writes what the agent is to answer. Returns what became of it; the run is there. */
  async says(
    text: string,
    intake: Partial<RunIntake> = {},
    changes: Partial<InboundRecord> = {},
  ): Promise<Accepted & { runId: string }> {
    const record = this.record(text, changes)
    const accepted = await this.accept(record, runIntake(record.address, intake))
    assert.ok(accepted.runId !== undefined)
    return { ...accepted, runId: accepted.runId }
  }

  /** A command, with the outcome it had; the reply is the outcome as JSON. */
  async commands(
    effect: Effect,
    address: Address = ada,
    platformId?: string,
  ): Promise<EffectOutcome> {
    const record = this.record('/command', { address, ...(platformId && { platformId }) })
    const accepted = await this.accept(record, {
      as: 'control',
      command: 'command',
      effect,
      reply: (outcome) => [{ text: JSON.stringify(outcome) }],
    })
    assert.ok(accepted.outcome)
    return accepted.outcome
  }

  async claim(limit = 10, owner = 'gateway-1'): Promise<readonly ClaimedRun[]> {
    const { runs } = await this.store.runs.claim({ owner, now: this.now, leaseMs: 60_000, limit })
    return runs
  }

  async claimOne(): Promise<ClaimedRun> {
    const runs = await this.claim()
    assert.equal(runs.length, 1, 'exactly one run is due')
    const [run] = runs
    assert.ok(run)
    return run
  }

  async nextRunAt(): Promise<number | undefined> {
    const { runs, nextAt } = await this.store.runs.claim({
      owner: 'gateway-1',
      now: this.now,
      leaseMs: 60_000,
      limit: 10,
    })
    assert.deepEqual(runs, [], 'nothing is due')
    return nextAt
  }

  /** The agent answers with one message per text. */
  async answers(run: ClaimedRun, ...texts: string[]): Promise<void> {
    const chunks = texts.map((text): Chunk => ({ text }))
    const result = { text: texts.join('\n'), files: [], chunks }
    assert.ok(await this.store.runs.complete(run.lease, result, this.now))
  }

  /** The run fails for good, and the person is told. */
  async fails(run: ClaimedRun): Promise<void> {
    const error = { code: 'model', message: 'The model is away.' }
    assert.ok(await this.store.runs.fail(run.lease, error, [{ text: 'Sorry.' }], this.now))
  }

  async claimDeliveries(limit = 10): Promise<readonly ClaimedDelivery[]> {
    const args = { accounts: [account], now: this.now, limit }
    return (await this.store.deliveries.claim(args)).deliveries
  }

  async claimDelivery(): Promise<ClaimedDelivery> {
    const [delivery, ...others] = await this.claimDeliveries()
    assert.ok(delivery, 'a delivery is due')
    assert.deepEqual(others, [], 'exactly one delivery is due')
    return delivery
  }

  /** Sends everything that can be sent. Returns the texts, in the order they were sent. */
  async delivers(): Promise<string[]> {
    const texts: string[] = []
    for (let round = 0; round < 1000; round++) {
      const deliveries = await this.claimDeliveries()
      if (deliveries.length === 0) return texts
      for (const { id, chunk } of deliveries) {
        await this.store.deliveries.sent(id, `out-${id}`, this.now)
        texts.push(chunk.text)
      }
    }
    throw new assert.AssertionError({ message: 'the outbox never becomes empty' })
  }

  async run(id: string): Promise<RunRow> {
    const run = await this.store.views.run(id)
    assert.ok(run, `${id} exists`)
    return run
  }

  async stateOf(id: string): Promise<string> {
    return (await this.run(id)).state
  }

  async eventsOf(id: string): Promise<readonly RunEvent[]> {
    return await this.store.views.runEvents(id, 0, 1000)
  }

  async typesOf(id: string): Promise<string[]> {
    return (await this.eventsOf(id)).map(({ type }) => type)
  }

  async messageOf(id: string | undefined) {
    assert.ok(id !== undefined, 'it was recorded')
    const message = (await this.store.views.trace(id))?.message
    assert.ok(message, `${id} can be traced`)
    return message
  }

  /** Another process opens the store: what was in memory is gone. */
  async restarts(): Promise<void> {
    await this.store.close()
    this.store = await this.#engine.open(this.dir)
  }

  async isSound(): Promise<void> {
    assert.deepEqual(await this.store.upkeep.violations(this.now), [])
    let before: string | undefined
    do {
      const page = await this.store.views.runs({
        limit: 100,
        ...(before !== undefined && { before }),
      })
      for (const run of page.items) await this.#isDense(run)
      before = page.next ?? undefined
    } while (before !== undefined)
  }

  async #isDense(run: RunRow): Promise<void> {
    const events = await this.eventsOf(run.id)
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, index) => index + 1),
      `the events of ${run.id} are dense from 1`,
    )
    assert.equal(events[0]?.type, 'run.accepted')
    const ends = events.filter(({ type }) => endings.has(type))
    const isOpen = ['queued', 'running', 'waiting'].includes(run.state)
    assert.deepEqual(
      ends.map(({ type }) => type),
      isOpen ? [] : [`run.${run.state}`],
    )
  }
}

const endings: ReadonlySet<string> = new Set([
  'run.completed',
  'run.failed',
  'run.cancelled',
  'run.superseded',
])

export async function withWorld(
  engine: Engine,
  scene: (world: World) => Promise<void>,
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-store-'))
  const world = new World(engine, dir, await engine.open(dir))
  try {
    await scene(world)
    await world.isSound()
  } finally {
    await world.store.close()
    await rm(dir, { recursive: true, force: true })
  }
}

/** Declares tests that each get a fresh world, whose promises are checked once more at the end. */
export function scenes(name: string, engine: Engine) {
  return (sentence: string, scene: (world: World) => Promise<void>): void => {
    test(`${name}: ${sentence}`, async () => await withWorld(engine, scene))
  }
}
