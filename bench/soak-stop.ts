import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openStore } from '../storage/open.ts'
import { agentConfig } from '../test/rigs/agent-config.ts'
import { GatewayProcess } from '../test/rigs/gateway-process.ts'
import type { AcpRule } from '../test/servers/acp-script.ts'
import { startTelegramServer } from '../test/servers/telegram.ts'
import { spread } from './statistics.ts'

const chat = 1000
const limitMs = 60_000
const agent = fileURLToPath(new URL('../test/servers/acp-agent.ts', import.meta.url))

/**
 * Stops an agent's process (SIGSTOP) in the middle of a turn, `turns` times, over the real gateway and an agent of our
 * own; each time somebody presses /stop and then asks the next thing. Prints how soon both were answered, from the press.
 */
export async function soakStops(turns: number): Promise<void> {
  const directory = await mkdtemp(path.join(tmpdir(), 'jackdaw-soak-stop-'))
  const telegram = await startTelegramServer()
  telegram.addChat(chat)
  const rules: AcpRule[] = [
    { text: 'and now', acts: [{ do: 'text', text: 'I am back.' }] },
    { text: 'hang', acts: [{ do: 'hang' }] },
  ]
  await writeFile(path.join(directory, 'rules.json'), JSON.stringify(rules))
  const runtime = {
    type: 'acp',
    command: [process.execPath, agent],
    env: { ACP_AGENT: JSON.stringify({ folder: directory, canResume: true }) },
  }
  const gateway = await GatewayProcess.start(directory, agentConfig(runtime, telegram))
  const acknowledged: number[] = []
  const answered: number[] = []
  const strange: string[] = []
  try {
    await gateway.ready
    for (let turn = 1; turn <= turns; turn += 1) {
      telegram.says(chat, `hang ${turn}.`)
      process.kill(await processOf(directory, `hang ${turn}.`), 'SIGSTOP')
      const before = telegram.texts(chat).length
      const news = () => telegram.texts(chat).slice(before)
      const pressedAt = performance.now()
      telegram.says(chat, '/stop')
      await telegram.waitFor(() => news().length > 0, limitMs)
      acknowledged.push(performance.now() - pressedAt)
      telegram.says(chat, `and now ${turn}.`)
      await telegram.waitFor(() => news().includes('I am back.'), limitMs)
      answered.push(performance.now() - pressedAt)
      if (news().length !== 2) strange.push(`turn ${turn}: ${JSON.stringify(news())}`)
      if (turn % 10 === 0) console.error(`${turn} turns`)
    }
    await gateway.stop()
    const store = await openStore({ dataDir: path.join(directory, 'data') })
    const violations = await store.upkeep.violations(Date.now())
    await store.close()
    const report = { turns, acknowledged: spread(acknowledged), answered: spread(answered) }
    console.log(JSON.stringify({ ...report, strange, violations }, null, 2))
    process.exitCode = strange.length + violations.length > 0 ? 1 : 0
  } finally {
    if (gateway.isRunning) gateway.kill('SIGTERM')
    await gateway.exited
    await telegram[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** The id of the process that works on the message, once one does. */
async function processOf(directory: string, text: string): Promise<number> {
  const until = performance.now() + limitMs
  while (performance.now() < until) {
    const notes = await readFile(path.join(directory, 'notes.jsonl'), 'utf8').catch(() => '')
    const line = notes
      .split('\n')
      .find((note) => note.includes('"what":"prompt"') && note.includes(text))
    const [, pid] = /"pid":(\d+)/.exec(line ?? '') ?? []
    if (pid !== undefined) return Number(pid)
    await delay(5)
  }
  throw new Error(`No agent works on "${text}" after ${limitMs / 1000} s.`)
}
