import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Job } from '../../../core/scheduler/job.ts'
import type { ClaimedOccurrence, OccurrenceStep } from '../../../core/scheduler/job-store.ts'
import { planDue } from '../../../core/scheduler/plan-due.ts'
import { JobLedger } from './job-ledger.ts'
import { limits, minute, newJob, policy } from './job-world.ts'
import { ada, bob } from './places.ts'
import { type Engine, type World, withWorld } from './world.ts'

const kinds = [
  ...['makes', 'makes', 'waits', 'waits', 'waits', 'enqueues', 'enqueues', 'enqueues', 'enqueues'],
  ...['claims', 'claims', 'claims', 'performs', 'performs', 'performs', 'settles', 'settles'],
  ...['runs', 'runs', 'breaks', 'sends', 'fails', 'gives up', 'releases', 'renews', 'crashes'],
  ...['pauses', 'resumes', 'edits', 'removes', 'runs now', 'prunes'],
] as const
type Kind = (typeof kinds)[number]

/** One thing that happens; `pick` chooses among what there is to choose from. */
const step = fc.record({ kind: fc.constantFrom(...kinds), pick: fc.nat(999) })
/** What happens at the same moment stands together. */
const moments = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), {
  maxLength: 40,
  size: 'max',
})

const maxTurns = 2
const random = () => 0

/** Plays steps against a store, with a ledger of what must be true of any store, however they are interleaved. */
class Play {
  readonly #world: World
  readonly #ledger: JobLedger
  readonly #jobs: Job[] = []
  readonly #claimed: ClaimedOccurrence[] = []
  #owner = 1

  constructor(world: World) {
    this.#world = world
    this.#ledger = new JobLedger(world)
  }

  async moment(steps: readonly { kind: Kind; pick: number }[]): Promise<void> {
    await Promise.all(steps.map(async ({ kind, pick }) => await this.#step(kind, pick)))
    await this.#ledger.holds(maxTurns)
  }

  /** Ends everything that is open, as a gateway left in peace would. */
  async ends(): Promise<void> {
    await this.#crashes()
    await this.#enqueues()
    this.#ledger.stops()
    for (const job of this.#jobs) await this.#ends(job)
    for (let round = 0; (await this.#ledger.open()) > 0; round++) {
      assert.ok(round < 400, 'everything comes to an end')
      this.#world.now += minute
      await this.#claims()
      for (const claimed of this.#claimed.splice(0)) await this.#performs(claimed)
      while ((await this.#runs(false)) > 0);
      await this.#settles()
      await this.#sends()
      await this.#settles()
    }
    await this.#ledger.isWhole()
  }

  /** Times that have come are made, and no more will come. */
  async #ends({ id }: Job): Promise<void> {
    await this.#enqueues()
    const job = await this.#world.store.jobs.find(id)
    if (job?.state !== 'active') return
    const at = this.#world.now + minute / 2
    const edit = { schedule: { kind: 'at', at }, nextAt: at } as const
    await this.#world.store.jobs.change(id, job.version, edit, this.#world.now)
    this.#world.now += minute
    await this.#enqueues()
  }

  async #step(kind: Kind, pick: number): Promise<unknown> {
    const { store } = this.#world
    const { now } = this.#world
    const job = this.#jobs[pick % Math.max(this.#jobs.length, 1)]
    const claimed = this.#claimed[pick % Math.max(this.#claimed.length, 1)]
    switch (kind) {
      case 'makes':
        return await this.#makes(pick)
      case 'waits':
        this.#world.now += (pick % 90) * 1000
        return
      case 'enqueues':
        return await this.#enqueues()
      case 'claims':
        return await this.#claims()
      case 'settles':
        return await this.#settles()
      case 'runs':
      case 'breaks':
        return await this.#runs(kind === 'breaks')
      case 'sends':
        return await this.#sends()
      case 'crashes':
        return await this.#crashes()
      case 'prunes':
        // Younger than everything but what is long over; nothing here is.
        return assert.equal(await store.upkeep.prune(now - 1e9, 10), 0)
      case 'performs':
        return claimed && (await this.#performs(claimed))
      case 'fails':
      case 'gives up':
        return claimed && (await this.#fails(claimed, kind === 'gives up'))
      case 'releases':
        return claimed && (await store.occurrences.release(claimed.lease, now))
      case 'renews':
        return await store.occurrences.renew(
          this.#claimed.map(({ lease }) => lease),
          now + minute,
        )
      default:
        return job && (await this.#acts(kind, job, pick))
    }
  }

  async #makes(pick: number): Promise<void> {
    const { now } = this.#world
    const wanted = newJob(this.#world, {
      kind: pick % 3 === 0 ? 'agent' : 'message',
      overlap: pick % 2 === 0 ? 'queue' : 'skip',
      target: { type: 'chat', address: pick % 5 === 0 ? bob : ada },
      misfire: pick % 4 === 0 ? { policy: 'all', max: 1000 } : { policy: 'once' },
      ...(pick % 7 === 0 && {
        schedule: { kind: 'at', at: now + (pick % 50) + 1 },
        nextAt: now + (pick % 50) + 1,
      }),
    })
    const created = await this.#world.store.jobs.create(wanted, limits, now)
    assert.ok('job' in created)
    this.#jobs.push(created.job)
    this.#ledger.made(created.job)
  }

  async #acts(kind: Kind, { id }: Job, pick: number): Promise<void> {
    const { jobs } = this.#world.store
    const { now } = this.#world
    switch (kind) {
      case 'pauses':
        if ((await jobs.pause(id, 'x', now)) === 'done') this.#ledger.paused(id)
        return
      case 'resumes':
        if ((await jobs.resume(id, now + minute, now)) === 'done') this.#ledger.disturbed(id)
        return
      case 'removes':
        if (await jobs.remove(id, now)) this.#ledger.removed(id)
        return
      case 'runs now': {
        const made = await jobs.runNow(id, now)
        if (typeof made === 'object') this.#ledger.occurs([made])
        return
      }
      default: {
        const job = await jobs.find(id)
        if (!job) return
        const everyMs = ((pick % 3) + 1) * 20_000
        const schedule = { kind: 'every', everyMs, anchorAt: now } as const
        const edit = { schedule, nextAt: now + everyMs }
        const changed = await jobs.change(id, job.version, edit, now)
        if (typeof changed === 'object') this.#ledger.disturbed(id)
      }
    }
  }

  async #enqueues(): Promise<void> {
    const { now } = this.#world
    const plan = (job: Parameters<typeof planDue>[0]) => planDue(job, now, random)
    const { made } = await this.#world.store.occurrences.enqueue({ now, limit: 100, plan })
    this.#ledger.enqueued(made, now)
  }

  async #claims(): Promise<void> {
    const owner = `gateway-${this.#owner}`
    const args = { owner, now: this.#world.now, leaseMs: minute, messages: 10, maxTurns }
    const { occurrences } = await this.#world.store.occurrences.claim(args)
    for (const { lease } of occurrences) this.#ledger.takes(lease)
    this.#claimed.push(...occurrences)
  }

  async #performs({ lease, job }: ClaimedOccurrence): Promise<void> {
    const { occurrences } = this.#world.store
    const route = job.target.type === 'chat' ? job.target.address : ada
    const run = { text: lease.id, agent: 'main', sessionKey: job.id, route, maxAttempts: 2 }
    const done: OccurrenceStep | 'dead' | undefined =
      job.kind === 'message'
        ? await occurrences.deliver(lease, route, [{ text: `says ${lease.id}` }], this.#world.now)
        : await occurrences.begin(lease, run, this.#world.now)
    assert.notEqual(done, 'dead')
    if (typeof done === 'object') this.#ledger.done(lease, done)
  }

  async #fails({ lease }: ClaimedOccurrence, isFinal: boolean): Promise<void> {
    const error = { code: 'x', message: 'x' }
    const { now } = this.#world
    const how = { ...policy, retryAt: () => now + 5000, isFinal }
    const failed = await this.#world.store.occurrences.fail(lease, error, how, now)
    if (failed) this.#ledger.done(lease, failed)
  }

  /** Everything that can be run is run. Returns how many runs there were. */
  async #runs(fails: boolean): Promise<number> {
    const runs = await this.#world.claim(10, `gateway-${this.#owner}`)
    for (const run of runs) {
      const { now, store } = this.#world
      const words = `answers ${run.messages[0]?.text}`
      const result = { text: words, files: [], chunks: [{ text: words }] }
      const error = { code: 'x', message: 'x' }
      if (fails || run.isExhausted) await store.runs.fail(run.lease, error, [], now)
      else if (await store.runs.complete(run.lease, result, now)) this.#ledger.answered(run.id)
    }
    return runs.length
  }

  async #settles(): Promise<void> {
    const { now, store } = this.#world
    await store.occurrences.settle({ ...policy, retryAt: () => now + 5000 }, 100, now)
  }

  async #sends(): Promise<void> {
    for (const { id, chunk } of await this.#world.claimDeliveries(10)) {
      await this.#world.store.deliveries.sent(id, `out-${id}`, this.#world.now)
      this.#ledger.heard(chunk.text)
    }
  }

  async #crashes(): Promise<void> {
    const { store, now } = this.#world
    const owner = `gateway-${++this.#owner}`
    await Promise.all([
      store.occurrences.recover(owner, policy, now).then((steps) => this.#ledger.recovered(steps)),
      store.runs.recover(owner, now),
    ])
  }
}

export function jobInterleavingsContract(name: string, engine: Engine): void {
  test(`${name} interleavings: whatever happens at once, a time of a job is run once at most and none is lost`, async () => {
    await fc.assert(
      fc.asyncProperty(moments, async (script) => {
        await withWorld(engine, async (world) => {
          const play = new Play(world)
          for (const steps of script) await play.moment(steps)
          await play.ends()
        })
      }),
      { numRuns: 25 },
    )
  })
}
