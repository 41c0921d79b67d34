import type { Clock } from '../clock.ts'
import type { JobAuthor, JobChange, JobDraft, JobTarget } from '../scheduler/job.ts'
import type { Jobs, JobView } from '../scheduler/jobs.ts'
import { parseDuration } from '../scheduler/schedule/parse-duration.ts'
import { parseSchedule } from '../scheduler/schedule/parse-schedule.ts'
import type { Schedule } from '../scheduler/schedule/schedule.ts'
import type { Settings } from '../settings.ts'
import type { ToolStore } from '../store/tools.ts'
import { targetOf } from './reach.ts'
import type { Standing } from './standing.ts'
import type { Tool } from './tool-call.ts'
import { ToolError } from './tool-error.ts'

/** Exactly one of the first four. */
export type WhenInput = {
  readonly in?: string | undefined
  readonly at?: string | undefined
  readonly every?: string | undefined
  readonly cron?: string | undefined
  readonly timezone?: string | undefined
}

export type ScheduleCreateInput = WhenInput & {
  readonly text: string
  readonly kind: 'message' | 'agent'
  readonly name?: string | undefined
  /** A conversation, `owner` or `none`; absent: the turn's own chat. */
  readonly chat?: string | undefined
  readonly maxRuns?: number | undefined
}

export type ScheduleUpdateInput = WhenInput & {
  readonly id: string
  readonly text?: string | undefined
  readonly name?: string | undefined
  readonly state?: 'active' | 'paused' | undefined
}

/** A call that is repeated names a time from its own now, so the same `in` may differ by this much. */
const sameMs = 120_000
const maxListed = 50
const maxInMs = 3660 * 86_400_000

type Parts = {
  readonly jobs: Jobs
  readonly tools: Pick<ToolStore, 'place' | 'placeAt'>
  readonly clock: Clock
  readonly settings: () => Settings
  readonly timezone: () => string
}

/** Planned work, made and changed for the people of the turn; by default it reports to this chat. */
export function schedules(parts: Parts): {
  readonly create: Tool<ScheduleCreateInput>
  readonly list: Tool<{ readonly all?: boolean | undefined }>
  readonly update: Tool<ScheduleUpdateInput>
  readonly remove: Tool<{ readonly id: string }>
  readonly run: Tool<{ readonly id: string }>
} {
  const { jobs } = parts
  return {
    async create({ standing }, input) {
      const draft = await draftOf(standing, input, parts)
      const by = authorOf(standing)
      // A client that lost the answer calls again: the job of this turn that says the same is the one it made.
      const same = (await jobs.list(by, { limit: maxListed })).items.find(
        ({ job }) =>
          job.createdAt >= standing.run.createdAt &&
          job.createdBy.session === standing.run.session.key &&
          job.text === draft.text &&
          job.kind === draft.kind &&
          isSameTime(job.schedule, draft.schedule, input.in !== undefined),
      )
      const view = same ?? (await jobs.create(draft, by))
      return {
        text: `Made ${describe(view)}`,
        target: view.job.id,
        outcome: same ? 'exists' : 'created',
      }
    },
    async list({ standing }, { all }) {
      const { route, session } = standing.run
      const { items, next } = await jobs.list(authorOf(standing), { limit: maxListed })
      const shown = items.filter(({ job }) => {
        if (all === true || job.createdBy.session === session.key) return true
        const { target } = job
        return (
          route !== undefined &&
          target.type === 'chat' &&
          target.address.account === route.account &&
          target.address.chat === route.chat
        )
      })
      const more = next === null ? [] : ['There are more; only the newest are shown.']
      return {
        text: [...shown.map(describe), ...more].join('\n') || 'Nothing is planned.',
        target: '-',
        outcome: `${shown.length} jobs`,
      }
    },
    async update({ standing }, input) {
      const by = authorOf(standing)
      const change: JobChange = {
        ...(input.text !== undefined && { text: input.text }),
        ...(input.name !== undefined && { name: input.name }),
        ...(hasTime(input) && { schedule: scheduleOf(input, parts) }),
      }
      let view = await jobs.get(input.id, by)
      if (Object.keys(change).length > 0) view = await jobs.update(input.id, change, by)
      if (input.state === 'paused') view = await jobs.pause(input.id, by)
      if (input.state === 'active') view = await jobs.resume(input.id, by)
      return { text: `Now: ${describe(view)}`, target: input.id, outcome: 'updated' }
    },
    async remove({ standing }, { id }) {
      await jobs.remove(id, authorOf(standing))
      return { text: `${id} is gone.`, target: id, outcome: 'deleted' }
    },
    async run({ standing }, { id }) {
      const occurrence = await jobs.runNow(id, authorOf(standing))
      return {
        text: `${id} runs now (${occurrence.id}). Its result goes where the job says.`,
        target: id,
        outcome: 'due now',
      }
    },
  }
}

/** With the rights of the turn's people; a job belongs to the one person who asked, where there is only one. */
function authorOf({ run, people, isOwner }: Standing): JobAuthor {
  const [person, ...others] = people
  const { route } = run
  return {
    isOwner,
    session: run.session.key,
    ...(person &&
      others.length === 0 && {
        person: { account: person.account, id: person.id, name: person.name },
      }),
    ...(route && {
      chat: {
        channel: route.channel,
        account: route.account,
        chat: route.chat,
        ...(route.thread !== undefined && { thread: route.thread }),
      },
    }),
  }
}

async function draftOf(
  standing: Standing,
  input: ScheduleCreateInput,
  parts: Parts,
): Promise<JobDraft> {
  const { text, kind, name, chat, maxRuns } = input
  const target: JobTarget =
    chat === 'owner' || chat === 'none'
      ? { type: chat }
      : {
          type: 'chat',
          address: (await targetOf(standing, chat, parts.tools, parts.settings())).address,
        }
  return {
    kind,
    text,
    target,
    agent: standing.run.agent,
    schedule: scheduleOf(input, parts),
    ...(name !== undefined && { name }),
    ...(maxRuns !== undefined && { maxRuns }),
  }
}

function hasTime({ in: wait, at, every, cron }: WhenInput): boolean {
  return [wait, at, every, cron].some((one) => one !== undefined)
}

function scheduleOf(input: WhenInput, { clock, timezone }: Parts): Schedule {
  const { in: wait, timezone: zone, at, every, cron } = input
  if (wait === undefined) {
    const named = { at, every, cron, ...(zone !== undefined && { timezone: zone }) }
    return parseSchedule(named, { now: clock.now(), timezone: timezone() })
  }
  const ms = parseDuration(wait)
  const isFine = ms !== undefined && ms > 0 && ms <= maxInMs
  if (!isFine || at !== undefined || every !== undefined || cron !== undefined)
    throw new ToolError(
      `in: "${wait}": write it as 45s, 20m or 1h30m, and leave at, every and cron out.`,
    )
  return { kind: 'at', at: clock.now() + ms }
}

function isSameTime(one: Schedule, other: Schedule, isRelative: boolean): boolean {
  if (one.kind === 'at' && other.kind === 'at' && isRelative)
    return Math.abs(one.at - other.at) < sameMs
  if (one.kind === 'every' && other.kind === 'every') return one.everyMs === other.everyMs
  return JSON.stringify(one) === JSON.stringify(other)
}

function describe({ job, description, next }: JobView): string {
  const times = next.map(({ local, note }) => (note === undefined ? local : `${local} (${note})`))
  const state = job.state === 'active' ? '' : ` [${job.state}]`
  const when = times.length === 0 ? 'never' : times.join(', ')
  return `${job.id} "${job.name}"${state}: ${description}. Next: ${when}.`
}
