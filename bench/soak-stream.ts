import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openStore } from '../storage/open.ts'
import { agentConfig } from '../test/rigs/agent-config.ts'
import { GatewayProcess } from '../test/rigs/gateway-process.ts'
import { HalfOpenProxy } from '../test/rigs/half-open-proxy.ts'
import { RealOpenCode } from '../test/rigs/real-opencode.ts'
import { seededRandom } from '../test/rigs/seeded-random.ts'
import { startTelegramServer } from '../test/servers/telegram.ts'
import { spread } from './statistics.ts'

const chat = 1000
const limitMs = 60_000
/** What was promised: so long after its true end, at most, an answer is there. */
const promisedMs = 15_000
const thinkMs = 300
const pieces = 8
const pieceMs = 100

/**
 * The real OpenCode behind a proxy that half-opens the event stream in the middle of each of `turns` turns, over the real
 * gateway. Prints how long after the model's last word people had the answer.
 */
export async function soakStreams(
  turns: number,
  seed: number,
  openCodePath: string,
): Promise<void> {
  const random = seededRandom(seed)
  const directory = await mkdtemp(path.join(tmpdir(), 'jackdaw-soak-stream-'))
  const telegram = await startTelegramServer()
  telegram.addChat(chat)
  const openCode = await RealOpenCode.start(openCodePath)
  const { url, username, password } = await openCode.server.endpoint()
  const proxy = await HalfOpenProxy.start(new URL(url), ['GET /event', 'GET /global/event'])
  const runtime = { type: 'opencode', url: proxy.url, username, password }
  const gateway = await GatewayProcess.start(directory, agentConfig(runtime, telegram))
  const late: number[] = []
  const strange: string[] = []
  let halfOpened = 0
  try {
    await gateway.ready
    for (let turn = 0; turn <= turns; turn += 1) {
      const text = `question ${turn}.`
      const answer = `answer to ${text}`
      const ended = Promise.withResolvers<number>()
      const slowly = async function* () {
        await delay(thinkMs)
        const length = Math.ceil(answer.length / pieces)
        for (let from = 0; from < answer.length; from += length) {
          yield answer.slice(from, from + length)
          await delay(pieceMs)
        }
        ended.resolve(performance.now())
      }
      openCode.model.when(text, {
        type: 'paced',
        pieces: { [Symbol.asyncIterator]: slowly },
      })
      const before = telegram.texts(chat).length
      const asked = openCode.model.request(openCode.model.requests.length + 1)
      telegram.says(chat, text)
      await asked
      // The first turn only warms up.
      if (turn > 0) {
        await delay(random() * (thinkMs + pieces * pieceMs))
        if (proxy.halfOpen() > 0) halfOpened += 1
      }
      await telegram.waitFor(() => telegram.texts(chat).length > before, limitMs)
      const endedAt = await Promise.race([ended.promise, delay(limitMs, 0, { ref: false })])
      if (turn > 0) late.push(performance.now() - endedAt)
      // A second answer would come soon after the first.
      await delay(300)
      const seen = telegram.texts(chat).slice(before)
      if (seen.length !== 1 || seen[0] !== answer) strange.push(`${text}: ${JSON.stringify(seen)}`)
      if (turn % 10 === 0) console.error(`${turn} turns, ${halfOpened} half open`)
    }
    await gateway.stop()
    const store = await openStore({ dataDir: path.join(directory, 'data') })
    const violations = await store.upkeep.violations(Date.now())
    await store.close()
    const tooLate = late.filter((ms) => ms > promisedMs).length
    const report = { turns, halfOpened, afterTheEnd: spread(late), tooLate, strange, violations }
    console.log(JSON.stringify(report, null, 2))
    process.exitCode = tooLate + strange.length + violations.length > 0 ? 1 : 0
  } finally {
    if (gateway.isRunning) gateway.kill('SIGTERM')
    await gateway.exited
    await proxy[Symbol.asyncDispose]()
    await openCode.close()
    await telegram[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}
