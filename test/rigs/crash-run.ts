import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '../../core/store/store.ts'
import { openStore } from '../../storage/open.ts'
import { crashDiscord } from './crash-discord.ts'
import type { CrashFault, CrashMoment, CrashPlatform } from './crash-platform.ts'
import { crashSignal } from './crash-signal.ts'
import { crashTelegram } from './crash-telegram.ts'
import { explainLost } from './explain-lost.ts'
import { GatewayProcess } from './gateway-process.ts'
import { seededRandom } from './seeded-random.ts'

export type CrashPlan = {
  readonly platform: keyof typeof platforms
  readonly seed: number
  readonly messages: number
  readonly chats: number
  readonly kills: number
  /** Share of sends whose answer is spoilt without a kill: lost after acting, cut before, 502, 429. */
  readonly faults: number
  readonly onProgress?: (line: string) => void
}

export type CrashReport = {
  readonly kills: number
  /** Kills by the point at which they struck. */
  readonly points: Readonly<Record<string, number>>
  readonly answered: number
  /** Ended with one sentence to the user because every attempt was killed. */
  readonly givenUp: number
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  readonly disordered: readonly string[]
  /** Sends of which nothing can be proved: shown as uncertain, and never repeated. Not lost. */
  readonly uncertain: number
  /** Why not, each reason once. */
  readonly unproved: readonly string[]
  readonly violations: readonly string[]
  readonly strangeTexts: readonly string[]
}

const platforms = { telegram: crashTelegram, discord: crashDiscord, signal: crashSignal }

const points = [
  'before the send is carried out',
  'after the send, before its answer',
  'after the send was answered',
  'while messages are handed over',
  'some time after messages',
  'while nothing happens',
] as const

/** Restarts and waits that a platform asks for are over by then. */
const restMs = 15_000
/** Within so long a platform is connected to the first time. */
const startMs = 60_000
/** So long without an answer is a moment in which nothing happens, or nearly. */
const idleMs = 3_000

/**
 * Runs the gateway as a real process against a platform's strict server and kills it with SIGKILL at seeded points
 * while people write; starts it again each time; then lets it finish and counts what the people saw.
 */
export async function runCrashes(plan: CrashPlan): Promise<CrashReport> {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-crash-'))
  await using platform = await platforms[plan.platform]()
  const run = new CrashRun(plan, platform, dir)
  try {
    const report = await run.finish()
    if (report.lost.length + report.doubled.length + report.violations.length === 0)
      await rm(dir, { recursive: true })
    return report
  } finally {
    await run.stop()
  }
}

class CrashRun {
  readonly #plan: CrashPlan
  readonly #platform: CrashPlatform
  readonly #dir: string
  readonly #random: () => number
  readonly #points: Record<string, number> = {}
  #gateway: GatewayProcess | undefined
  #kills = 0
  #isOver = false
  /** Sends left until the next kill. */
  #countdown = 0

  constructor(plan: CrashPlan, platform: CrashPlatform, dir: string) {
    this.#plan = plan
    this.#platform = platform
    this.#dir = dir
    this.#random = seededRandom(plan.seed)
    platform.plan = (moment) => this.#disturb(moment)
  }

  async finish(): Promise<CrashReport> {
    const { messages, chats, onProgress } = this.#plan
    this.#arm()
    await this.#start()
    // Nobody has been heard yet, so nobody would be asked about what came before the channel was up.
    await this.#gateway?.ready
    await this.#platform.waitFor(() => this.#platform.isHeard?.() ?? true, startMs)
    const people = this.#write(messages, chats)
    const keeper = this.#keepAlive(people)
    await people
    await keeper
    onProgress?.(`${this.#kills} kills; waiting for the last answers`)
    await this.#rest(restMs)
    await this.#gateway?.stop()
    await this.#platform.close?.(this.#dir)
    return this.#count()
  }

  async stop(): Promise<void> {
    this.#isOver = true
    if (!this.#gateway?.isRunning) return
    this.#gateway.kill('SIGKILL')
    await this.#gateway.exited
    await this.#platform.close?.(this.#dir)
  }

  async #start(): Promise<void> {
    this.#gateway = await GatewayProcess.start(this.#dir, {
      logLevel: 'debug',
      agents: { main: { runtime: { type: 'echo' } } },
      queue: { mode: 'followup', debounceMs: 0, maxQueued: 10_000, senderPerMinute: 0 },
      channels: { chat: this.#platform.channel, web: { type: 'web', enabled: false } },
    })
  }

  /**
   * Starts the gateway again whenever it was killed, until everybody has written and every kill has struck. Kills that
   * are left when all is said and answered strike an idle gateway.
   */
  async #keepAlive(people: Promise<void>): Promise<void> {
    const { kills } = this.#plan
    let isWriting = true
    void people.then(() => {
      isWriting = false
    })
    while (!this.#isOver && (isWriting || this.#kills < kills)) {
      const gateway = this.#gateway
      const isDone = people.then(() => this.#rest(idleMs, () => this.#kills >= kills))
      await Promise.race([gateway?.exited, isDone])
      if (gateway?.isRunning) {
        if (this.#kills >= kills) return
        this.#kill(gateway, points[5])
        await gateway.exited
      }
      await this.#start()
    }
    if (!this.#isOver && !this.#gateway?.isRunning) await this.#start()
  }

  /** People write at their own pace: a new message as answers come, so that the kills spread over all of them. */
  async #write(messages: number, chats: number): Promise<void> {
    const { kills, onProgress } = this.#plan
    let window = chats * 2
    // Everybody is heard once before the first kill: where nobody was ever heard, nobody looks after a crash.
    const quiet = Math.min(chats, messages)
    for (let written = 0; written < messages; written += 1) {
      const isFirst = written === quiet
      const mayWrite = () =>
        written - this.#platform.endedCount() < (isFirst ? 1 : window) || this.#kills >= kills
      // What a kill left uncertain may never end: people do not wait for it for ever.
      await this.#platform.waitFor(mayWrite, restMs).catch(() => {
        window += chats
      })
      this.#platform.says(written % chats, textOf(written % chats, Math.floor(written / chats)))
      if (written % 500 === 0) onProgress?.(`${written} written, ${this.#kills} kills`)
    }
  }

  #arm(): void {
    const { messages, kills, chats } = this.#plan
    // A message costs about one send: spread over the whole run, with room for the restarts.
    const share = Math.max(1, Math.floor((messages / kills) * 0.8))
    const first = this.#kills === 0 ? chats : 0
    this.#countdown = first + 1 + Math.floor(this.#random() * share * 2)
  }

  #disturb(moment: CrashMoment): CrashFault | undefined {
    if (moment === 'send') this.#countdown -= 1
    if (this.#countdown <= 0 && this.#kills < this.#plan.kills && this.#gateway?.isRunning)
      return this.#strike(moment)
    if (moment === 'send' && this.#random() < this.#plan.faults) return this.#spoil()
    return undefined
  }

  #strike(moment: CrashMoment): CrashFault | undefined {
    const gateway = this.#gateway
    const [before, after, answered, receiving, later] = points
    const kill = (point: string) => this.#kill(gateway, point)
    if (moment === 'hand-over') {
      this.#countdown = Number.POSITIVE_INFINITY
      if (this.#random() < 0.5) setImmediate(() => kill(receiving))
      else setTimeout(() => kill(later), this.#random() * 12)
      return undefined
    }
    const dice = this.#random()
    // A part of the kills waits for the next message that is handed over instead.
    if (dice < 0.3) return undefined
    if (dice < 0.55) {
      kill(before)
      return 'cut'
    }
    if (dice < 0.8) {
      kill(after)
      return 'lost'
    }
    setImmediate(() => kill(answered))
    this.#countdown = Number.POSITIVE_INFINITY
    return undefined
  }

  #kill(gateway: GatewayProcess | undefined, point: string): void {
    if (!gateway?.isRunning) return
    gateway.kill('SIGKILL')
    this.#kills += 1
    this.#points[point] = (this.#points[point] ?? 0) + 1
    this.#arm()
  }

  #spoil(): CrashFault {
    const dice = this.#random()
    if (dice < 0.4) return 'lost'
    if (dice < 0.7) return 'cut'
    return dice < 0.9 ? 'page' : 'busy'
  }

  /** Waits until everything that was written has its end, or nothing has come for a while. */
  async #rest(stillMs: number, isOver: () => boolean = () => false): Promise<void> {
    const { messages } = this.#plan
    while (!isOver() && this.#platform.endedCount() < messages) {
      const before = this.#platform.endedCount()
      await this.#platform
        .waitFor(() => isOver() || this.#platform.endedCount() > before, stillMs)
        .catch(() => undefined)
      if (this.#platform.endedCount() === before) return
    }
  }

  async #count(): Promise<CrashReport> {
    const { messages, chats } = this.#plan
    const store = await openStore({ dataDir: join(this.#dir, 'data') })
    const violations = await store.upkeep.violations(Date.now())
    const { uncertain } = await store.views.counts()
    const unproved = await readUncertain(store)
    await store.close()
    const report = {
      lost: [] as string[],
      doubled: [] as string[],
      disordered: [] as string[],
      strangeTexts: [] as string[],
      answered: 0,
      givenUp: 0,
    }
    for (let chat = 0; chat < chats; chat += 1) {
      const expected = Math.floor(messages / chats) + (chat < messages % chats ? 1 : 0)
      this.#countChat(chat, expected, unproved, report)
    }
    report.lost = explainLost(join(this.#dir, 'data/jackdaw.db'), report.lost)
    const reasons = [...new Set(unproved.values())]
    return {
      kills: this.#kills,
      points: this.#points,
      uncertain,
      unproved: reasons,
      violations,
      ...report,
    }
  }

  #countChat(
    chat: number,
    expected: number,
    unproved: ReadonlyMap<string, string>,
    report: {
      lost: string[]
      doubled: string[]
      disordered: string[]
      strangeTexts: string[]
      answered: number
      givenUp: number
    },
  ): void {
    const texts = this.#platform.texts(chat)
    const failures = texts.filter((text) => text.includes('(trace ')).length
    const order: number[] = []
    const missing: string[] = []
    for (let index = 0; index < expected; index += 1) {
      const text = textOf(chat, index)
      const times = texts.filter((seen) => seen === text).length
      if (times === 0) missing.push(text)
      if (times > 1) report.doubled.push(`${text} (${times} times)`)
      if (times > 0) {
        report.answered += 1
        order.push(texts.indexOf(text))
      }
    }
    // A run that every attempt was killed of ends with one sentence, which does not name the message.
    const silent = missing.filter((text) => !unproved.has(text))
    report.givenUp += Math.min(failures, silent.length)
    report.lost.push(...silent.slice(failures))
    if (failures > missing.length)
      report.doubled.push(`chat ${chat}: ${failures} sentences for ${missing.length} messages`)
    if (order.some((place, index) => index > 0 && place < (order[index - 1] ?? 0)))
      report.disordered.push(`chat ${chat}`)
    report.strangeTexts.push(
      ...texts.filter((text) => !/^\d+ message \d+$/.test(text) && !text.includes('(trace ')),
    )
  }
}

/** The texts of uncertain sends, with why nothing is known of them. */
async function readUncertain(store: Store): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>()
  let cursor: string | undefined
  do {
    const page = await store.views.deliveries({
      state: 'uncertain',
      limit: 200,
      ...(cursor !== undefined && { cursor }),
    })
    for (const { text, error } of page.items) texts.set(text, error ?? '')
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  return texts
}

function textOf(chat: number, index: number): string {
  return `${chat} message ${index}`
}
