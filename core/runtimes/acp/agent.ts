/**
 * Invariant: at most one process of an agent runs, for all of its sessions. One that dies is started again with the
 * next turn, later each time it fails; one that was left behind by a gateway that was killed is ended first.
 */
import { mkdir } from 'node:fs/promises'
import { isAbsolute, join, resolve } from 'node:path'
import type { Clock } from '../../clock.ts'
import { RuntimeError } from '../../errors.ts'
import { backoffMs } from '../../retry.ts'
import { childEnvironment } from '../child-environment.ts'
import { ChildLog } from '../child-log.ts'
import { findProgram, isProgram } from '../find-program.ts'
import { oneLine } from '../one-line.ts'
import { redact } from '../redact.ts'
import type { ChildCommand } from './agent-child.ts'
import { AgentLife } from './agent-life.ts'
import { endLeftBehind, forgetChild, noteChild } from './child-record.ts'
import type { AcpLimits } from './limits.ts'

export type AgentOptions = {
  readonly clock: Clock
  /** The program and its arguments. */
  readonly command: readonly string[]
  /** Folder it runs and its sessions work in; made if it is not there. */
  readonly cwd: string
  /** Given to the program beside what every program gets. Secrets: they appear in no error. */
  readonly env: Readonly<Record<string, string>>
  /** The gateway's own environment. */
  readonly gatewayEnv: Readonly<Record<string, string | undefined>>
  /** For the log, the record of the process and, without a HOME, what the program keeps. */
  readonly folder: string
  readonly limits: AcpLimits
}

/** An agent that ran as long as this did not fail to start. */
const steadyMs = 60_000
const restart = { firstMs: 250, maxMs: 30_000 }
/** For each step of the end of an agent that has ignored its chance already. */
const ignoredMs = 300

/** The program of an agent, started with the first call. */
export class AcpAgent {
  readonly #options: AgentOptions
  readonly #log: ChildLog
  readonly #recordPath: string
  readonly #stop = new AbortController()
  #life: AgentLife | undefined
  #starting: Promise<AgentLife> | undefined
  #ending: Promise<void> = Promise.resolve()
  #failures = 0
  #startedAt = 0

  /** Starts nothing yet. */
  constructor(options: AgentOptions) {
    this.#options = options
    this.#log = new ChildLog(join(options.folder, 'agent.log'))
    this.#recordPath = join(options.folder, 'agent.json')
  }

  /** The process that runs, or a new one. Throws `RuntimeError`. */
  async life(): Promise<AgentLife> {
    if (this.#stop.signal.aborted) throw stopping()
    if (this.#life && !this.#life.isOver) return this.#life
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined
    })
    return await this.#starting
  }

  /** Ends a process that does not do as it is told, with all its sessions; the next call starts another. */
  async replace(life: AgentLife): Promise<void> {
    if (this.#life === life) {
      this.#life = undefined
      this.#failures = 0
      this.#ending = life.child.end(ignoredMs)
    }
    await life.child.end(ignoredMs)
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#starting?.catch(() => undefined)
    await this.#ending
    await this.#life?.child.end(this.#options.limits.endMs)
    await forgetChild(this.#recordPath)
    this.#log.close()
  }

  /** The same text without what is in the configured environment. */
  redact(text: string): string {
    return Object.values(this.#options.env).reduce(redact, text)
  }

  async #start(): Promise<AgentLife> {
    const { clock, cwd, folder } = this.#options
    await this.#ending
    const before = this.#life
    this.#life = undefined
    if (before) await before.child.kill()
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await mkdir(cwd, { recursive: true })
    if (!before) endLeftBehind(this.#recordPath)
    if (clock.now() - this.#startedAt >= steadyMs) this.#failures = 0
    if (this.#failures > 0) {
      await clock.sleep(backoffMs(this.#failures, restart), this.#stop.signal)
    }
    if (this.#stop.signal.aborted) throw stopping()
    this.#failures += 1
    this.#startedAt = clock.now()
    const command = this.#command()
    await this.#log.open()
    const life = await AgentLife.start({
      clock,
      command,
      log: this.#log,
      startMs: this.#options.limits.startMs,
      signal: this.#stop.signal,
      redact: (text) => this.redact(text),
    })
    this.#life = life
    if (life.child.pid !== undefined) await noteChild(this.#recordPath, life.child.pid)
    if (this.#stop.signal.aborted) {
      await life.child.end(ignoredMs)
      throw stopping()
    }
    return life
  }

  #command(): ChildCommand {
    const { command, cwd, env, gatewayEnv, folder } = this.#options
    const [name = '', ...args] = command
    const environment = { ...childEnvironment(gatewayEnv, folder), ...env }
    const program = /[\\/]/.test(name)
      ? [isAbsolute(name) ? name : resolve(cwd, name)].find(isProgram)
      : findProgram(name, environment['PATH'] ?? '')
    if (program !== undefined) return { program, args, cwd, env: environment }
    const shown = oneLine(name, 200)
    throw new RuntimeError(
      'not-installed',
      `The program ${shown} of the agent was not found${/[\\/]/.test(name) ? '' : ' in PATH'}: install it, or give its whole path in command.`,
      { isRetryable: false },
    )
  }
}

function stopping(): RuntimeError {
  return new RuntimeError('closed', 'The gateway is stopping.', { isRetryable: true })
}
