/**
 * Invariant: at most one server of ours runs for an agent. One that outlived its gateway is taken over, so that the
 * turns it works on can be followed; one that dies is started again with the next call, later each time it fails.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Clock } from '../../clock.ts'
import { RuntimeError } from '../../errors.ts'
import { backoffMs } from '../../retry.ts'
import { within } from '../../within.ts'
import { childEnvironment } from '../child-environment.ts'
import { ChildLog } from '../child-log.ts'
import { findProgram } from '../find-program.ts'
import { oneLine } from '../one-line.ts'
import { isAlive, isStopped, killFamily, signalGroup } from '../processes.ts'
import { withPlugin } from './plugin-setting.ts'
import type { OpenCodeServer } from './server.ts'
import { readRecord, removeRecord, type ServerRecord, writeRecord } from './server-record.ts'
import type { ToolPlugin } from './tool-plugin.ts'
import type { Endpoint } from './wire.ts'

export type ManagedOptions = {
  readonly clock: Clock
  /** Folder the agent works in; made if it is not there. */
  readonly directory: string
  /** For the log, the record of the process and, without a HOME, what the program keeps. */
  readonly folder: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Gives it the gateway's own tools; written anew with every start, also for a server that runs already. */
  readonly plugin?: Pick<ToolPlugin, 'write'>
}

const startMs = 60_000
const termMs = 3_000
const killMs = 2_000
/** A server that ran as long as this did not fail to start. */
const steadyMs = 60_000
const restart = { firstMs: 500, maxMs: 30_000 }
const listening = /listening on (http:\/\/\S+)/

/** An OpenCode server that lives and dies with the gateway. */
export class ManagedServer implements OpenCodeServer {
  readonly isLocal = true
  readonly isOwn = true
  readonly #options: ManagedOptions
  readonly #log: ChildLog
  readonly #recordPath: string
  readonly #stop = new AbortController()
  #running: ServerRecord | undefined
  #child: ChildProcess | undefined
  #starting: Promise<Endpoint> | undefined
  #failures = 0
  #startedAt = 0

  /** Starts nothing yet. */
  constructor(options: ManagedOptions) {
    this.#options = options
    this.#log = new ChildLog(join(options.folder, 'server.log'))
    this.#recordPath = join(options.folder, 'server.json')
  }

  async endpoint(): Promise<Endpoint> {
    if (this.#stop.signal.aborted) throw failure('closed', 'The gateway is stopping.', true)
    if (this.#running && isAlive(this.#running.pid)) return this.#running
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined
    })
    return await this.#starting
  }

  isStopped(): boolean {
    return this.#running !== undefined && isStopped(this.#running.pid)
  }

  async kill(): Promise<void> {
    const pid = this.#release()
    if (pid !== undefined) killFamily(pid)
    await removeRecord(this.#recordPath)
    this.#failures = 0
    // Ahead of the next turn, which will need it; it has a port of its own and waits for nobody's end.
    this.endpoint().catch(() => undefined)
    if (pid !== undefined) await within(this.#options.clock, killMs, this.#gone(pid))
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#starting?.catch(() => undefined)
    await this.#end('SIGTERM')
    this.#log.close()
  }

  async #start(): Promise<Endpoint> {
    const { clock, directory, folder } = this.#options
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await mkdir(directory, { recursive: true })
    // An agent without these tools is better than none.
    const plugin = await this.#options.plugin?.write().catch(() => undefined)
    const left = this.#running ? undefined : readRecord(this.#recordPath)
    if (left) {
      this.#running = left
      return left
    }
    if (clock.now() - this.#startedAt >= steadyMs) this.#failures = 0
    if (this.#failures > 0) {
      await clock.sleep(backoffMs(this.#failures, restart), this.#stop.signal)
    }
    if (this.#stop.signal.aborted) throw failure('closed', 'The gateway is stopping.', true)
    this.#failures += 1
    this.#startedAt = clock.now()
    return await this.#spawn(plugin)
  }

  async #spawn(plugin: string | undefined): Promise<Endpoint> {
    const { clock, directory, folder, env } = this.#options
    const program = findProgram('opencode', env['PATH'] ?? '')
    if (program === undefined) {
      throw failure(
        'not-installed',
        'No opencode was found in PATH: install it (npm install -g opencode-ai@1), or name the url of a running server.',
        false,
      )
    }
    const password = randomBytes(24).toString('base64url')
    await this.#log.open()
    const port = `${await findFreePort()}`
    const child = spawn(program, ['serve', '--hostname', '127.0.0.1', '--port', port], {
      cwd: directory,
      env: withPlugin(
        {
          ...childEnvironment(env, folder, { withKeys: true }),
          OPENCODE_SERVER_USERNAME: 'opencode',
          OPENCODE_SERVER_PASSWORD: password,
          // It would replace itself under a running turn.
          OPENCODE_DISABLE_AUTOUPDATE: '1',
        },
        plugin,
      ),
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that the programs its tools have started can be ended with it.
      detached: true,
    })
    this.#child = child
    const ended = new Promise<undefined>((resolve) => {
      child.once('exit', () => resolve(undefined))
      child.once('error', () => resolve(undefined))
    })
    const { promise: said, resolve: say } = Promise.withResolvers<string>()
    let output = ''
    const read = (chunk: Buffer) => {
      this.#log.write(chunk)
      output = (output + chunk.toString()).slice(-2_000)
      const url = listening.exec(output)?.[1]
      if (url !== undefined) say(url)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    const settled = new AbortController()
    const late = clock.sleep(startMs, AbortSignal.any([settled.signal, this.#stop.signal]))
    const url = await Promise.race([said, ended, late.then(() => undefined)])
    settled.abort()
    if (url === undefined || child.pid === undefined) {
      await this.#end('SIGKILL')
      throw failure('unreachable', `OpenCode (${program}) did not start: ${this.#lastLine()}`, true)
    }
    const record = { pid: child.pid, url, username: 'opencode', password }
    this.#running = record
    await writeRecord(this.#recordPath, record)
    return record
  }

  /** Asks, then insists. */
  async #end(first: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const pid = this.#release()
    if (pid !== undefined) await this.#endProcess(pid, first)
    await removeRecord(this.#recordPath)
  }

  /** The id of the process, if there is one, which is no longer the one that runs. */
  #release(): number | undefined {
    // Also one that was left here and that no turn has asked for yet.
    const pid = this.#child?.pid ?? (this.#running ?? readRecord(this.#recordPath))?.pid
    this.#child = undefined
    this.#running = undefined
    return pid
  }

  async #endProcess(pid: number, first: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (!isAlive(pid)) return
    for (const signal of first === 'SIGKILL' ? [first] : [first, 'SIGKILL' as const]) {
      if (signal === 'SIGKILL') killFamily(pid)
      else signalGroup(pid, signal)
      const ms = signal === 'SIGTERM' ? termMs : killMs
      if (await within(this.#options.clock, ms, this.#gone(pid))) return
    }
  }

  async #gone(pid: number): Promise<void> {
    for (let looks = 0; isAlive(pid) && looks < 200; looks += 1) {
      await this.#options.clock.sleep(25)
    }
  }

  #lastLine(): string {
    return oneLine(this.#log.tail.split('\n').at(-1) ?? '', 300) || 'it said nothing.'
  }
}

/** With port 0, OpenCode takes 4096 when it can, where people expect a server of their own. */
async function findFreePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise<void>((resolve) => probe.close(() => resolve()))
  return typeof address === 'object' && address ? address.port : 0
}

function failure(code: string, message: string, isRetryable: boolean): RuntimeError {
  return new RuntimeError(code, message, { isRetryable })
}
