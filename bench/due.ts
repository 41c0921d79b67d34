// Many jobs due in one moment, and somebody who writes meanwhile: `node bench/due.ts --jobs 10000 --reps 3`. See docs/performance.md.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { NewJob } from '../core/scheduler/job-store.ts'
import { openStore } from '../storage/open.ts'
import type { Outcome } from './ledger.ts'
import { PeerProcess } from './peer-process.ts'
import { jackdaw } from './peers/jackdaw.ts'
import { median, percentile } from './statistics.ts'
import { TelegramLoad } from './telegram-load.ts'

const workDirectory = fileURLToPath(new URL('../.tmp/bench/', import.meta.url))
const watch = new URL('./watch-loop.ts', import.meta.url).href
/** The first of them is that of the person who writes, and as many jobs as in any other are due there. */
const chats = 101
const firstChat = 1_000_000
const perSecond = 20
const quietSeconds = 5
const stallMs = 10_000

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '20' },
    reps: { type: 'string', default: '3' },
    profile: { type: 'boolean', default: false },
  },
})
await mkdir(workDirectory, { recursive: true })
const samples: Awaited<ReturnType<typeof measure>>[] = []
for (let rep = 0; rep < Number(values.reps); rep += 1) {
  samples.push(await measure(Number(values.jobs), Number(values.seconds)))
  console.error(JSON.stringify(samples.at(-1)))
}
const [first] = samples
for (const key of first === undefined ? [] : (Object.keys(first) as (keyof typeof first)[])) {
  const seen = samples.map((sample) => sample[key])
  const range = `[${Math.min(...seen).toFixed(1)}–${Math.max(...seen).toFixed(1)}]`
  console.log(`${key.padEnd(24)} ${median(seen).toFixed(1)} ${range}`)
}

async function measure(jobs: number, seconds: number) {
  const directory = await mkdtemp(path.join(workDirectory, 'due-'))
  const load = await TelegramLoad.listen()
  try {
    const hello = await start(load, directory)
    // A job may only write where somebody has spoken.
    await load.burst({ messages: chats, chats, stallMs })
    await hello.stop()
    const dueAt = Date.now() + 30_000
    await makeJobs(path.join(directory, 'data'), jobs, dueAt)
    const gateway = await start(load, directory)
    try {
      await load.rate({ perSecond, seconds: 1, chats: 1, stallMs })
      await delay(dueAt - quietSeconds * 1000 - Date.now())
      const quiet = await write(load, quietSeconds)
      const cpuBefore = gateway.cpuSeconds()
      const sentBefore = load.tally().unknown
      const busy = await write(load, seconds)
      let sent = -1
      while (sent !== load.tally().unknown) {
        sent = load.tally().unknown
        await delay(1000)
      }
      const cpuSeconds = gateway.cpuSeconds() - cpuBefore
      await gateway.stop()
      const turns = (await loopOf(directory)).filter(({ at }) => at > dueAt)
      return {
        quietP50: percentile(quiet.latenciesMs, 50),
        quietP99: percentile(quiet.latenciesMs, 99),
        busyP50: percentile(busy.latenciesMs, 50),
        busyP99: percentile(busy.latenciesMs, 99),
        busyMax: busy.latenciesMs.at(-1) ?? 0,
        longestTurnMs: Math.max(...turns.map(({ longestMs }) => longestMs)),
        turnsOver50: turns.filter(({ longestMs }) => longestMs > 50).length,
        sent: sent - sentBefore,
        sentAfterSeconds: (load.lastUnknownAt - dueAt) / 1000,
        cpuSeconds,
        unanswered: busy.injected - busy.answered,
      }
    } finally {
      await gateway.stop()
    }
  } finally {
    await load.close()
    if (!values.profile) await rm(directory, { recursive: true, force: true })
    else console.error(directory)
  }
}

function write(load: TelegramLoad, seconds: number): Promise<Outcome> {
  return load.rate({ perSecond, seconds, chats: 1, stallMs })
}

async function start(load: TelegramLoad, directory: string): Promise<PeerProcess> {
  const plan = await jackdaw.plan(load.apiRoot, directory)
  const profile = values.profile ? ['--cpu-prof', '--cpu-prof-interval=500'] : []
  const watched = {
    ...plan,
    args: ['--import', watch, ...profile, ...plan.args],
    env: { ...plan.env, JACKDAW_LOOP: path.join(directory, 'loop.json') },
  }
  const gateway = new PeerProcess(watched, directory, path.join(directory, 'log'))
  await gateway.sinceSpawn(gateway.readyLineAt)
  return gateway
}

async function loopOf(directory: string) {
  const text = await readFile(path.join(directory, 'loop.json'), 'utf8')
  return JSON.parse(text) as { at: number; longestMs: number; cpuMs: number }[]
}

/** One in ten is a turn of an agent. */
async function makeJobs(dataDir: string, count: number, at: number): Promise<void> {
  const store = await openStore({ dataDir })
  const made = Array.from({ length: count }, async (_, index) => {
    const chat = String(firstChat + (index % chats))
    const address = { channel: 'telegram', account: 'telegram:7000001', chat }
    const job: NewJob = {
      name: `job ${index}`,
      kind: index % 10 === 0 ? 'agent' : 'message',
      schedule: { kind: 'at', at },
      text: `job ${index}`,
      agent: 'main',
      session: 'own',
      target: { type: 'chat', address },
      misfire: { policy: 'once' },
      overlap: 'skip',
      jitterMs: 0,
      createdBy: { chat: address },
      nextAt: at,
    }
    return await store.jobs.create(job, { perChat: count, all: count }, Date.now())
  })
  await Promise.all(made)
  await store.close()
}
