import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startTelegramServer, type TelegramServer } from '../servers/telegram.ts'
import type { Fault } from '../servers/telegram-faults.ts'
import { GatewayProcess } from './gateway-process.ts'
import { areJobsOver, countJobs, type JobsCount } from './jobs-count.ts'
import { chatOf, makeJobs } from './jobs-plan.ts'
import { seededRandom } from './seeded-random.ts'

export type JobCrashPlan = {
  readonly seed: number
  readonly jobs: number
  readonly kills: number
  /** Share of sends whose answer is spoilt without a kill. */
  readonly faults: number
  readonly onProgress?: (line: string) => void
}

export type JobCrashReport = JobsCount & {
  readonly kills: number
  /** Kills by the point at which they struck. */
  readonly points: Readonly<Record<string, number>>
}

const points = {
  starting: 'while it starts',
  due: 'when jobs are due: enqueue, claim, begin',
  working: 'while agents work for jobs',
  before: 'before a send is carried out',
  after: 'after a send, before its answer',
} as const

/** An agent takes as long, so that kills strike its turns. */
const thinkMs = 300
/** From one time at which jobs are due to the next: a kill, a start, and some quiet. */
const stepMs = 1200
const sendWaitMs = 3000
/** Longer than the pause before the second attempt of an occurrence. */
const endMs = 120_000

/**
 * Runs the gateway as a real process with jobs that are due every moment and kills it with SIGKILL at seeded points;
 * then lets it finish and counts what became of every time of every job, and what the chats saw.
 */
export async function runJobCrashes(plan: JobCrashPlan): Promise<JobCrashReport> {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-crash-jobs-'))
  await using telegram = await startTelegramServer()
  const run = new JobCrashRun(plan, telegram, dir)
  try {
    const report = await run.finish()
    if (report.wrong.length === 0) await rm(dir, { recursive: true })
    return report
  } finally {
    await run.stop()
  }
}

class JobCrashRun {
  readonly #plan: JobCrashPlan
  readonly #telegram: TelegramServer
  readonly #dir: string
  readonly #random: () => number
  readonly #points: Record<string, number> = {}
  #gateway: GatewayProcess | undefined
  #kills = 0
  /** The next send is where the gateway dies. */
  #isArmed = false

  constructor(plan: JobCrashPlan, telegram: TelegramServer, dir: string) {
    this.#plan = plan
    this.#telegram = telegram
    this.#dir = dir
    this.#random = seededRandom(plan.seed)
  }

  async finish(): Promise<JobCrashReport> {
    const { jobs, kills, onProgress } = this.#plan
    await this.#introduce()
    const made = await makeJobs(this.#dataDir, { jobs, steps: Math.max(3, kills), stepMs })
    this.#telegram.faults.plan = (method) =>
      method === 'sendMessage' ? this.#disturb() : undefined
    while (this.#kills < kills) {
      const gateway = await this.#start()
      await this.#strike(gateway, made.dueAt)
      await gateway.exited
      if (this.#kills % 10 === 0) onProgress?.(`${this.#kills} kills`)
    }
    onProgress?.('waiting for what is left')
    await this.#start()
    const until = Date.now() + endMs
    while (!areJobsOver(this.#dataDir) && Date.now() < until) await delay(100)
    await this.#gateway?.stop()
    const count = await countJobs(this.#dataDir, made.jobs, (chat) => this.#telegram.texts(chat))
    return { kills: this.#kills, points: this.#points, ...count }
  }

  async stop(): Promise<void> {
    if (!this.#gateway?.isRunning) return
    this.#gateway.kill('SIGKILL')
    await this.#gateway.exited
  }

  get #dataDir(): string {
    return join(this.#dir, 'data')
  }

  /** A job may only write where somebody has spoken. */
  async #introduce(): Promise<void> {
    const gateway = await this.#start()
    await gateway.ready
    const chats = new Set(Array.from({ length: this.#plan.jobs }, (_, index) => chatOf(index)))
    for (const chat of chats) this.#telegram.says(chat, 'hello')
    await this.#telegram.waitFor(() => this.#telegram.sent.length === chats.size, 60_000)
    await gateway.stop()
  }

  async #start(): Promise<GatewayProcess> {
    const { token, url: apiRoot } = this.#telegram
    this.#gateway = await GatewayProcess.start(this.#dir, {
      logLevel: 'debug',
      agents: { main: { runtime: { type: 'echo', delayMs: thinkMs } } },
      queue: { debounceMs: 0 },
      channels: {
        chat: { type: 'telegram', token, apiRoot, stream: 'off', access: { dm: 'open' } },
        web: { type: 'web', enabled: false },
      },
    })
    return this.#gateway
  }

  async #strike(gateway: GatewayProcess, dueAt: readonly number[]): Promise<void> {
    const dice = this.#random()
    const spread = this.#random()
    if (dice < 0.2) {
      await delay(100 + spread * 900)
      return this.#kill(points.starting)
    }
    await gateway.ready
    if (dice < 0.75) {
      const isDue = dice < 0.5
      const next = dueAt.find((at) => at > Date.now() + 5) ?? Date.now() + 5
      const after = isDue ? spread * 30 - 2 : 30 + spread * thinkMs * 1.5
      await delay(next + after - Date.now())
      return this.#kill(isDue ? points.due : points.working)
    }
    this.#isArmed = true
    const patience = new AbortController()
    const isOver = delay(sendWaitMs, undefined, { signal: patience.signal }).catch(() => undefined)
    await Promise.race([gateway.exited, isOver])
    patience.abort()
    if (!gateway.isRunning) return
    this.#isArmed = false
    this.#kill(points.working)
  }

  #disturb(): Fault | undefined {
    if (this.#isArmed) {
      this.#isArmed = false
      const isBefore = this.#random() < 0.5
      this.#kill(isBefore ? points.before : points.after)
      return { kind: isBefore ? 'cut' : 'lost' }
    }
    if (this.#random() >= this.#plan.faults) return undefined
    const dice = this.#random()
    if (dice < 0.4) return { kind: 'lost' }
    if (dice < 0.7) return { kind: 'cut' }
    return dice < 0.9 ? { kind: 'page', status: 502 } : { kind: 'flood', retryAfter: 1 }
  }

  #kill(point: string): void {
    if (!this.#gateway?.isRunning) return
    this.#gateway.kill('SIGKILL')
    this.#kills += 1
    this.#points[point] = (this.#points[point] ?? 0) + 1
  }
}
