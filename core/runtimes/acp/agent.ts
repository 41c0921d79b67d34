/**
 * Invariant: at most one process of an agent works, for all of its sessions. One that dies by itself is started again
 * with the next turn, later each time it fails; one that is given up is replaced at once, while it is being ended; one
 * that was left behind by a gateway that was killed is ended first.
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
import { SpareLife } from './spare-life.ts'

export type AgentOptions = {
  readonly clock: Clock
  /** The program and its arguments. */
  readonly command: readonly string[]
  /** Folder it runs and its sessions work in; made if it is not there. */
  readonly cwd: string
  /** Given to the program beside what every program gets. Secrets: they appear in no error. */
  readonly env: Readonly<Record<string, string>>
  /** Id of the log-in to ask for at the start; absent: none, as agents that are logged in or have their key need none. */
  readonly authMethod?: string
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
  readonly #recordPath: string
  readonly #stop = new AbortController()
  readonly #spare: SpareLife
  readonly #endings = new Set<Promise<void>>()
  #life: AgentLife | undefined
  #starting: Promise<AgentLife> | undefined
  #isFirst = true
  #failures = 0
  #startedAt = 0

  /** Starts nothing yet. */
  constructor(options: AgentOptions) {
    this.#options = options
    this.#recordPath = join(options.folder, 'agent.json')
    const { clock, limits } = options
    this.#spare = new SpareLife({ clock, start: () => this.#launch(), endMs: limits.endMs })
  }

  /** The process that runs, or a new one. Throws `RuntimeError`. */
  async life(): Promise<AgentLife> {
    if (this.#stop.signal.aborted) throw stopping()
    if (this.#life && !this.#life.isOver) return this.#life
    return await this.#begin()
  }

  /** Has another process ready soon: this one may have to be replaced. */
  prepare(): void {
    if (!this.#stop.signal.aborted) this.#spare.prepare()
  }

  /**
   * Ends a process that does not do as it is told, with all its sessions, and resolves once it is gone. The next one
   * does not wait for that: it is on its way when this returns.
   */
  async replace(life: AgentLife): Promise<void> {
    const ending = life.child.end(ignoredMs)
    this.#endings.add(ending)
    if (this.#life === life) {
      this.#life = undefined
      this.#failures = 0
      if (!this.#stop.signal.aborted) this.#begin().catch(() => undefined)
    }
    await ending
    this.#endings.delete(ending)
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#starting?.catch(() => undefined)
    await this.#spare.close()
    await Promise.all(this.#endings)
    await this.#life?.child.end(this.#options.limits.endMs)
    await forgetChild(this.#recordPath)
  }

  /** The same text without what is in the configured environment. */
  redact(text: string): string {
    return Object.values(this.#options.env).reduce(redact, text)
  }

  #begin(): Promise<AgentLife> {
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  async #start(): Promise<AgentLife> {
    const { clock } = this.#options
    const before = this.#life
    this.#life = undefined
    await before?.child.kill()
    if (clock.now() - this.#startedAt >= steadyMs) this.#failures = 0
    let life = await this.#spare.take()
    if (!life && this.#failures > 0) {
      await clock.sleep(backoffMs(this.#failures, restart), this.#stop.signal)
    }
    this.#failures += 1
    this.#startedAt = clock.now()
    life ??= await this.#launchBeside()
    this.#life = life
    return life
  }

  /** One that is being ended may hold what another needs to start. */
  async #launchBeside(): Promise<AgentLife> {
    const endings = [...this.#endings]
    try {
      return await this.#launch()
    } catch (error) {
      if (endings.length === 0 || this.#stop.signal.aborted) throw error
      await Promise.all(endings)
      return await this.#launch()
    }
  }

  async #launch(): Promise<AgentLife> {
    const { clock, cwd, folder, limits, authMethod } = this.#options
    const isFirst = this.#isFirst
    this.#isFirst = false
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await mkdir(cwd, { recursive: true })
    if (isFirst) endLeftBehind(this.#recordPath)
    if (this.#stop.signal.aborted) throw stopping()
    const command = this.#command()
    const log = new ChildLog(join(folder, 'agent.log'))
    await log.open()
    try {
      const life = await AgentLife.start({
        clock,
        command,
        log,
        startMs: limits.startMs,
        ...(authMethod === undefined ? {} : { authMethod }),
        signal: this.#stop.signal,
        redact: (text) => this.redact(text),
      })
      void life.child.drained.then(() => log.close())
      if (life.child.pid !== undefined) await noteChild(this.#recordPath, life.child.pid)
      if (!this.#stop.signal.aborted) return life
      await life.child.end(ignoredMs)
      throw stopping()
    } catch (error) {
      log.close()
      throw error
    }
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
