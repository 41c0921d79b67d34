import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SpoolClient } from '../../channels/signal/spool/client.ts'
import { findSpool, spoolCommand } from '../../channels/signal/spool/launch.ts'
import type { SpoolAccount, SpoolPage } from '../../channels/signal/spool/protocol.ts'
import { readSpoolFile } from '../../channels/signal/spool/spool-file.ts'

const never = new AbortController().signal

/** A data directory in which real spools run; disposing ends them, and those started detached, and removes it. */
export class SpoolFolder implements AsyncDisposable {
  readonly dir: string
  readonly #children = new Set<ChildProcess>()

  constructor(dir: string) {
    this.dir = dir
  }

  /** Starts a spool and waits until it answers. */
  async start(port = 0): Promise<SpoolProcess> {
    const args = spoolCommand({ dataDir: this.dir, port })
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#children.add(child)
    const exit = once(child, 'exit')
    let said = ''
    const ready = new Promise<void>((resolve) => {
      child.stderr.on('data', (bytes: Buffer) => {
        said += bytes
        if (said.includes('ready at')) resolve()
      })
    })
    await Promise.race([ready, exit])
    const file = readSpoolFile(this.dir)
    if (file?.pid !== child.pid || !file)
      throw new Error(`The spool ended with ${child.exitCode}: ${said}`)
    return new SpoolProcess(child, exit, new SpoolClient(file), file.url)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    }
    const found = await findSpool(this.dir, never)
    if (found) process.kill(found.health.pid, 'SIGKILL')
    await rm(this.dir, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** One running spool. */
export class SpoolProcess {
  readonly client: SpoolClient
  readonly url: string
  readonly pid: number
  readonly #child: ChildProcess
  readonly #exit: Promise<unknown>

  constructor(child: ChildProcess, exit: Promise<unknown>, client: SpoolClient, url: string) {
    this.#child = child
    this.#exit = exit
    this.client = client
    this.url = url
    this.pid = child.pid ?? 0
  }

  async listen(account: SpoolAccount): Promise<void> {
    await this.client.setAccounts([account], false, never)
  }

  async pull(account: string, waitMs = 0, after = 0): Promise<SpoolPage> {
    return await this.client.pull({ account, after, limit: 500, waitMs }, never)
  }

  /** Ends it with a signal; resolves with the exit code, null when it had no say in it. */
  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal)
    await this.#exit
    return this.#child.exitCode
  }
}

export async function makeSpoolFolder(): Promise<SpoolFolder> {
  return new SpoolFolder(await mkdtemp(join(tmpdir(), 'jackdaw-spool-')))
}

/** The words of frames that hold a message. */
export function textsOf(frames: readonly unknown[]): string[] {
  return frames.map((frame) => {
    const envelope: unknown = Reflect.get(Object(frame), 'envelope')
    const data: unknown = Reflect.get(Object(envelope), 'dataMessage')
    return String(Reflect.get(Object(data), 'message'))
  })
}
