import assert from 'node:assert/strict'
import type { Job, Occurrence } from '../../../core/scheduler/job.ts'
import type { OccurrenceLease, OccurrenceStep } from '../../../core/scheduler/job-store.ts'
import { minute } from './job-world.ts'
import type { World } from './world.ts'

const openStates: ReadonlySet<string> = new Set(['queued', 'leased', 'running'])

/** What happened to jobs and their times, beside a store, and what must therefore be true of it. */
export class JobLedger {
  readonly #world: World
  readonly #jobs = new Map<string, Job>()
  /** Jobs of which nobody changed anything: every time of theirs comes. */
  readonly #untouched = new Map<string, Job>()
  readonly #occurrences = new Map<string, string>()
  readonly #tokens = new Map<string, number>()
  /** Occurrences (`o1`) that have ended, and leases (`o1/2`) that were used or lost. */
  readonly #ended = new Set<string>()
  /** Runs and the occurrence each was made for. */
  readonly #runs = new Map<string, string>()
  readonly #answered = new Set<string>()
  readonly #heard = new Set<string>()
  #enqueuedAt = 0
  #isOver = false

  constructor(world: World) {
    this.#world = world
  }

  made(job: Job): void {
    this.#jobs.set(job.id, job)
    this.#untouched.set(job.id, job)
  }

  disturbed(jobId: string): void {
    this.#untouched.delete(jobId)
  }

  /** What was claimed goes no further. */
  paused(jobId: string): void {
    this.disturbed(jobId)
    for (const [id, job] of this.#occurrences) if (job === jobId) this.#loses(id)
  }

  removed(jobId: string): void {
    this.paused(jobId)
    this.#jobs.delete(jobId)
    for (const [id, job] of this.#occurrences) if (job === jobId) this.#occurrences.delete(id)
  }

  enqueued(made: readonly OccurrenceStep[], now: number): void {
    this.occurs(made)
    if (!this.#isOver) this.#enqueuedAt = now
  }

  /** From here on jobs are brought to their end. */
  stops(): void {
    this.#isOver = true
  }

  occurs(made: readonly { readonly id: string; readonly jobId: string }[]): void {
    for (const { id, jobId } of made) {
      assert.ok(!this.#occurrences.has(id), `${id} is made once`)
      if (this.#jobs.has(jobId)) this.#occurrences.set(id, jobId)
    }
  }

  takes({ id, token }: OccurrenceLease): void {
    assert.ok(token > (this.#tokens.get(id) ?? 0), 'no two claims share a token')
    assert.ok(!this.#ended.has(id), `${id} has ended and is not claimed again`)
    this.#tokens.set(id, token)
  }

  /** Somebody moved an occurrence on by its lease. */
  done(lease: OccurrenceLease, step: OccurrenceStep): void {
    const name = `${lease.id}/${lease.token}`
    assert.equal(this.#tokens.get(lease.id), lease.token, `${name} was the last claim`)
    assert.ok(!this.#ended.has(name), `${name} was held`)
    this.#ended.add(name)
    if (!openStates.has(step.state)) this.#ended.add(lease.id)
    if (step.runId !== undefined && step.state === 'running') this.#runs.set(step.runId, lease.id)
  }

  recovered(steps: readonly OccurrenceStep[]): void {
    for (const { id, state } of steps) {
      this.#loses(id)
      if (!openStates.has(state)) this.#ended.add(id)
    }
  }

  answered(runId: string): void {
    const occurrence = this.#runs.get(runId)
    if (occurrence === undefined) return
    assert.ok(!this.#answered.has(occurrence), `${occurrence} has one completed run`)
    this.#answered.add(occurrence)
  }

  heard(text: string): void {
    if (!/^(says|answers) o/.test(text)) return
    assert.ok(!this.#heard.has(text), `"${text}" is heard once`)
    this.#heard.add(text)
  }

  /** True at every moment. */
  async holds(maxTurns: number): Promise<void> {
    let turns = 0
    for (const job of this.#jobs.values()) {
      const underWay = (await this.#of(job)).filter(
        ({ state }) => state === 'leased' || state === 'running',
      )
      assert.ok(underWay.length <= 1, `${job.id} does one thing at a time`)
      if (job.kind !== 'message') turns += underWay.length
    }
    assert.ok(turns <= maxTurns, `${turns} agents are called at once`)
  }

  /** How many occurrences are not finished. */
  async open(): Promise<number> {
    let open = 0
    for (const job of this.#jobs.values()) {
      for (const { state, delivery } of await this.#of(job))
        if (openStates.has(state) || delivery === 'pending') open += 1
    }
    return open
  }

  /** True in the end: nothing is missing, and what was run was heard. */
  async isWhole(): Promise<void> {
    const kept = new Set<string>()
    for (const job of this.#jobs.values()) {
      const occurrences = await this.#of(job)
      for (const one of occurrences) {
        kept.add(one.id)
        const word = job.kind === 'message' ? 'says' : 'answers'
        const wasHeard = this.#heard.has(`${word} ${one.id}`)
        assert.equal(wasHeard, one.state === 'completed', `${one.id} of a ${job.kind} ${one.state}`)
        assert.equal(one.delivery, one.state === 'completed' ? 'sent' : 'none', one.id)
      }
      const times = occurrences.map(({ scheduledFor }) => scheduledFor)
      assert.equal(new Set(times).size, times.length, 'a time occurs once')
    }
    for (const id of this.#occurrences.keys()) assert.ok(kept.has(id), `${id} is not lost`)
    for (const job of this.#untouched.values()) await this.#isDense(job)
  }

  /** A job that makes up for everything has every time there was, unless failures paused it. */
  async #isDense({ id, misfire, schedule, createdAt }: Job): Promise<void> {
    const job = await this.#world.store.jobs.find(id)
    if (misfire.policy !== 'all' || schedule.kind !== 'every' || job?.state === 'paused') return
    const occurrences = (await this.#of({ id })).filter(({ isManual }) => !isManual)
    const times = new Set(occurrences.map(({ scheduledFor }) => scheduledFor))
    for (let at = createdAt + minute; at <= this.#enqueuedAt; at += minute)
      assert.ok(times.has(at), `${id} has the time ${at - createdAt} ms after it was made`)
  }

  #loses(id: string): void {
    this.#ended.add(`${id}/${this.#tokens.get(id)}`)
  }

  async #of({ id }: Pick<Job, 'id'>): Promise<readonly Occurrence[]> {
    return (await this.#world.store.jobs.occurrences(id, { limit: 1000 })).items
  }
}
