import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'

const entry = fileURLToPath(new URL('../../gateway/main.mjs', import.meta.url))

/** How a process ended. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** The gateway as a real process: what `jackdaw start` runs, with a configuration file of its own. */
export class GatewayProcess {
  readonly exited: Promise<Exit>
  /** Resolves with the address once the ready line was printed; rejects when the process ends before. */
  readonly ready: Promise<string>
  readonly #child: ChildProcess
  readonly #logFile: string
  readonly #logged: Promise<void>
  #isKilled = false

  private constructor(child: ChildProcess, logFile: string) {
    this.#child = child
    this.#logFile = logFile
    const log = createWriteStream(logFile, { flags: 'a' })
    child.stderr?.pipe(log)
    this.#logged = new Promise((resolve) => log.once('close', resolve))
    this.exited = new Promise((resolve) =>
      child.once('exit', (code, signal) => resolve({ code, signal })),
    )
    this.ready = new Promise((resolve, reject) => {
      let printed = ''
      child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        printed += text
        const url = /^Jackdaw is ready: (\S+)$/m.exec(printed)?.[1]
        if (url !== undefined) resolve(url)
      })
      void this.exited.then((exit) =>
        reject(new Error(`The gateway ended early (${JSON.stringify(exit)}); see ${logFile}.`)),
      )
    })
    // Whoever does not wait for it must not be ended by its rejection.
    this.ready.catch(() => undefined)
  }

  /** Starts the gateway with `config` in `dir`, which also takes its data (`dir/data`) and its log (`dir/log`). */
  static async start(
    dir: string,
    config: object,
    env: Record<string, string> = {},
  ): Promise<GatewayProcess> {
    const file = join(dir, 'jackdaw.yaml')
    await writeFile(file, stringify({ dataDir: './data', http: { port: 0 }, ...config }))
    const child = spawn(process.execPath, [entry, 'start', '--config', file], {
      cwd: dir,
      env: { PATH: process.env['PATH'] ?? '', HOME: dir, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return new GatewayProcess(child, join(dir, 'log'))
  }

  /** What it wrote to stderr, once it has ended. */
  async log(): Promise<string> {
    await this.#logged
    return readFile(this.#logFile, 'utf8')
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  /** False as soon as it was killed: between the signal and the exit nothing more can be expected of it. */
  get isRunning(): boolean {
    return !this.#isKilled && this.#child.exitCode === null && this.#child.signalCode === null
  }

  kill(signal: NodeJS.Signals): void {
    if (signal === 'SIGKILL') this.#isKilled = true
    this.#child.kill(signal)
  }

  /** Stops it as an operator does, and says how it ended. */
  async stop(): Promise<Exit> {
    this.kill('SIGTERM')
    return this.exited
  }
}
