/**
 * The spool as a process, `node boot.mjs process.ts <data directory> <host> <port>`. It imports next to nothing: it
 * has to fit beside the gateway on a small machine, and to be there before the first message is.
 */
import { randomBytes } from 'node:crypto'
import { fstatSync, ftruncateSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../core/clock.ts'
import { alreadyRunningExitCode, spoolProtocol } from './protocol.ts'
import { SpoolServer } from './server.ts'
import { Spool } from './spool.ts'
import { removeSpoolFile, writeSpoolFile } from './spool-file.ts'
import { SpoolLockedError, SpoolStore } from './store.ts'

const maxLogBytes = 1024 * 1024

/** Serves until it is told to stop, and sets the exit code. */
export async function runSpool(args: readonly string[]): Promise<void> {
  const [dataDir = '.', host = '127.0.0.1', port = '0'] = args
  process.title = 'jackdaw signal-spool'
  const stop = Promise.withResolvers<void>()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.resolve())
  // A terminal that is closed ends what was started from it, and this is to outlive that.
  process.on('SIGHUP', () => say('the terminal is gone, the spool stays'))
  const store = open(dataDir)
  if (!store) return
  const spool = new Spool({ store, clock: systemClock, say })
  const token = randomBytes(24).toString('base64url')
  const onStop = () => stop.resolve()
  const server = new SpoolServer({ spool, token, clock: systemClock, onStop })
  try {
    spool.port = await server.listen(host, Number(port))
    const url = `http://${reachable(host)}:${spool.port}`
    writeSpoolFile(dataDir, { pid: process.pid, url, token, version: spoolProtocol })
    say(`ready at ${url}`)
    await stop.promise
    removeSpoolFile(dataDir)
  } catch (error) {
    process.exitCode = 1
    say(`cannot listen at ${host}:${port}: ${error instanceof Error ? error.message : error}`)
  }
  await spool.close()
  await server.close()
  store[Symbol.dispose]()
}

function open(dataDir: string): SpoolStore | undefined {
  try {
    return new SpoolStore(join(dataDir, 'signal-spool.db'))
  } catch (error) {
    const isTaken = error instanceof SpoolLockedError
    process.exitCode = isTaken ? alreadyRunningExitCode : 1
    say(isTaken ? 'another spool is running' : `cannot open its file: ${error}`)
    return undefined
  }
}

/** How other machines (containers) name an address that means all of this one's. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return hostname()
  return host.includes(':') ? `[${host}]` : host
}

/** One line on stderr, which may be a file that nobody else keeps small. */
function say(line: string): void {
  const { isFile, size } = statOfStderr()
  if (isFile && size > maxLogBytes) ftruncateSync(2, 0)
  process.stderr.write(`${new Date().toISOString()} signal-spool: ${line}\n`)
}

function statOfStderr(): { readonly isFile: boolean; readonly size: number } {
  try {
    const stat = fstatSync(2)
    return { isFile: stat.isFile(), size: stat.size }
  } catch {
    return { isFile: false, size: 0 }
  }
}
