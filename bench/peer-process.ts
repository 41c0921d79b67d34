import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { PeerPlan } from './peers/peer.ts'

/** Ticks of a second in /proc, the same on every Linux that Node runs on. */
const ticksPerSecond = 100
const graceMs = 30_000

/**
 * One contestant as a process of its own, on the Node that runs the benchmark. What it costs is read from /proc, so it
 * includes every thread and needs no cooperation. Its log goes to a file, which costs the harness nothing.
 */
export class PeerProcess {
  readonly spawnedAt = performance.now()
  readonly #child: ChildProcess
  readonly #logPath: string
  readonly #exited: Promise<string>
  readonly #readyLineAt = Promise.withResolvers<number>()
  readonly #pid: number

  constructor(plan: PeerPlan, directory: string, logPath: string) {
    this.#logPath = logPath
    const log = openSync(logPath, 'w')
    this.#child = spawn(process.execPath, plan.args, {
      cwd: directory,
      env: { PATH: process.env['PATH'], HOME: directory, NODE_ENV: 'production', ...plan.env },
      stdio: ['ignore', 'pipe', log],
    })
    closeSync(log)
    this.#pid = this.#child.pid ?? 0
    this.#exited = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message))
      this.#child.once('exit', (code, signal) => resolve(`exit code ${code ?? signal}`))
    })
    this.#watchStdout(plan.readyLine)
  }

  /** Resolves with milliseconds from spawn to `event`, an instant of `performance.now()`. Throws when the process ends first. */
  async sinceSpawn(event: Promise<number>): Promise<number> {
    const expired = delay(graceMs, `no sign of being ready in ${graceMs / 1000} s`, { ref: false })
    const first = await Promise.race([event, this.#exited, expired])
    if (typeof first === 'number') return first - this.spawnedAt
    await this.stop()
    throw new Error(`The peer did not start (${first}). End of its log:\n${this.#logTail()}`)
  }

  /** When the ready line was printed; never, for a peer without one. */
  get readyLineAt(): Promise<number> {
    return this.#readyLineAt.promise
  }

  /** CPU time used so far, user and system, all threads. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.#pid}/stat`, 'utf8')
    // The name in parentheses may hold spaces; counting starts behind it, where `state` is field 3.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  }

  /** Resident memory now, in MB of a million bytes. */
  rssMb(): number {
    return this.#statusMb('VmRSS')
  }

  /** The most resident memory it ever had. */
  peakMb(): number {
    return this.#statusMb('VmHWM')
  }

  /** Asks the process to end, and after a while makes it. Safe to call twice. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    const patience = new AbortController()
    const expired = delay(graceMs, 'expired' as const, { signal: patience.signal }).catch(() => '')
    if ((await Promise.race([this.#exited, expired])) === 'expired') this.#child.kill('SIGKILL')
    await this.#exited
    patience.abort()
  }

  #watchStdout(readyLine: string | undefined): void {
    let head = ''
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (readyLine === undefined || head.length > 65_536) return
      head += text
      if (head.includes(readyLine)) this.#readyLineAt.resolve(performance.now())
    })
  }

  #statusMb(field: 'VmRSS' | 'VmHWM'): number {
    const status = readFileSync(`/proc/${this.#pid}/status`, 'utf8')
    const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]
    if (kilobytes === undefined) throw new Error(`/proc/${this.#pid}/status has no ${field}.`)
    return (Number(kilobytes) * 1024) / 1e6
  }

  #logTail(): string {
    return readFileSync(this.#logPath, 'utf8').slice(-4000)
  }
}
