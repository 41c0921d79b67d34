import type { Heartbeat } from './src/api-heartbeat.ts'
import type { Job, JobChange, JobDraft, Occurrence } from './src/api-jobs.ts'

type Answer = { readonly status: number; readonly body: unknown }

const dayMs = 86_400_000
const ok: Answer = { status: 200, body: { ok: true } }

/** Planned work as the scripted gateway keeps it; every time is tomorrow and the days after. */
export class ScriptedJobs {
  jobs: Job[] = []
  heartbeats: Heartbeat[] = []
  readonly history = new Map<string, Occurrence[]>()
  /** What was asked for, drafts and acts such as `pause j1`. */
  readonly drafts: JobDraft[] = []
  readonly changes: JobChange[] = []
  readonly acts: string[] = []
  /** What a phrase that holds "never" is answered with. */
  readonly refusal = 'body.when.phrase: "never": no time to come was found in it.'

  add(fields: Partial<Job>): Job {
    const id = `j${this.jobs.length + 1}`
    const job: Job = {
      id,
      name: `Job ${id}`,
      kind: 'message',
      description: 'every weekday at 8:00',
      next: nextTimes(),
      text: 'Stand up.',
      agent: 'main',
      target: 'owner',
      state: 'active',
      reason: null,
      last: null,
      ...fields,
    }
    this.jobs.unshift(job)
    return job
  }

  /** Answers a call below `jobs` or `heartbeat`. */
  handle(method: string, path: string, body: unknown): Answer | undefined {
    const [place, id, rest] = path.split('/')
    const what = `${method} ${place}`
    if (what === 'GET heartbeat') return list(this.heartbeats)
    if (what === 'POST heartbeat') return this.#beat((body as { agent: string }).agent)
    if (place !== 'jobs') return undefined
    if (id === undefined && method === 'GET') return list(this.jobs)
    if (id === undefined || id === 'preview') return this.#plan(body as JobDraft, id === 'preview')
    if (rest === 'occurrences') return list(this.history.get(id) ?? [])
    if (method === 'PATCH') return this.#edit(id, body as JobChange)
    return this.#act(rest ?? 'remove', id)
  }

  #edit(id: string, { when, target, ...rest }: JobChange): Answer {
    const said = when && ('cron' in when ? `by ${when.cron}` : when.phrase)
    if (said?.includes('never') === true) return this.#refuse()
    this.changes.push({ ...rest, ...(when && { when }), ...(target && { target }) })
    const place = typeof target === 'object' ? { thread: null, ...target } : target
    this.#change(id, {
      ...rest,
      ...(place !== undefined && { target: place }),
      ...(said !== undefined && { description: said }),
    })
    return { status: 200, body: this.jobs.find((job) => job.id === id) }
  }

  #refuse(): Answer {
    return { status: 400, body: { error: { code: 'bad-schedule', message: this.refusal } } }
  }

  #plan(draft: JobDraft, isPreview: boolean): Answer {
    const said = 'cron' in draft.when ? draft.when.cron : draft.when.phrase
    if (said.includes('never')) return this.#refuse()
    const description = 'cron' in draft.when ? `by ${said}` : said
    if (isPreview) return { status: 200, body: { description, next: nextTimes() } }
    this.drafts.push(draft)
    const { target, ...rest } = draft
    const place = typeof target === 'string' ? target : { thread: null, ...target }
    return {
      status: 201,
      body: this.add({ ...rest, name: draft.text, description, target: place }),
    }
  }

  #act(act: string, id: string): Answer {
    this.acts.push(`${act} ${id}`)
    if (act === 'remove') this.jobs = this.jobs.filter((job) => job.id !== id)
    if (act === 'pause')
      this.#change(id, { state: 'paused', reason: 'paused by an owner', next: [] })
    if (act === 'resume') this.#change(id, { state: 'active', reason: null, next: nextTimes() })
    if (act === 'run') this.#change(id, { last: occurrence({ isManual: true, state: 'running' }) })
    return ok
  }

  #change(id: string, change: Partial<Job>): void {
    this.jobs = this.jobs.map((job) => (job.id === id ? { ...job, ...change } : job))
  }

  #beat(agent: string): Answer {
    this.acts.push(`heartbeat ${agent}`)
    this.heartbeats = this.heartbeats.map((one) =>
      one.agent === agent ? { ...one, run: 'r99', result: 'running' } : one,
    )
    return { status: 202, body: { agent } }
  }
}

/** One time of a job, an hour ago, done and delivered unless said otherwise. */
export function occurrence(fields: Partial<Occurrence> = {}): Occurrence {
  return {
    id: `o${Math.random()}`,
    scheduledFor: new Date(Date.now() - dayMs / 24).toISOString(),
    isManual: false,
    state: 'completed',
    reason: null,
    delivery: { state: 'sent' },
    error: null,
    ...fields,
  }
}

function nextTimes(): Job['next'] {
  return [1, 2, 3, 4, 5].map((days) => ({
    at: new Date(Date.now() + days * dayMs).toISOString(),
    local: `Day ${days} of March 2026, 8:00`,
    note: days === 3 ? 'Clocks go forward: 2:30 does not exist, so it is 3:00.' : null,
  }))
}

function list(items: readonly unknown[]): Answer {
  return { status: 200, body: { items, next: null } }
}
