import type { Clock } from '../clock.ts'
import { RequestError } from '../errors.ts'
import type { Settings } from '../settings.ts'
import type { Page } from '../store/page.ts'
import type { Job, JobAuthor, JobChange, JobDraft, Occurrence } from './job.ts'
import { acceptedHash, changeOf, isSamePlace, jobLimits, jobOf } from './job-draft.ts'
import type { JobAct, JobScope, JobStore, NewJob } from './job-store.ts'
import { JobTimes } from './job-times.ts'
import type { Jobs, JobView, SimulatedTime } from './jobs.ts'
import type { Targets } from './targets.ts'

const maxSimulated = 1000
const pageSize = 100

type Parts = {
  readonly jobs: JobStore
  readonly targets: Targets
  readonly clock: Clock
  readonly settings: () => Settings
  /** The folder an agent works in. */
  readonly workspaceOf?: (agent: string) => string | undefined
  /** Something may be due earlier than it was. */
  readonly onChange: () => void
}

/** Where jobs are made and changed, with the rights of whoever asks. */
export class JobDesk implements Jobs {
  readonly #parts: Parts
  readonly #times: JobTimes

  constructor(parts: Parts) {
    this.#parts = parts
    this.#times = new JobTimes(parts)
  }

  async create(draft: JobDraft, by: JobAuthor): Promise<JobView> {
    const { jobs, clock, onChange } = this.#parts
    const created = await jobs.create(await this.#jobOf(draft, by), jobLimits, clock.now())
    if ('full' in created) {
      const where = created.full === 'chat' ? ' for this chat' : ''
      throw new RequestError(
        409,
        'too-many-jobs',
        `There are ${created.max} jobs${where} already. Remove one first.`,
      )
    }
    onChange()
    return this.view(created.job, by)
  }

  async preview(draft: JobDraft, by: JobAuthor): Promise<Omit<JobView, 'job'>> {
    const { description, next } = await this.drafted(draft, by)
    return { description, next }
  }

  /** What a draft comes to, checked and ready to be stored. */
  async drafted(
    draft: JobDraft,
    by: JobAuthor,
  ): Promise<Omit<JobView, 'job'> & { readonly job: NewJob }> {
    const now = this.#parts.clock.now()
    const job = await this.#jobOf(draft, by)
    const asMade = { ...job, state: 'active', cursor: now, runs: 0 } as const
    return { job, description: this.#times.describe(job, by), next: this.#times.next(asMade, by) }
  }

  async list(
    by: JobAuthor,
    args: { readonly cursor?: string; readonly limit?: number; readonly isOpen?: boolean } = {},
  ): Promise<Page<JobView>> {
    const { cursor, limit = pageSize, isOpen = false } = args
    const scope = scopeOf(by)
    if (scope === undefined) return { items: [], next: null }
    const page = await this.#parts.jobs.list({
      scope,
      limit,
      ...(isOpen && { state: 'open' as const }),
      ...(cursor !== undefined && { cursor }),
    })
    return { items: page.items.map((job) => this.view(job, by)), next: page.next }
  }

  async get(id: string, by: JobAuthor): Promise<JobView> {
    return this.view(await this.#find(id, by), by)
  }

  async update(id: string, change: JobChange, by: JobAuthor): Promise<JobView> {
    const { jobs, clock, onChange } = this.#parts
    const job = await this.#find(id, by)
    const edit = await changeOf(job, change, by, this.#around())
    const changed = await jobs.change(id, job.version, edit, clock.now())
    if (changed === 'unknown') throw unknown(id)
    if (changed === 'stale') throw changedMeanwhile(id)
    onChange()
    return this.view(changed, by)
  }

  async pause(id: string, by: JobAuthor): Promise<JobView> {
    const { jobs, clock } = this.#parts
    await this.#find(id, by)
    const reason = by.person ? `paused by ${by.person.name}` : 'paused by an owner'
    act(await jobs.pause(id, reason, clock.now()), id, 'only an active job can be paused')
    return this.get(id, by)
  }

  async resume(id: string, by: JobAuthor): Promise<JobView> {
    const { jobs, clock, onChange } = this.#parts
    const nextAt = this.#times.nextOf(await this.#find(id, by))
    const acted = await jobs.resume(id, nextAt, clock.now())
    act(acted, id, 'only a paused job can be resumed')
    onChange()
    return this.get(id, by)
  }

  async acceptModule(id: string, by: JobAuthor): Promise<JobView> {
    const { jobs, clock, workspaceOf } = this.#parts
    const { module, agent, version, pausedBy } = await this.#find(id, by)
    if (!by.isOwner) throw new RequestError(403, 'owners-only', 'Only owners accept modules.')
    if (module === undefined) act('not-now', id, 'it has no module to accept')
    const moduleHash = await acceptedHash(module ?? '', workspaceOf?.(agent))
    const changed = await jobs.change(id, version, { moduleHash }, clock.now())
    if (typeof changed === 'string') throw changedMeanwhile(id)
    return pausedBy === 'module-changed' ? await this.resume(id, by) : this.view(changed, by)
  }

  async remove(id: string, by: JobAuthor): Promise<void> {
    await this.#find(id, by)
    await this.#parts.jobs.remove(id, this.#parts.clock.now())
  }

  async runNow(id: string, by: JobAuthor): Promise<Occurrence> {
    const { jobs, clock, onChange } = this.#parts
    await this.#find(id, by)
    const made = await jobs.runNow(id, clock.now())
    if (made === 'unknown') throw unknown(id)
    if (made === 'paused') act('not-now', id, 'it is paused; resume it first')
    if (made === 'busy') act('not-now', id, 'it is waiting or running already')
    if (typeof made === 'string') throw unknown(id)
    onChange()
    return made
  }

  async occurrences(
    id: string,
    by: JobAuthor,
    { cursor, limit = pageSize }: { readonly cursor?: string; readonly limit?: number } = {},
  ): Promise<Page<Occurrence>> {
    await this.#find(id, by)
    const args = { limit, ...(cursor !== undefined && { cursor }) }
    return this.#parts.jobs.occurrences(id, args)
  }

  async simulate(
    { from, to }: { readonly from: number; readonly to: number },
    by: JobAuthor,
  ): Promise<readonly SimulatedTime[]> {
    let found: SimulatedTime[] = []
    let cursor: string | undefined
    do {
      const page = await this.list(by, { limit: pageSize, ...(cursor !== undefined && { cursor }) })
      for (const { job } of page.items) {
        if (job.state !== 'active') continue
        const after = Math.max(from, job.cursor)
        const times = this.#times.after(job, after, maxSimulated, by).filter(({ at }) => at <= to)
        found.push(...times.map((time) => ({ job: job.id, name: job.name, ...time })))
      }
      found = found.sort((a, b) => a.at - b.at).slice(0, maxSimulated)
      cursor = page.next ?? undefined
    } while (cursor !== undefined)
    return found
  }

  /** A job with what is said about it, in the words of whoever asks. */
  view(job: Job, by: JobAuthor): JobView {
    return { job, description: this.#times.describe(job, by), next: this.#times.next(job, by) }
  }

  /** When a job goes on that is resumed now. Throws `RequestError` when that cannot be worked out any more. */
  nextOf(job: Job): number | undefined {
    return this.#times.nextOf(job)
  }

  #jobOf(draft: JobDraft, by: JobAuthor) {
    return jobOf(draft, by, this.#around())
  }

  #around() {
    const { settings, clock } = this.#parts
    return { ...this.#parts, settings: settings(), now: clock.now() }
  }

  async #find(id: string, by: JobAuthor): Promise<Job> {
    const job = await this.#parts.jobs.find(id)
    if (!job || !isTheirs(job, by)) throw unknown(id)
    return job
  }
}

/** Whose jobs somebody has; undefined: none. */
function scopeOf({ isOwner, chat, person }: JobAuthor): JobScope | undefined {
  if (isOwner) return 'all'
  return chat && { chat, ...(person && { person }) }
}

/** Whether somebody may see and change a job. */
function isTheirs({ createdBy, target }: Job, by: JobAuthor): boolean {
  const { isOwner, chat, person } = by
  if (isOwner) return true
  if (!chat) return false
  if (createdBy.chat && isSamePlace(createdBy.chat, chat)) return true
  const isMine =
    person !== undefined &&
    createdBy.person?.account === person.account &&
    createdBy.person.id === person.id
  return isMine && target.type === 'chat' && isSamePlace(target.address, chat)
}

function unknown(id: string): RequestError {
  return new RequestError(404, 'no-such-job', `There is no job ${id}.`)
}

function changedMeanwhile(id: string): RequestError {
  return new RequestError(409, 'changed-meanwhile', `Somebody else has just changed job ${id}.`)
}

function act(acted: JobAct, id: string, sentence: string): void {
  if (acted === 'unknown') throw unknown(id)
  if (acted === 'not-now') throw new RequestError(409, 'wrong-state', `Job ${id}: ${sentence}.`)
}
