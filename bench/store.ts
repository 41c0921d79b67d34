import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { InboundRecord, RunIntake } from '../core/store/intake.ts'
import type { Store } from '../core/store/store.ts'
import { openStore } from '../storage/open.ts'
import { median } from './statistics.ts'

/**
 * The store alone: claims and completions per second in an empty database and behind a long queue, the two taking
 * turns in one run. `npm run bench:store -- --queued 1000000 --sessions 10000 --hot 100000 --cycles 20000 --reps 5`.
 */
const { values } = parseArgs({
  options: {
    queued: { type: 'string', default: '1000000' },
    sessions: { type: 'string', default: '10000' },
    hot: { type: 'string', default: '100000' },
    cycles: { type: 'string', default: '20000' },
    reps: { type: 'string', default: '5' },
  },
})
const queued = Number(values.queued)
const sessions = Number(values.sessions)
const hot = Number(values.hot)
const cycles = Number(values.cycles)
const reps = Number(values.reps)
/** Runs at a time: what a commit can carry. */
const width = 64
/** As deep a queue per session as in the long one, so that a completion has a next run to promote in both. */
const shortSessions = Math.max(width, Math.round((cycles * sessions) / queued))
const fillBatch = 2000

class Bench {
  readonly #store: Store
  readonly #dir: string
  maxWalMb = 0
  #next = 0

  private constructor(store: Store, dir: string) {
    this.#store = store
    this.#dir = dir
  }

  static async open(name: string): Promise<Bench> {
    await mkdir('.tmp', { recursive: true })
    const dir = await mkdtemp(join('.tmp', `store-${name}-`))
    return new Bench(await openStore({ dataDir: dir }), dir)
  }

  /** Queues runs: `hot` of them in one session, the rest evenly over the others. */
  async fill(count: number, over: number, hotCount: number): Promise<void> {
    for (let start = 0; start < count; start += fillBatch) {
      const batch = Array.from({ length: Math.min(fillBatch, count - start) }, (_, index) => {
        const number = start + index
        // Spread through the whole queue, as one busy group among many quiet chats.
        const isHot = hotCount > 0 && number % Math.floor(count / hotCount) === 0
        return entry(this.#next++, isHot ? 'hot' : String(number % over))
      })
      await this.#store.inbox.accept(batch, 1)
      this.#watchLog()
    }
  }

  /** Claims and completes `count` runs; returns how many a second. */
  async cycle(count: number): Promise<number> {
    const { runs } = this.#store
    const startedAt = performance.now()
    let done = 0
    let claimed = await runs.claim({ owner: 'bench', now: 2, leaseMs: 60_000, limit: width })
    while (done < count && claimed.runs.length > 0) {
      const ended = claimed.runs.map(({ lease }) =>
        runs.complete(lease, { text: 'done', files: [], chunks: [] }, 3),
      )
      done += ended.length
      // As the dispatcher does: the next claim shares the commit of the completions.
      const next = runs.claim({ owner: 'bench', now: 2, leaseMs: 60_000, limit: width })
      await Promise.all(ended)
      claimed = await next
      this.#watchLog()
    }
    const seconds = (performance.now() - startedAt) / 1000
    for (const { lease } of claimed.runs) await runs.release(lease, 2)
    return done / seconds
  }

  async bytes(): Promise<number> {
    const { size } = await stat(join(this.#dir, 'jackdaw.db'))
    return size / 1e6
  }

  async close(): Promise<void> {
    await this.#store.close()
    await rm(this.#dir, { recursive: true })
  }

  #watchLog(): void {
    this.maxWalMb = Math.max(this.maxWalMb, this.#store.upkeep.walBytes() / 1e6)
  }
}

function entry(number: number, chat: string): { record: InboundRecord; intake: RunIntake } {
  const address = { channel: 'bench', account: 'bench', chat }
  return {
    record: {
      kind: 'message',
      address,
      chatKind: 'dm',
      author: { id: chat, name: 'Ann' },
      platformId: String(number),
      version: 0,
      text: `message ${number}`,
      notes: [],
      attachments: [],
      sentAt: 1,
    },
    intake: {
      as: 'run',
      agent: 'main',
      sessionKey: `v1:main:bench:dm:${chat}`,
      mode: 'followup',
      windowMs: 0,
      maxWindowMs: 0,
      maxAttempts: 3,
      maxQueued: 1_000_000,
      overflowNotice: () => ({ chunks: [], lane: 'control' }),
      attachmentsMs: 0,
    },
  }
}

function range(rates: readonly number[]): string {
  return `${Math.min(...rates).toFixed(0)}–${Math.max(...rates).toFixed(0)}`
}

const empty = await Bench.open('empty')
const full = await Bench.open('full')
console.error(`queueing ${queued} runs over ${sessions} sessions, one with ${hot} …`)
await full.fill(queued, sessions, hot)
console.error(`${(await full.bytes()).toFixed(0)} MB on disk; measuring`)

const rates = { empty: [] as number[], full: [] as number[] }
for (let rep = 0; rep < reps; rep += 1) {
  // What the empty database claims is put there first, outside the measured time.
  await empty.fill(cycles, shortSessions, 0)
  rates.empty.push(await empty.cycle(cycles))
  rates.full.push(await full.cycle(cycles))
  console.error(
    `${rep + 1}/${reps}: empty ${rates.empty.at(-1)?.toFixed(0)}/s, full ${rates.full.at(-1)?.toFixed(0)}/s`,
  )
}
const [fast, slow] = [median(rates.empty), median(rates.full)]
console.log(`claim + complete, empty database   ${fast.toFixed(0)}/s  [${range(rates.empty)}]`)
console.log(
  `claim + complete, ${queued} queued  ${slow.toFixed(0)}/s  [${range(rates.full)}]  (${(fast / slow).toFixed(2)} times slower)`,
)
console.log(
  `database ${(await full.bytes()).toFixed(0)} MB, write-ahead log at most ${full.maxWalMb.toFixed(1)} MB`,
)
await empty.close()
await full.close()
