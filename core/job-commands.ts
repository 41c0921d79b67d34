import { type CommandPlan, say } from './command-plan.ts'
import { RequestError } from './errors.ts'
import type { Address } from './model.ts'
import type { JobAuthor } from './scheduler/job.ts'
import type { JobDesk } from './scheduler/job-desk.ts'
import { jobLimits } from './scheduler/job-draft.ts'
import type { JobView } from './scheduler/jobs.ts'
import { parsePhrase } from './scheduler/phrases/parse-phrase.ts'
import type { Sentences } from './sentences.ts'

/** What `/remind` and `/jobs` may look at before they are planned. */
export type JobScene = {
  readonly desk: JobDesk
  readonly author: JobAuthor & { readonly chat: Address; readonly timeZone: string }
  readonly words: Sentences
  readonly now: number
}

const maxListed = 20

/** Plans a reminder: a message at its time, without a model. */
export async function planRemind(argument: string, scene: JobScene): Promise<CommandPlan> {
  const { desk, author, words, now } = scene
  const { language, timeZone } = author
  const phrase = await parsePhrase(argument, { now, timezone: timeZone, language })
  if (!phrase || phrase.rest === '') return say(words.remindHow)
  try {
    const { job, description, next } = await desk.drafted(
      {
        name: phrase.rest,
        kind: 'message',
        schedule: phrase.schedule,
        text: words.reminder(phrase.rest),
        target: { type: 'chat', address: author.chat },
      },
      author,
    )
    const isOnce = phrase.schedule.kind === 'at'
    return {
      effect: { type: 'job', act: { do: 'create', job, limits: jobLimits } },
      reply: ({ isDone, detail = '' }) =>
        isDone
          ? words.reminderSet(detail.slice(1), description, isOnce ? undefined : next[0]?.local)
          : words.tooManyJobs(Number(detail)),
    }
  } catch (error) {
    if (error instanceof RequestError) return say(error.message)
    throw error
  }
}

/** Lists this chat's jobs, or plans what is to become of one of them. */
export async function planJobs(argument: string, scene: JobScene): Promise<CommandPlan> {
  const { words } = scene
  const match = /^(pause|resume|remove|run)\s+j?(\d{1,15})$/i.exec(argument.trim())
  if (!match) return say(await listed(scene))
  const number = match[2] ?? ''
  const id = `j${number}`
  const here = { ...scene.author, isOwner: false }
  const found = await scene.desk
    .get(id, scene.author.isOwner ? scene.author : here)
    .catch((error: unknown) => {
      if (error instanceof RequestError) return undefined
      throw error
    })
  if (!found) return say(words.noSuchJob(number))
  try {
    return planAct(match[1]?.toLowerCase() ?? '', number, found, scene)
  } catch (error) {
    // A job whose time cannot be worked out cannot go on.
    if (error instanceof RequestError) return say(error.message)
    throw error
  }
}

function planAct(verb: string, number: string, { job }: JobView, scene: JobScene): CommandPlan {
  const { words, desk, author } = scene
  const answer =
    (done: string): CommandPlan['reply'] =>
    ({ isDone }) =>
      isDone ? done : words.jobUnchanged(number)
  const { id } = job
  switch (verb) {
    case 'pause': {
      const reason = `paused by ${author.person?.name ?? 'somebody in the chat'}`
      const act = { do: 'pause', id, reason } as const
      return { effect: { type: 'job', act }, reply: answer(words.jobPaused(number)) }
    }
    case 'resume': {
      const nextAt = desk.nextOf(job)
      const act = { do: 'resume', id, ...(nextAt !== undefined && { nextAt }) } as const
      const next = desk.view({ ...job, state: 'active' }, author).next[0]?.local
      return { effect: { type: 'job', act }, reply: answer(words.jobResumed(number, next)) }
    }
    case 'remove':
      return {
        effect: { type: 'job', act: { do: 'remove', id } },
        reply: answer(words.jobRemoved(number)),
      }
    default:
      return {
        effect: { type: 'job', act: { do: 'run', id } },
        reply: answer(words.jobRuns(number)),
      }
  }
}

/** An owner too sees here what belongs to this chat: the rest is on the page and the command line. */
async function listed({ desk, author, words }: JobScene): Promise<string> {
  const here = { ...author, isOwner: false }
  const { items } = await desk.list(here, { limit: maxListed, isOpen: true })
  if (items.length === 0) return words.noJobs
  const lines = items.toReversed().map(({ job, description, next }) =>
    words.jobLine({
      number: job.id.slice(1),
      name: job.name,
      when: description,
      next: job.schedule.kind === 'at' ? undefined : next[0]?.local,
      isPaused: job.state === 'paused',
      why: job.pausedBy === 'person' ? undefined : job.reason,
    }),
  )
  return [...lines, words.jobsHow].join('\n')
}
