// The gateway with Signal, Telegram and Discord at once: `npm run bench:channels -- --reps 5`. See docs/performance.md.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import { crashDiscord } from '../test/rigs/crash-discord.ts'
import type { CrashPlatform } from '../test/rigs/crash-platform.ts'
import { crashSignal } from '../test/rigs/crash-signal.ts'
import { crashTelegram } from '../test/rigs/crash-telegram.ts'
import { PeerProcess } from './peer-process.ts'
import { median } from './statistics.ts'

const entry = fileURLToPath(new URL('../gateway/main.mjs', import.meta.url))
const workDirectory = fileURLToPath(new URL('../.tmp/bench/', import.meta.url))
const perSecond = 200
const seconds = 20
const peopleEach = 30
const idleMs = 5000

type Sample = {
  readonly readyMs: number
  readonly idleMb: number
  readonly peakMb: number
  /** Of the gateway's own metric, over the whole load. */
  readonly lagP99Ms: number
  readonly answered: number
  readonly cpuSecondsPerThousand: number
}

const { values } = parseArgs({ options: { reps: { type: 'string', default: '5' } } })
const samples: Sample[] = []
for (let rep = 0; rep < Number(values.reps); rep += 1) {
  samples.push(await measure())
  console.error(JSON.stringify(samples.at(-1)))
}
for (const key of [
  'readyMs',
  'idleMb',
  'peakMb',
  'lagP99Ms',
  'cpuSecondsPerThousand',
  'answered',
] as const) {
  const seen = samples.map((sample) => sample[key])
  const range = `[${Math.min(...seen).toFixed(1)}–${Math.max(...seen).toFixed(1)}]`
  console.log(`${key.padEnd(24)} ${median(seen).toFixed(1)} ${range}`)
}

async function measure(): Promise<Sample> {
  await mkdir(workDirectory, { recursive: true })
  const directory = await mkdtemp(path.join(workDirectory, 'channels-'))
  await using signal = await crashSignal()
  await using telegram = await crashTelegram()
  await using discord = await crashDiscord()
  const gateway = await start(directory, { signal, telegram, discord })
  try {
    const readyMs = await gateway.sinceSpawn(gateway.readyLineAt)
    await delay(idleMs)
    const idleMb = gateway.rssMb()
    const platforms = [signal, telegram, discord]
    // Everybody says hello first: what is loaded with the first message of a platform is not the load.
    await send(platforms, 3 * peopleEach, 50)
    await readLag(directory)
    const before = gateway.cpuSeconds()
    const answered = await send(platforms, perSecond * seconds, perSecond)
    const cpuSeconds = gateway.cpuSeconds() - before
    const lagP99Ms = await readLag(directory)
    const cpuSecondsPerThousand = cpuSeconds / (answered / 1000)
    return { readyMs, idleMb, peakMb: gateway.peakMb(), lagP99Ms, answered, cpuSecondsPerThousand }
  } finally {
    await gateway.stop()
    await signal.close?.(directory)
    await rm(directory, { recursive: true, force: true })
  }
}

async function start(
  directory: string,
  platforms: Readonly<Record<string, CrashPlatform>>,
): Promise<PeerProcess> {
  const config = path.join(directory, 'jackdaw.yaml')
  const channels = Object.entries(platforms).map(([name, { channel }]) => [name, channel])
  await writeFile(
    config,
    stringify({
      dataDir: './data',
      http: { port: 0 },
      agents: { main: { runtime: { type: 'echo' } } },
      queue: { mode: 'followup', debounceMs: 0, maxQueued: 10_000, senderPerMinute: 0 },
      channels: Object.fromEntries(channels),
    }),
  )
  const args = ['--max-semi-space-size=4', '--liftoff-only', entry, 'start', '--config', config]
  const plan = { args, env: {}, readyLine: 'Jackdaw is ready: ' }
  return new PeerProcess(plan, directory, path.join(directory, 'stderr.log'))
}

/** Sends at a steady rate, to the platforms in turn; returns how many answers came. */
async function send(
  platforms: readonly CrashPlatform[],
  messages: number,
  rate: number,
): Promise<number> {
  const count = () => platforms.reduce((sum, platform) => sum + platform.endedCount(), 0)
  const before = count()
  const startedAt = performance.now()
  for (let sent = 0; sent < messages; sent += 1) {
    const dueInMs = startedAt + (sent * 1000) / rate - performance.now()
    if (dueInMs > 1) await delay(dueInMs)
    const person = Math.floor(sent / platforms.length) % peopleEach
    platforms[sent % platforms.length]?.says(person, `message ${sent}`)
  }
  for (let wait = 0; wait < 100 && count() - before < messages; wait += 1) await delay(100)
  return count() - before
}

async function readLag(directory: string): Promise<number> {
  const data = path.join(directory, 'data')
  const { url } = JSON.parse(await readFile(path.join(data, 'gateway.json'), 'utf8')) as {
    url: string
  }
  const token = (await readFile(path.join(data, 'token'), 'utf8')).trim()
  const response = await fetch(new URL('metrics', url), {
    headers: { authorization: `Bearer ${token}` },
  })
  const lag = /^jackdaw_event_loop_lag_seconds (\S+)$/m.exec(await response.text())?.[1]
  return Number(lag) * 1000
}
