import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { isAlive } from '../core/runtimes/processes.ts'
import { findOpenCode } from './opencode.ts'
import { GatewayProcess } from './rigs/gateway-process.ts'
import { openCodeEnvironment } from './rigs/real-opencode.ts'
import type { AcpRule } from './servers/acp-script.ts'
import { ModelServer } from './servers/model.ts'
import { startTelegramServer } from './servers/telegram.ts'

const chat = 1000
/** Far more than it takes: it only ends a test that hangs. How long it took is told beside the test. */
const limitMs = 60_000
const lookMs = 10

/** An agent whose process is stopped in the middle of a turn, as a hung one would be. */
async function stoppedAgent(
  t: TestContext,
  dir: string,
  options: {
    readonly runtime: object
    readonly env?: Record<string, string>
    /** Resolves with the id of the agent's process, once it works on the message "hang". */
    readonly working: () => Promise<number>
  },
): Promise<void> {
  await using server = await startTelegramServer()
  const { token, url: apiRoot } = server
  const config = {
    agents: { main: { runtime: options.runtime } },
    channels: { telegram: { type: 'telegram', token, apiRoot, access: { dm: 'open' } } },
    queue: { debounceMs: 0 },
  }
  const gateway = await GatewayProcess.start(dir, config, options.env)
  try {
    await gateway.ready
    server.says(chat, 'warm up')
    await server.waitFor(() => server.texts(chat).includes('Hello!'), limitMs)
    server.says(chat, 'hang')
    const pid = await options.working()
    process.kill(pid, 'SIGSTOP')
    const said = server.texts(chat).length
    const stoppedAt = performance.now()
    server.says(chat, '/stop')
    await server.waitFor(() => server.texts(chat).length > said, limitMs)
    const acknowledgedAt = performance.now()
    server.says(chat, 'and now')
    await server.waitFor(() => server.texts(chat).includes('I am back.'), limitMs)
    const answeredAt = performance.now()
    t.diagnostic(`/stop was acknowledged after ${Math.round(acknowledgedAt - stoppedAt)} ms`)
    t.diagnostic(`the next message was answered ${Math.round(answeredAt - stoppedAt)} ms after it`)
    assert.ok(!isAlive(pid))
    assert.equal(server.texts(chat).filter((text) => text === 'I am back.').length, 1)
    assert.equal((await gateway.stop()).code, 0)
  } finally {
    if (gateway.isRunning) gateway.kill('SIGKILL')
    await gateway.exited
  }
}

async function withDir(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-stopped-'))
  try {
    await work(dir)
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 5 })
  }
}

test('/stop works while an ACP agent is stopped, and the next message is answered', async (t) => {
  await withDir(async (dir) => {
    const rules: AcpRule[] = [
      { text: 'and now', acts: [{ do: 'text', text: 'I am back.' }] },
      { text: 'hang', acts: [{ do: 'hang' }] },
    ]
    await writeFile(join(dir, 'rules.json'), JSON.stringify(rules))
    const agent = fileURLToPath(new URL('servers/acp-agent.ts', import.meta.url))
    const env = { ACP_AGENT: JSON.stringify({ folder: dir, canResume: true }) }
    await stoppedAgent(t, dir, {
      runtime: { type: 'acp', command: [process.execPath, agent], env },
      async working() {
        for (;;) {
          const notes = (await readFile(join(dir, 'notes.jsonl'), 'utf8')).split('\n')
          const prompts = notes.filter((line) => line.includes('"what":"prompt"'))
          const [, pid] = /"pid":(\d+)/.exec(prompts[1] ?? '') ?? []
          if (pid !== undefined) return Number(pid)
          // The agent needs the processor more than this look at its notes.
          await delay(lookMs)
        }
      },
    })
  })
})

const found = findOpenCode()
const skip = 'missing' in found ? found.missing : false

for (const kind of ['opencode', 'acp'] as const) {
  const name = kind === 'acp' ? 'opencode acp' : 'a managed opencode'
  test(`/stop works while ${name} is stopped, and the next message is answered`, {
    skip,
  }, async (t) => {
    await withDir(async (dir) => {
      await using model = await ModelServer.start()
      model.when('warm up', { type: 'text', text: 'Hello!' })
      model.when('hang', { type: 'silent', text: 'Hm' })
      model.when('and now', { type: 'text', text: 'I am back.' })
      const env = openCodeEnvironment(model.url)
      await stoppedAgent(t, dir, {
        runtime:
          kind === 'acp'
            ? { type: 'acp', command: ['opencode', 'acp'], env }
            : { type: 'opencode', managed: true },
        env: { ...env, PATH: `${'path' in found ? found.path : ''}` },
        async working() {
          const before = model.requests.findIndex(({ lastUserText }) => /hang/.test(lastUserText))
          await model.request(before < 0 ? model.requests.length + 1 : before + 1)
          const file = kind === 'acp' ? 'acp/agent.json' : 'opencode/server.json'
          const record = await readFile(join(dir, 'data/runtimes/main', file), 'utf8')
          return (JSON.parse(record) as { pid: number }).pid
        },
      })
    })
  })
}
