import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ClaimedDelivery } from '../../../core/store/deliveries.ts'
import { account, ada, bob, group, topic } from './places.ts'
import { type Engine, type World, withWorld } from './world.ts'

const places = [ada, bob, group, topic]
const lanes = ['answer', 'control'] as const
const kinds = [
  ...['queues', 'queues', 'queues', 'claims', 'claims', 'sent', 'sent', 'sent', 'postponed'],
  ...['uncertain', 'discarded', 'parked', 'crashes', 'waits'],
] as const

const step = fc.record({ kind: fc.constantFrom(...kinds), pick: fc.nat(999) })
const moments = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), {
  maxLength: 50,
  size: 'max',
})

const laneOf = ({ to, lane }: Pick<ClaimedDelivery, 'to' | 'lane'>) => `${to.chat} ${lane}`

/** Plays steps against an outbox and keeps what must be true of any, however they are interleaved. */
class Play {
  readonly #world: World
  /** Every delivery ever claimed; of one that left its lane, nothing may come back. */
  readonly #claimed = new Map<string, ClaimedDelivery>()
  readonly #gone = new Set<string>()
  readonly #touched = new Set<string>()
  readonly #lastSent = new Map<string, number>()
  #queued = 0

  constructor(world: World) {
    this.#world = world
  }

  async moment(steps: readonly { kind: (typeof kinds)[number]; pick: number }[]): Promise<void> {
    this.#touched.clear()
    await Promise.all(steps.map(async (step) => await this.#step(step)))
    const { items } = await this.#world.store.views.deliveries({ state: 'sending', limit: 100 })
    const sending = items.map(({ chat, lane }) => `${chat} ${lane}`)
    assert.equal(new Set(sending).size, sending.length, 'one in flight per chat and lane')
  }

  async ends(): Promise<void> {
    const { deliveries, views } = this.#world.store
    this.#world.now += 3_600_000
    await deliveries.recover(this.#world.now)
    for (const { id } of await deliveries.unsettled(account)) {
      await deliveries.postpone(id, this.#world.now, 'it did not arrive', true, this.#world.now)
    }
    for (let round = 0; round < 1000; round++) {
      const claimed = await this.#claims(10)
      if (claimed.length === 0) break
      for (const { id } of claimed) await this.#sends(id)
    }
    assert.equal((await views.counts()).pendingDeliveries, 0, 'everything was sent or ended')
  }

  async #step({ kind, pick }: { kind: (typeof kinds)[number]; pick: number }): Promise<void> {
    const { deliveries } = this.#world.store
    const { now } = this.#world
    if (kind === 'queues') {
      const to = places[pick % places.length] ?? ada
      const lane = lanes[pick % lanes.length] ?? 'answer'
      const chunks = Array.from({ length: (pick % 3) + 1 }, () => ({ text: `${++this.#queued}` }))
      await deliveries.queue(to, { chunks, lane }, `key-${this.#queued}`, now)
      return
    }
    if (kind === 'claims') {
      await this.#claims((pick % 3) + 1)
      return
    }
    if (kind === 'waits') {
      this.#world.now += pick
      return
    }
    if (kind === 'crashes') {
      await deliveries.recover(now)
      return
    }
    // Only one outcome is reported per send: the outbox asks once and hears once.
    const open = [...this.#claimed.keys()].filter(
      (id) => !this.#gone.has(id) && !this.#touched.has(id),
    )
    const id = open[pick % Math.max(open.length, 1)]
    if (id === undefined) return
    this.#touched.add(id)
    const row = await this.#world.store.views.delivery(id)
    if (row?.state === 'pending') return
    if (kind === 'sent') await this.#sends(id)
    if (kind === 'postponed') await deliveries.postpone(id, now + 50, 'busy', pick % 2 === 0, now)
    if (kind === 'uncertain') await deliveries.uncertain(id, 'timeout', now)
    if (kind === 'discarded')
      await this.#leaves(id, async () => await deliveries.discard(id, 'refused', now))
    if (kind === 'parked' && row?.state === 'uncertain') {
      await this.#leaves(id, async () => await deliveries.park(id, 'Nobody knows.', now))
    }
  }

  async #claims(limit: number): Promise<readonly ClaimedDelivery[]> {
    const claimed = await this.#world.claimDeliveries(limit)
    for (const delivery of claimed) {
      assert.ok(!this.#gone.has(delivery.id), 'what left its lane never comes back')
      const number = Number(delivery.chunk.text)
      assert.ok(number > (this.#lastSent.get(laneOf(delivery)) ?? 0), 'a lane keeps its order')
      this.#claimed.set(delivery.id, delivery)
    }
    return claimed
  }

  async #sends(id: string): Promise<void> {
    const delivery = this.#claimed.get(id)
    assert.ok(delivery)
    await this.#leaves(
      id,
      async () => await this.#world.store.deliveries.sent(id, `out-${id}`, this.#world.now),
    )
    this.#lastSent.set(laneOf(delivery), Number(delivery.chunk.text))
  }

  async #leaves(id: string, how: () => Promise<unknown>): Promise<void> {
    this.#gone.add(id)
    await how()
  }
}

export function laneInterleavingsContract(name: string, engine: Engine): void {
  test(`${name} interleavings: whatever happens at once, lanes keep their order and nothing is sent twice`, async () => {
    await fc.assert(
      fc.asyncProperty(moments, async (script) => {
        await withWorld(engine, async (world) => {
          const play = new Play(world)
          for (const steps of script) await play.moment(steps)
          await play.ends()
        })
      }),
      { numRuns: 40 },
    )
  })
}
