import type { JobTarget, Misfire } from '../../core/scheduler/job.ts'
import type { NewJob } from '../../core/scheduler/job-store.ts'
import { openStore } from '../../storage/open.ts'

/** A job of the crash test, with all the times at which it should be due. */
export type PlannedJob = {
  readonly id: string
  readonly chat: number
  /** What its chat is to see, once for each time. */
  readonly text: string
  readonly kind: 'message' | 'agent'
  readonly misfire: Misfire['policy']
  readonly times: readonly number[]
}

const chats = 12
const everyMs = 2500
const policies: readonly Misfire[] = [
  { policy: 'once' },
  { policy: 'skip' },
  { policy: 'all', max: 100 },
]

export function chatOf(job: number): number {
  return 1000 + (job % chats)
}

/**
 * Writes jobs into the store of a gateway that is not running: mostly single times, together at `steps` instants
 * `stepMs` apart, and one in ten that comes again and again until the last of them.
 */
export async function makeJobs(
  dataDir: string,
  { jobs, steps, stepMs }: { jobs: number; steps: number; stepMs: number },
): Promise<{ readonly jobs: readonly PlannedJob[]; readonly dueAt: readonly number[] }> {
  const store = await openStore({ dataDir })
  const now = Date.now()
  const dueAt = Array.from({ length: steps }, (_, step) => now + (step + 1) * stepMs)
  const endsAt = now + (steps + 1) * stepMs
  const made = await Promise.all(
    Array.from({ length: jobs }, async (_, index) => {
      const chat = chatOf(index)
      const address = { channel: 'chat', account: 'telegram:7000001', chat: String(chat) }
      const target: JobTarget = { type: 'chat', address }
      const isRepeated = index % 10 === 9
      const at = dueAt[index % steps] ?? now
      const anchorAt = now + (index % everyMs)
      const misfire = policies[Math.floor(index / 10) % policies.length] ?? { policy: 'once' }
      const job: NewJob = {
        name: `job ${index}`,
        kind: index % 10 > 5 && index % 20 !== 19 ? 'agent' : 'message',
        schedule: isRepeated ? { kind: 'every', everyMs, anchorAt } : { kind: 'at', at },
        text: `job ${index}`,
        agent: 'main',
        session: index % 20 === 7 ? 'chat' : 'own',
        target,
        misfire,
        overlap: 'queue',
        jitterMs: 0,
        createdBy: { chat: address },
        nextAt: isRepeated ? (anchorAt > now ? anchorAt : anchorAt + everyMs) : at,
        ...(isRepeated && { endsAt }),
      }
      const created = await store.jobs.create(job, { perChat: jobs, all: jobs }, now)
      if (!('job' in created)) throw new Error(`Job ${index} was not made.`)
      const times = isRepeated ? everyTime(job.nextAt ?? now, endsAt) : [at]
      const kind = job.kind === 'agent' ? 'agent' : 'message'
      const { id } = created.job
      return { id, chat, text: job.text, kind, misfire: misfire.policy, times } as const
    }),
  )
  await store.close()
  return { jobs: made, dueAt }
}

function everyTime(first: number, end: number): readonly number[] {
  const count = Math.max(0, Math.ceil((end - first) / everyMs))
  return Array.from({ length: count }, (_, index) => first + index * everyMs)
}
