import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../core/clock.ts'
import { type AcpOptions, AcpRuntime } from '../../core/runtimes/acp/runtime.ts'
import { isAlive } from '../../core/runtimes/processes.ts'
import type { AcpAct, AcpAgentOptions, AcpNote, AcpRule } from '../servers/acp-script.ts'

const program = fileURLToPath(new URL('../servers/acp-agent.ts', import.meta.url))

/** What must never be seen: the agent has it in its environment. */
export const acpSecret = 'sk-4f9d2c71b0aa'

/** The runtime on the scripted agent, in a folder of its own; it is quicker to lose its patience than in earnest. */
export class AcpRig implements AsyncDisposable {
  readonly folder: string
  readonly runtime: AcpRuntime
  readonly #rules: AcpRule[] = []
  readonly #agent: Omit<AcpAgentOptions, 'folder'>

  private constructor(
    folder: string,
    agent: Omit<AcpAgentOptions, 'folder'>,
    options: Partial<AcpOptions>,
  ) {
    this.folder = folder
    this.#agent = agent
    this.runtime = this.make(options)
  }

  static async start(
    agent: Omit<AcpAgentOptions, 'folder'> = {},
    options: Partial<AcpOptions> = {},
  ): Promise<AcpRig> {
    return new AcpRig(await mkdtemp(join(tmpdir(), 'jackdaw-acp-')), agent, options)
  }

  /** Another runtime on the same folder, as the next gateway makes it. */
  make(options: Partial<AcpOptions> = {}): AcpRuntime {
    const { folder } = this
    return new AcpRuntime({
      command: [process.execPath, '--disable-warning=ExperimentalWarning', program],
      cwd: join(folder, 'work'),
      env: { ACP_AGENT: JSON.stringify({ folder, ...this.#agent }), ACP_SECRET: acpSecret },
      gatewayEnv: { PATH: process.env['PATH'], HOME: folder, TELEGRAM_TOKEN: 'a-secret-of-ours' },
      folder: join(folder, 'runtime'),
      instructions: 'Be kind.',
      toolServers: () => [],
      clock: systemClock,
      formatTime: (at) => new Date(at).toISOString(),
      ...options,
      limits: { cancelMs: 600, endMs: 400, quietMs: 50, ...options.limits },
    })
  }

  /** Prompts with `text` in them are answered so. Newer rules win. */
  when(text: string, ...acts: readonly AcpAct[]): void {
    this.#rules.unshift({ text, acts })
    writeFileSync(join(this.folder, 'rules.json'), JSON.stringify(this.#rules))
  }

  /** What the agents have noted, of one kind. */
  notes(what: AcpNote['what']): readonly AcpNote[] {
    const path = join(this.folder, 'notes.jsonl')
    if (!existsSync(path)) return []
    const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean)
    return lines.map((line) => JSON.parse(line) as AcpNote).filter((one) => one.what === what)
  }

  /** Resolves with the `count`th note of a kind, once it is there. */
  async note(what: AcpNote['what'], count = 1): Promise<AcpNote> {
    for (;;) {
      const found = this.notes(what)[count - 1]
      if (found) return found
      await setTimeout(10)
    }
  }

  /** Resolves once a process is gone. */
  async gone(pid: number): Promise<void> {
    while (isAlive(pid)) await setTimeout(10)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.runtime.close()
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
