import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ClaimedRun, Lease } from '../../../core/store/runs.ts'
import type { SteerOffer } from '../../../core/store/steering.ts'
import { ada, bob, group, keyOf, runIntake } from './places.ts'
import { type Engine, type World, withWorld } from './world.ts'

const chats = [ada, bob, group]
const modes = ['collect', 'followup', 'interrupt', 'steer'] as const
const kinds = [
  ...['says', 'says', 'says', 'album', 'edits', 'withdraws', 'api', 'stops', 'resets', 'cancels'],
  ...['claims', 'claims', 'claims', 'completes', 'completes', 'completes', 'fails', 'retries'],
  ...['releases', 'ends', 'crashes', 'waits', 'prompts', 'offers', 'offers', 'settles'],
] as const

/** One thing that happens; `pick` chooses among what there is to choose from. */
const step = fc.record({ kind: fc.constantFrom(...kinds), pick: fc.nat(999) })
/** What happens at the same moment stands together. */
const moments = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), {
  maxLength: 50,
  size: 'max',
})

const nameOf = ({ runId, token }: Lease) => `${runId}/${token}`

/** Plays steps against a store and keeps what must be true of any store, however they are interleaved. */
class Play {
  readonly #world: World
  readonly #claimed: ClaimedRun[] = []
  /** Leases that nobody has ended or taken away. */
  readonly #held = new Set<string>()
  readonly #accepted: { messageId: string; runId: string; number: number }[] = []
  readonly #lastRead = new Map<string, number>()
  readonly #read = new Set<string>()
  readonly #offers: SteerOffer[] = []
  /** What an executing run took, which nothing else may read any more unless that one is claimed again. */
  readonly #taken = new Map<string, readonly string[]>()
  #owner = 1

  constructor(world: World) {
    this.#world = world
  }

  async moment(steps: readonly { kind: (typeof kinds)[number]; pick: number }[]): Promise<void> {
    const recovered = (await Promise.all(steps.map(async (step) => await this.#step(step)))).flat()
    const { items } = await this.#world.store.views.runs({ state: 'running', limit: 100 })
    const running = new Set(items.map(({ id }) => id))
    for (const run of recovered) this.#loses(run, running.has(run))
    const sessions = items.map(({ sessionId }) => sessionId)
    assert.equal(new Set(sessions).size, sessions.length, 'one run at a time per session')
    assert.equal(items.length, this.#held.size, 'what executes is what is leased')
  }

  /** A recovered run was taken from all its holders; claimed again in the same moment, it has a new one. */
  #loses(run: string, isClaimedAgain: boolean): void {
    const tokens = [...this.#held]
      .filter((name) => name.startsWith(`${run}/`))
      .map((name) => Number(name.slice(run.length + 1)))
      .toSorted((a, b) => b - a)
    for (const token of isClaimedAgain ? tokens.slice(1) : tokens) {
      this.#held.delete(nameOf({ runId: run, token }))
    }
  }

  /** Ends everything that is open, as a gateway left in peace would. */
  async ends(): Promise<void> {
    const { store } = this.#world
    this.#world.now += 3_600_000
    await store.runs.recover(`gateway-${++this.#owner}`, this.#world.now)
    this.#held.clear()
    for (let round = 0; round < 500; round++) {
      const runs = await this.#world.claim(10, `gateway-${this.#owner}`)
      if (runs.length === 0) break
      for (const run of runs) {
        this.#held.add(nameOf(run.lease))
        if (run.isExhausted) await this.#world.fails(run)
        else if (run.isCancelled) assert.ok(await store.runs.cancelled(run.lease, this.#world.now))
        else await this.#complete(run)
      }
    }
    assert.deepEqual(await store.views.queue(this.#world.now), {
      depth: 0,
      oldestAt: undefined,
      executing: 0,
    })
    for (const { messageId } of this.#accepted) {
      const message = await this.#world.messageOf(messageId)
      if (message.disposition !== 'run') continue
      const run = await this.#world.run(message.runId ?? '')
      assert.ok(
        ['completed', 'failed', 'cancelled'].includes(run.state),
        `${messageId} ends with ${run.id}`,
      )
      if (run.state === 'completed') assert.ok(this.#read.has(messageId), `${messageId} was read`)
    }
    await this.#world.delivers()
    assert.equal((await store.views.counts()).pendingDeliveries, 0)
  }

  /** Returns the runs whose leases it took away. */
  async #step({
    kind,
    pick,
  }: {
    kind: (typeof kinds)[number]
    pick: number
  }): Promise<readonly string[]> {
    const world = this.#world
    const { runs, inbox } = world.store
    const chat = chats[pick % chats.length] ?? ada
    const run = this.#claimed[pick % Math.max(this.#claimed.length, 1)]
    const message = this.#accepted[pick % Math.max(this.#accepted.length, 1)]
    switch (kind) {
      case 'says':
      case 'album':
        await this.#says(chat, pick, kind === 'album' ? `album-${pick % 2}` : undefined)
        return []
      case 'edits': {
        const record = world.record('edited', {
          address: chat,
          kind: 'edit',
          platformId: `${pick % 20}`,
          version: pick,
        })
        await world.accept(record, {
          as: 'edit',
          correction: runIntake(chat),
          note: '[correction]',
        })
        return []
      }
      case 'withdraws':
        await inbox.withdraw(chat, [`${pick % 20}`], world.now)
        return []
      case 'api':
        await runs.create(
          {
            source: 'api',
            text: 'api',
            agent: 'main',
            sessionKey: keyOf(chat),
            attachments: [],
            maxAttempts: 2,
          },
          world.now,
        )
        return []
      case 'stops':
        await world.commands({ type: 'stop', sessionKey: keyOf(chat) }, chat)
        return []
      case 'resets':
        await world.commands({ type: 'reset', sessionKey: keyOf(chat) }, chat)
        return []
      case 'cancels':
        if (message) await runs.requestCancel(message.runId, world.now)
        return []
      case 'claims':
        await this.#claims((pick % 3) + 1)
        return []
      case 'waits':
        world.now += pick
        return []
      case 'prompts':
        if (run) await runs.notePrompt(run.lease, `prompt-${pick}`)
        return []
      case 'offers':
        if (run) await this.#offer(run)
        return []
      case 'settles':
        await this.#settle(pick)
        return []
      case 'crashes':
        return await runs.recover(`gateway-${++this.#owner}`, world.now)
      default:
        if (run) await this.#finishes(kind, run)
        return []
    }
  }

  async #says(chat: typeof ada, pick: number, album: string | undefined): Promise<void> {
    const accepted = await this.#world.says(
      `text ${pick}`,
      {
        mode: modes[pick % modes.length] ?? 'collect',
        windowMs: (pick % 4) * 100,
        maxQueued: (pick % 5) + 1,
        maxAttempts: 3,
        ...(album !== undefined && { album }),
      },
      { address: chat },
    )
    const messageId = accepted.messageId ?? ''
    this.#accepted.push({ messageId, runId: accepted.runId, number: Number(messageId.slice(1)) })
  }

  async #claims(limit: number): Promise<void> {
    for (const run of await this.#world.claim(limit, `gateway-${this.#owner}`)) {
      this.#claimed.push(run)
      assert.ok(!this.#held.has(nameOf(run.lease)), 'no two claims share a token')
      this.#held.add(nameOf(run.lease))
      assert.ok(run.attempt <= run.maxAttempts)
    }
  }

  async #complete(run: ClaimedRun): Promise<boolean> {
    const result = { text: 'ok', files: [], chunks: [{ text: 'ok' }] }
    if (!(await this.#world.store.runs.complete(run.lease, result, this.#world.now))) return false
    const taken = this.#taken.get(nameOf(run.lease)) ?? []
    for (const id of [...run.messages.map(({ id }) => id), ...taken]) {
      assert.ok(!this.#read.has(id), `${id} is answered once`)
      this.#read.add(id)
      // A line of a queue that ran over may be read behind a run of the API, but behind no later message.
      const lane = `${run.session.key} ${run.source}`
      const number = Number(id.slice(1))
      assert.ok(number > (this.#lastRead.get(lane) ?? 0), 'messages are answered in their order')
      this.#lastRead.set(lane, number)
    }
    return true
  }

  async #offer(run: ClaimedRun): Promise<void> {
    const { now, store } = this.#world
    const isHeld = this.#held.has(nameOf(run.lease))
    const { offers, pending } = await store.steering.offer([run.lease], now)
    if (!isHeld) assert.deepEqual(pending, [], 'nothing is offered to who executes nothing')
    this.#offers.push(...offers)
  }

  async #settle(pick: number): Promise<void> {
    const [offer] = this.#offers.splice(pick % Math.max(this.#offers.length, 1), 1)
    if (!offer) return
    const ids = offer.messages.map(({ id }) => id).slice(0, (pick % 3) + 1)
    const name = nameOf(offer.to)
    const settled = await this.#world.store.steering.settle(
      offer,
      { taken: ids, isCertain: pick % 2 === 0 },
      this.#world.now,
    )
    if (settled === 'none') return
    this.#taken.set(name, [...(this.#taken.get(name) ?? []), ...ids])
  }

  async #finishes(kind: (typeof kinds)[number], run: ClaimedRun): Promise<void> {
    const { runs } = this.#world.store
    const { now } = this.#world
    const error = { code: 'x', message: 'x' }
    const ways: Partial<Record<typeof kind, () => Promise<boolean>>> = {
      completes: async () => await this.#complete(run),
      fails: async () => await runs.fail(run.lease, error, [{ text: 'Sorry.' }], now),
      retries: async () => await runs.retry(run.lease, error, now + 50, now),
      releases: async () => await runs.release(run.lease, now),
      ends: async () => await runs.cancelled(run.lease, now),
    }
    const isDone = await ways[kind]?.()
    if (isDone)
      assert.ok(this.#held.delete(nameOf(run.lease)), 'only who holds a run can end it, once')
  }
}

export function interleavingsContract(name: string, engine: Engine): void {
  test(`${name} interleavings: whatever happens at once, order holds and every message ends once`, async () => {
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
