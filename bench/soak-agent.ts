// Agents under kills, the real OpenCode but with `--kill stop`: `npm run soak:agent -- --runtime opencode --kill gateway --turns 100 --seed 7`. See
// docs/performance.md.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openStore } from '../storage/open.ts'
import { findOpenCode } from '../test/opencode.ts'
import { agentConfig } from '../test/rigs/agent-config.ts'
import { GatewayProcess } from '../test/rigs/gateway-process.ts'
import { openCodeEnvironment } from '../test/rigs/real-opencode.ts'
import { seededRandom } from '../test/rigs/seeded-random.ts'
import { ModelServer } from '../test/servers/model.ts'
import { startTelegramServer } from '../test/servers/telegram.ts'
import { soakStops } from './soak-stop.ts'
import { soakStreams } from './soak-stream.ts'

const { values } = parseArgs({
  options: {
    runtime: { type: 'string', default: 'opencode' },
    kill: { type: 'string', default: 'gateway' },
    turns: { type: 'string', default: '100' },
    seed: { type: 'string', default: '7' },
  },
})
const victim = values.kill
if (victim === 'stop') {
  await soakStops(Number(values.turns))
  process.exit()
}
if (victim !== 'gateway' && victim !== 'agent' && victim !== 'stream') {
  console.error(`--kill ${victim}: it is gateway, agent, stop or stream.`)
  process.exit(2)
}
const { runtime } = values
if (runtime !== 'opencode' && runtime !== 'acp') {
  console.error(`--runtime ${runtime}: it is opencode (managed) or acp (\`opencode acp\`).`)
  process.exit(2)
}
const found = findOpenCode()
if ('missing' in found) {
  console.error(found.missing)
  process.exit(2)
}
if (victim === 'stream') {
  await soakStreams(Number(values.turns), Number(values.seed), found.path)
  process.exit()
}

const chat = 1000
const answerMs = 90_000
const thinkMs = 300
const pieces = 8
const pieceMs = 100
/** From the moment a message is written: before, during and after the model's answer. */
const killWithinMs = thinkMs + pieces * pieceMs + 1500

const random = seededRandom(Number(values.seed))
const turns = Number(values.turns)
const directory = await mkdtemp(path.join(tmpdir(), 'jackdaw-soak-agent-'))
const model = await ModelServer.start()
const telegram = await startTelegramServer()
telegram.addChat(chat)
const openCode = openCodeEnvironment(model.url)
const environment = { PATH: found.path, HOME: path.join(directory, 'home'), ...openCode }
const config = agentConfig(
  runtime === 'acp'
    ? { type: 'acp', command: ['opencode', 'acp'], env: openCode }
    : { type: 'opencode', managed: true },
  telegram,
)
const start = () => GatewayProcess.start(directory, config, environment)

let gateway = await start()
const strange: string[] = []
let answered = 0
let continued = 0
let struck = 0
try {
  await gateway.ready
  await ask('warm up', undefined)
  for (let turn = 1; turn <= turns; turn += 1) {
    const text = `question ${turn}.`
    await ask(text, random() * killWithinMs)
    if (turn % 10 === 0) console.error(`${turn} turns, ${answered} answered`)
  }
  await gateway.stop()
  const store = await openStore({ dataDir: path.join(directory, 'data') })
  const violations = await store.upkeep.violations(Date.now())
  await store.close()
  console.log(
    JSON.stringify(
      { runtime, victim, turns, struck, answered, continued, strange, violations },
      null,
      2,
    ),
  )
  process.exitCode = strange.length + violations.length > 0 ? 1 : 0
} finally {
  if (gateway.isRunning) gateway.kill('SIGTERM')
  await gateway.exited
  await model.close()
  await telegram[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true, maxRetries: 5 })
}

/** Writes `text`, strikes after `killAfterMs`, and looks at what came of it. */
async function ask(text: string, killAfterMs: number | undefined): Promise<void> {
  const answer = `answer to ${text}`
  model.when(text, { type: 'paced', pieces: { [Symbol.asyncIterator]: () => slowly(answer) } })
  const before = telegram.texts(chat).length
  telegram.says(chat, text)
  const isAnswered = () => telegram.texts(chat).slice(before).includes(answer)
  if (killAfterMs !== undefined) {
    await delay(killAfterMs)
    if (victim === 'gateway') {
      gateway.kill('SIGKILL')
      struck += 1
      await gateway.exited
      gateway = await start()
    } else {
      if (await killAgent()) struck += 1
    }
  }
  await telegram.waitFor(isAnswered, answerMs).catch(() => undefined)
  // A second answer would come soon after the first.
  await delay(500)
  const seen = telegram.texts(chat).slice(before)
  const prompts = model.requests.filter((request) => request.lastUserText.includes(text))
  const isContinued = prompts.some(({ lastUserText }) => /interrupted/i.test(lastUserText))
  if (seen.length === 1 && seen[0] === answer) answered += 1
  else strange.push(`${text}: ${JSON.stringify(seen)}`)
  if (isContinued) continued += 1
  // A server outlives the gateway; a child of it does not.
  const most = victim === 'gateway' && runtime === 'opencode' ? 1 : 2
  if (killAfterMs !== undefined && prompts.length > most) {
    const told = prompts.map(({ lastUserText }) => lastUserText.slice(0, 120))
    strange.push(`${text}: prompted ${prompts.length} times: ${JSON.stringify(told)}`)
  }
}

async function* slowly(answer: string): AsyncGenerator<string> {
  await delay(thinkMs)
  const length = Math.ceil(answer.length / pieces)
  for (let from = 0; from < answer.length; from += length) {
    yield answer.slice(from, from + length)
    await delay(pieceMs)
  }
}

/** Says whether there was one to kill: between two of them there is none. */
async function killAgent(): Promise<boolean> {
  const pids = runtime === 'acp' ? await childrenOf(gateway.pid) : [await serverPid()]
  let isKilled = false
  for (const pid of pids) {
    try {
      if (pid > 0) isKilled = process.kill(pid, 'SIGKILL') || isKilled
    } catch {
      // It ended by itself meanwhile.
    }
  }
  return isKilled
}

async function serverPid(): Promise<number> {
  const file = path.join(directory, 'data/runtimes/main/opencode/server.json')
  const record: unknown = await readFile(file, 'utf8').then(JSON.parse, () => undefined)
  return typeof record === 'object' && record !== null && 'pid' in record ? Number(record.pid) : 0
}

/** Linux only, like the benchmarks: the fourth field of a process's `stat`, counted behind its name, is its parent. */
async function childrenOf(parent: number): Promise<number[]> {
  const children: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')
    if (Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent)
      children.push(Number(name))
  }
  return children
}
