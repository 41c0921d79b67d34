import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../../storage/open.ts'
import { startTelegramServer, type TelegramServer } from '../servers/telegram.ts'
import type { Fault } from '../servers/telegram-faults.ts'
import { GatewayProcess } from './gateway-process.ts'
import { seededRandom } from './seeded-random.ts'

export type CrashPlan = {
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
  /** Sends of which nothing could be proved. */
  readonly uncertain: number
  readonly violations: readonly string[]
  readonly strangeTexts: readonly string[]
}

const points = [
  'before the send is carried out',
  'after the send, before its answer',
  'after the send was answered',
  'while updates are handed over',
  'some time after updates',
  'while nothing happens',
] as const

/**
 * Runs the gateway as a real process against the strict Telegram server and kills it with SIGKILL at seeded points
 * while people write; starts it again each time; then lets it finish and counts what the people saw.
 */
export async function runCrashes(plan: CrashPlan): Promise<CrashReport> {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-crash-'))
  await using server = await startTelegramServer()
  const run = new CrashRun(plan, server, dir)
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
  readonly #server: TelegramServer
  readonly #dir: string
  readonly #random: () => number
  readonly #points: Record<string, number> = {}
  #gateway: GatewayProcess | undefined
  #kills = 0
  /** Calls left until the next kill. */
  #countdown = 0

  constructor(plan: CrashPlan, server: TelegramServer, dir: string) {
    this.#plan = plan
    this.#server = server
    this.#dir = dir
    this.#random = seededRandom(plan.seed)
    server.faults.plan = (method) => this.#disturb(method)
  }

  async finish(): Promise<CrashReport> {
    const { messages, chats, onProgress } = this.#plan
    this.#arm()
    await this.#start()
    const people = this.#write(messages, chats)
    const keeper = this.#keepAlive(people)
    await people
    await keeper
    onProgress?.(`${this.#kills} kills; waiting for the last answers`)
    await this.#settle()
    await this.#gateway?.stop()
    return this.#count()
  }

  async stop(): Promise<void> {
    if (!this.#gateway?.isRunning) return
    this.#gateway.kill('SIGKILL')
    await this.#gateway.exited
  }

  async #start(): Promise<void> {
    this.#gateway = await GatewayProcess.start(this.#dir, {
      logLevel: 'debug',
      agents: { main: { runtime: { type: 'echo' } } },
      queue: { mode: 'followup', debounceMs: 0, maxQueued: 10_000, senderPerMinute: 0 },
      channels: {
        telegram: {
          type: 'telegram',
          token: this.#server.token,
          apiRoot: this.#server.url,
          access: { dm: 'open' },
        },
        web: { type: 'web', enabled: false },
      },
    })
  }

  /**
   * Starts the gateway again whenever it was killed, until everybody has written and every kill has struck. Kills that
   * are left when all is said and answered strike an idle gateway.
   */
  async #keepAlive(people: Promise<void>): Promise<void> {
    const { kills, messages } = this.#plan
    let isWriting = true
    void people.then(() => {
      isWriting = false
    })
    while (isWriting || this.#kills < kills) {
      const gateway = this.#gateway
      const isDone = this.#server.waitFor(
        () => !isWriting && (this.#kills >= kills || this.#endings().size >= messages),
        600_000,
      )
      await Promise.race([gateway?.exited, isDone])
      if (gateway?.isRunning) {
        if (this.#kills >= kills) return
        this.#kill(gateway, points[5])
        await gateway.exited
      }
      await this.#start()
    }
    if (!this.#gateway?.isRunning) await this.#start()
  }

  /** People write at their own pace: a new message as answers come, so that the kills spread over all of them. */
  async #write(messages: number, chats: number): Promise<void> {
    const window = chats * 2
    for (let written = 0; written < messages; written += 1) {
      await this.#server.waitFor(
        () => written - this.#distinctAnswers() < window || this.#kills >= this.#plan.kills,
        300_000,
      )
      const chat = 1000 + (written % chats)
      this.#server.says(chat, textOf(chat, Math.floor(written / chats)))
      if (written % 500 === 0) this.#plan.onProgress?.(`${written} written, ${this.#kills} kills`)
    }
  }

  #distinctAnswers(): number {
    return this.#server.sent.length
  }

  #arm(): void {
    const { messages, kills } = this.#plan
    // A message costs about one send, and polls come on top: spread over the whole run, with room for the restarts.
    const share = Math.max(1, Math.floor((messages / kills) * 0.8))
    this.#countdown = 1 + Math.floor(this.#random() * share * 2)
  }

  #disturb(method: string): Fault | undefined {
    if (method !== 'sendMessage' && method !== 'getUpdates') return undefined
    if (method === 'sendMessage') this.#countdown -= 1
    if (this.#countdown <= 0 && this.#kills < this.#plan.kills && this.#gateway?.isRunning)
      return this.#strike(method)
    if (method === 'sendMessage' && this.#random() < this.#plan.faults) return this.#spoil()
    return undefined
  }

  #strike(method: string): Fault | undefined {
    const gateway = this.#gateway
    const [before, after, answered, polling, later] = points
    const kill = (point: string) => this.#kill(gateway, point)
    if (method === 'getUpdates') {
      if (this.#random() < 0.5) {
        setImmediate(() => kill(polling))
        this.#countdown = Number.POSITIVE_INFINITY
        return undefined
      }
      const wait = this.#random() * 12
      setTimeout(() => kill(later), wait)
      this.#countdown = Number.POSITIVE_INFINITY
      return undefined
    }
    const dice = this.#random()
    // A part of the kills waits for the next poll instead.
    if (dice < 0.3) return undefined
    if (dice < 0.55) {
      kill(before)
      return { kind: 'cut' }
    }
    if (dice < 0.8) {
      kill(after)
      return { kind: 'lost' }
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

  #spoil(): Fault {
    const dice = this.#random()
    if (dice < 0.4) return { kind: 'lost' }
    if (dice < 0.7) return { kind: 'cut' }
    if (dice < 0.9) return { kind: 'page', status: 502 }
    return { kind: 'flood', retryAfter: 1 }
  }

  /** Everything written has one ending, and nothing more comes. */
  async #settle(): Promise<void> {
    const { messages } = this.#plan
    await this.#server
      .waitFor(() => this.#endings().size >= messages, 180_000)
      .catch(() => undefined)
  }

  #endings(): Set<string> {
    return new Set(this.#server.sent.map(({ chat, text }) => `${chat} ${text}`))
  }

  async #count(): Promise<CrashReport> {
    const { messages, chats } = this.#plan
    const lost: string[] = []
    const doubled: string[] = []
    const disordered: string[] = []
    const strangeTexts: string[] = []
    let answered = 0
    let givenUp = 0
    for (let chat = 1000; chat < 1000 + chats; chat += 1) {
      const texts = this.#server.texts(chat)
      const expected = Math.floor(messages / chats) + (chat - 1000 < messages % chats ? 1 : 0)
      const failures = texts.filter((text) => text.includes('(trace ')).length
      const order: number[] = []
      const missing: string[] = []
      for (let index = 0; index < expected; index += 1) {
        const text = textOf(chat, index)
        const times = texts.filter((seen) => seen === text).length
        if (times === 0) missing.push(text)
        if (times > 1) doubled.push(`${text} (${times} times)`)
        if (times > 0) {
          answered += 1
          order.push(texts.indexOf(text))
        }
      }
      // A run that every attempt was killed of ends with one sentence, which does not name the message.
      givenUp += Math.min(failures, missing.length)
      lost.push(...missing.slice(failures))
      if (failures > missing.length)
        doubled.push(`chat ${chat}: ${failures} sentences for ${missing.length} messages`)
      if (order.some((place, index) => index > 0 && place < (order[index - 1] ?? 0)))
        disordered.push(`chat ${chat}`)
      strangeTexts.push(
        ...texts.filter((text) => !/^\d+ message \d+$/.test(text) && !text.includes('(trace ')),
      )
    }
    const store = await openStore({ dataDir: join(this.#dir, 'data') })
    const violations = await store.upkeep.violations(Date.now())
    const { uncertain } = await store.views.counts()
    await store.close()
    return {
      kills: this.#kills,
      points: this.#points,
      answered,
      givenUp,
      lost,
      doubled,
      disordered,
      uncertain,
      violations,
      strangeTexts,
    }
  }
}

function textOf(chat: number, index: number): string {
  return `${chat} message ${index}`
}
