import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import type { Clock } from '../../clock.ts'
import { within } from '../../within.ts'
import type { ChildLog } from '../child-log.ts'
import { isStopped, killFamily, killGroup, signalGroup } from '../processes.ts'

export type ChildCommand = {
  /** Path of the program. */
  readonly program: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

const killMs = 2_000
/** What it has written before its end may still be on the way. */
const drainMs = 500

/** A process with a group of its own that is spoken to over stdin and stdout. */
export class AgentChild {
  /** How it ended, in words. Its group has been killed by then. */
  readonly exited: Promise<string>
  /** `exited`, and what it wrote was read, or it is too late for that. */
  readonly drained: Promise<void>
  readonly #child: ChildProcessWithoutNullStreams
  readonly #clock: Clock
  #isOver = false
  #ending: Promise<void> | undefined

  constructor(command: ChildCommand, log: ChildLog, clock: Clock) {
    this.#clock = clock
    const { program, args, cwd, env } = command
    const child = spawn(program, args, { cwd, env, stdio: 'pipe', detached: true })
    this.#child = child
    child.stderr.on('data', (chunk: Buffer) => log.write(chunk))
    for (const stream of [child.stdin, child.stdout, child.stderr]) {
      // That the other end is gone is known from the exit.
      stream.on('error', () => undefined)
    }
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => {
        if (child.pid === undefined) resolve(`could not be started: ${error.message}`)
      })
      child.once('exit', (code, signal) => {
        resolve(signal === null ? `ended with code ${code}` : `was ended by ${signal}`)
      })
    }).then((how) => {
      this.#isOver = true
      if (child.pid !== undefined) killGroup(child.pid)
      return String(how)
    })
    const read = new Promise<void>((resolve) => child.stdout.once('close', resolve))
    this.drained = this.exited.then(async () => {
      await within(clock, drainMs, read)
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get stdin(): Writable {
    return this.#child.stdin
  }

  get stdout(): Readable {
    return this.#child.stdout
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** It takes no signal but SIGKILL. */
  get isStopped(): boolean {
    return this.pid !== undefined && isStopped(this.pid)
  }

  /** Closes its stdin, asks it to end, and kills it with all it has started: each step after `ms` without an end. */
  async end(ms: number): Promise<void> {
    this.#ending ??= this.#end(ms)
    await this.#ending
  }

  /** Kills it with all it has started. Resolves once it is gone. */
  async kill(): Promise<void> {
    const { pid } = this
    if (this.#isOver || pid === undefined) return
    killFamily(pid)
    await within(this.#clock, killMs, this.exited)
  }

  async #end(ms: number): Promise<void> {
    const { pid } = this
    if (this.#isOver || pid === undefined) return
    this.#child.stdin.end()
    if (!this.isStopped) {
      if (await within(this.#clock, ms, this.exited)) return
      signalGroup(pid, 'SIGTERM')
      if (await within(this.#clock, ms, this.exited)) return
    }
    await this.kill()
  }
}
