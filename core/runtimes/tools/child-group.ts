import { type ChildProcess, spawn } from 'node:child_process'
import type { Clock } from '../../clock.ts'
import { within } from '../../within.ts'
import { killFamily, killGroup, signalGroup } from '../processes.ts'

/** How long a program may take to end by itself once its input has ended, and then once it was told to. */
const leaveMs = 500
const termMs = 2_000
const killMs = 1_000
const maxTail = 2_000

export type ChildProgram = {
  readonly command: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** A program with everything it starts, as one group that ends together. */
export class ChildGroup {
  readonly process: ChildProcess
  /** Resolves when the program has ended, or could not be started. */
  readonly ended: Promise<void>
  #tail = ''
  #hasEnded = false

  constructor({ command, cwd, env }: ChildProgram) {
    const [program = '', ...args] = command
    this.process = spawn(program, args, {
      cwd,
      env: { ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      // A group of its own, so that what it has started can be ended with it.
      detached: true,
    })
    this.ended = new Promise((resolve) => {
      const end = () => {
        this.#hasEnded = true
        resolve()
      }
      this.process.once('exit', end).once('error', end)
    })
    this.process.stderr?.on('data', (chunk: Buffer) => {
      this.#tail = (this.#tail + chunk.toString()).slice(-maxTail)
    })
    for (const stream of [this.process.stdin, this.process.stdout, this.process.stderr]) {
      // A program that has gone shows in `ended`; its pipes need not say so as well.
      stream?.on('error', () => undefined)
    }
  }

  /** The last line it wrote to its standard error. */
  get lastLine(): string {
    return this.#tail.trim().split('\n').at(-1) ?? ''
  }

  /** Asks, insists, and forces. What the program has started ends with it. Never rejects. */
  async end(clock: Clock): Promise<void> {
    const { pid } = this.process
    this.process.stdin?.end()
    if (pid !== undefined && !(await within(clock, leaveMs, this.ended))) {
      signalGroup(pid, 'SIGTERM')
      await within(clock, termMs, this.ended)
    }
    if (pid !== undefined && !this.#hasEnded) {
      killFamily(pid)
      await within(clock, killMs, this.ended)
    }
    // Also after an orderly end: what it started may have stayed.
    if (pid !== undefined) killGroup(pid)
    for (const stream of [this.process.stdin, this.process.stdout, this.process.stderr]) {
      stream?.destroy()
    }
  }

  /** Ends everything at once, without waiting. */
  kill(): void {
    const { pid } = this.process
    if (pid !== undefined) killFamily(pid)
  }
}
