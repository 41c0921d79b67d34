import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../gateway/main.mjs', import.meta.url))
const host = fileURLToPath(new URL('./cli-host.ts', import.meta.url))
const echo = 'http: { port: 0 }\nagents: { main: { runtime: { type: echo } } }\n'

type CliResult = {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

type StartedGateway = {
  readonly process: ChildProcess
  /** From the line it printed. */
  readonly url: string
  /** Everything it printed until it ended. */
  readonly ended: Promise<CliResult>
}

/** A folder with a configuration, in which real `jackdaw` processes run; disposing ends them and removes it. */
export type CliFolder = AsyncDisposable & {
  readonly dir: string
  /** Runs a command line in a process of its own. */
  run(args: readonly string[], stdin?: string): Promise<CliResult>
  /** Runs a command line in one process for all of them, one after the other: to start one for each takes long. */
  call(args: readonly string[]): Promise<CliResult>
  /** Runs `start` until it is ready. */
  start(): Promise<StartedGateway>
}

export async function makeCliFolder(config = echo): Promise<CliFolder> {
  const dir = await mkdtemp(join(tmpdir(), 'jackdaw-cli-'))
  await writeFile(join(dir, 'jackdaw.yaml'), config)
  const children = new Set<ChildProcess>()
  const keep = <Child extends ChildProcess>(child: Child) => {
    children.add(child)
    child.once('exit', () => children.delete(child))
    return child
  }
  const launch = (args: readonly string[]) =>
    keep(spawn(process.execPath, [main, ...args], { cwd: dir, env: { HOME: dir } }))
  const startHost = () => {
    const { NODE_COMPILE_CACHE = '' } = process.env
    const env = { HOME: dir, NODE_COMPILE_CACHE }
    const child = keep(fork(host, { cwd: dir, env, execArgv: [] }))
    const ended = once(child, 'exit').then(([code, signal]): never => {
      throw new Error(`The process that runs the command lines ended (${code ?? signal}).`)
    })
    // Disposing ends it when nobody waits any more.
    ended.catch(() => undefined)
    return { child, ended }
  }
  let shared: ReturnType<typeof startHost> | undefined
  return {
    dir,
    async run(args, stdin = '') {
      const child = launch(args)
      child.stdin.end(stdin)
      return await resultOf(child)
    },
    async call(args) {
      shared ??= startHost()
      const answered = once(shared.child, 'message')
      shared.child.send(args)
      const [result] = await Promise.race([answered, shared.ended])
      return result
    },
    async start() {
      const child = launch(['start'])
      child.stdin.end()
      const ended = resultOf(child)
      const ready = new Promise<string>((resolve) => {
        child.stdout.on('data', (bytes: Buffer) => {
          const url = /^Jackdaw is ready: (\S+)$/m.exec(bytes.toString())?.[1]
          if (url !== undefined) resolve(url)
        })
      })
      const url = await Promise.race([ready, ended])
      if (typeof url === 'string') return { process: child, url, ended }
      throw new Error(`jackdaw start ended with ${url.code}: ${url.stderr}`)
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) {
        child.kill('SIGKILL')
        await once(child, 'exit')
      }
      await rm(dir, { recursive: true, force: true })
    },
  }
}

async function resultOf(child: ReturnType<typeof spawn>): Promise<CliResult> {
  const { stdout, stderr } = child
  if (stdout === null || stderr === null) throw new Error('The process has no output.')
  const [out, err, [code]] = await Promise.all([text(stdout), text(stderr), once(child, 'close')])
  return { code, stdout: out, stderr: err }
}
