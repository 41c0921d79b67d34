// Jobs, many and idle: `npm run bench:jobs -- --jobs 1000 --times 100 --idle 10000 --seconds 20`. See docs/performance.md.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as delay, setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import type { NewJob } from '../core/scheduler/job-store.ts'
import type { Store } from '../core/store/store.ts'
import { openStore } from '../storage/open.ts'
import { Rig } from '../test/fakes/rig.ts'
import { ScriptedRuntime } from '../test/fakes/scripted-runtime.ts'
import { PeerProcess } from './peer-process.ts'

const minute = 60_000
const chats = 100
const workDirectory = fileURLToPath(new URL('../.tmp/bench/', import.meta.url))
const entry = fileURLToPath(new URL('../gateway/main.mjs', import.meta.url))

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '1000' },
    times: { type: 'string', default: '100' },
    idle: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '20' },
  },
})
await mkdir(workDirectory, { recursive: true })
await measureMany(Number(values.jobs), Number(values.times))
for (const count of [0, Number(values.idle)]) await measureIdle(count, Number(values.seconds))

/** All of core on a clock that is moved by hand, and a real store: every job comes once a minute, one in ten with an agent. */
async function measureMany(count: number, times: number): Promise<void> {
  const rig = new Rig(await mkdtemp(path.join(workDirectory, 'jobs-')), {
    runtime: new ScriptedRuntime(),
  })
  await rig.start()
  for (let chat = 0; chat < chats; chat += 1) await rig.direct({ id: `${chat}` }).says('hello')
  await makes(rig.store, count, 'fake', rig.clock.now(), rig.channel.account)
  let sent = 0
  rig.events.subscribe((event) => {
    if (event.type === 'occurrence.changed' && event.delivery === 'sent') sent += 1
  })
  rig.core.scheduler.wake()
  await rig.settle()
  const startedAt = performance.now()
  const startedCpu = process.cpuUsage()
  const begin = rig.clock.now()
  for (let time = 1; time <= times; time += 1) {
    await rig.clock.advance(begin + time * minute - rig.clock.now())
    // What is looked at once a second when there is much of it takes as many steps of the clock.
    for (let step = 0; sent < time * count && step < 500; step += 1) {
      for (let turn = 0; turn < 100; turn += 1) await turnOfTheLoop()
      await rig.clock.advance(100)
    }
    rig.said.length = 0
  }
  const seconds = (performance.now() - startedAt) / 1000
  const { user, system } = process.cpuUsage(startedCpu)
  const cpu = ((user + system) / 1e6).toFixed(1)
  const wrong = await rig.store.upkeep.violations(rig.clock.now())
  console.log(
    `${count * times} occurrences of ${count} jobs   ${seconds.toFixed(1)} s (${cpu} s of CPU), ${sent} sent, ${wrong.length} promises broken`,
  )
  await rig[Symbol.asyncDispose]()
}

/** A running gateway whose jobs are due tomorrow, over a minute's tick. */
async function measureIdle(count: number, seconds: number): Promise<void> {
  const directory = await mkdtemp(path.join(workDirectory, 'idle-'))
  const config = path.join(directory, 'jackdaw.yaml')
  const dataDir = path.join(directory, 'data')
  await writeFile(
    config,
    stringify({ dataDir, http: { port: 0 }, agents: { main: { runtime: { type: 'echo' } } } }),
  )
  const store = await openStore({ dataDir })
  await makes(store, count, 'web', Date.now() + 86_400_000, 'web')
  await store.close()
  const args = ['--max-semi-space-size=4', '--liftoff-only', entry, 'start', '--config', config]
  const plan = { args, env: {}, readyLine: 'Jackdaw is ready: ' }
  const gateway = new PeerProcess(plan, directory, path.join(directory, 'log'))
  try {
    await gateway.sinceSpawn(gateway.readyLineAt)
    await delay(5000)
    await delay((2 * minute - (seconds * 1000) / 2 - (Date.now() % minute)) % minute)
    const before = gateway.cpuSeconds()
    const since = performance.now()
    await delay(seconds * 1000)
    const share = ((gateway.cpuSeconds() - before) * 100_000) / (performance.now() - since)
    console.log(
      `${count} idle jobs   ${share.toFixed(2)} % CPU over ${seconds} s, ${gateway.rssMb().toFixed(0)} MB`,
    )
  } finally {
    await gateway.stop()
    await rm(directory, { recursive: true })
  }
}

async function makes(
  store: Store,
  count: number,
  channel: string,
  from: number,
  account: string,
): Promise<void> {
  const made = Array.from({ length: count }, async (_, index) => {
    const address = { channel, account, chat: String(index % chats) }
    const job: NewJob = {
      name: `job ${index}`,
      kind: index % 10 === 0 ? 'agent' : 'message',
      schedule: { kind: 'every', everyMs: minute, anchorAt: from },
      text: `job ${index}`,
      agent: 'main',
      session: 'own',
      target: { type: 'chat', address },
      misfire: { policy: 'once' },
      overlap: 'skip',
      jitterMs: 0,
      createdBy: { chat: address },
      nextAt: from + minute,
    }
    return await store.jobs.create(job, { perChat: count, all: count }, 1)
  })
  await Promise.all(made)
}
