import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../../../core/clock.ts'
import { ChannelError } from '../../../core/errors.ts'
import { SpoolClient } from './client.ts'
import { alreadyRunningExitCode, type SpoolHealth, spoolProtocol } from './protocol.ts'
import { readSpoolFile } from './spool-file.ts'

export type SpoolPlace = {
  readonly dataDir: string
  /** Where it takes posts of messages; 0: anywhere, because nobody posts. */
  readonly port: number
  readonly host?: string
}

const readyMs = 10_000
const stopMs = 5_000
const answerMs = 2_000
const lookMs = 20
const maxLogBytes = 1024 * 1024

/** The spool of a data directory, if one answers; another version of it may. */
export async function findSpool(
  dataDir: string,
  signal: AbortSignal,
): Promise<{ readonly client: SpoolClient; readonly health: SpoolHealth } | undefined> {
  const file = readSpoolFile(dataDir)
  if (!file) return undefined
  const client = new SpoolClient(file)
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(answerMs)])
    return { client, health: await client.health(limit) }
  } catch {
    return undefined
  }
}

/** The spool that somebody else runs. Throws `ChannelError` when none answers, or one of another version. */
export async function requireSpool(dataDir: string, signal: AbortSignal): Promise<SpoolClient> {
  const found = await findSpool(dataDir, signal)
  if (!found)
    throw new ChannelError(
      'no-spool',
      `No spool answers for ${dataDir}. Run "jackdaw signal-spool", or set spool: child.`,
    )
  if (found.health.protocol === spoolProtocol) return found.client
  throw new ChannelError(
    'old-spool',
    'The spool that runs is of another version of Jackdaw. Restart "jackdaw signal-spool".',
  )
}

/**
 * Finds the spool of a data directory or starts one that outlives this process; one of another version, or at
 * another port than is wanted, is replaced. Two that are started at once come to the same one. Throws `ChannelError`.
 */
export async function launchSpool(
  place: SpoolPlace,
  clock: Clock,
  signal: AbortSignal,
): Promise<SpoolClient> {
  const found = await findSpool(place.dataDir, signal)
  if (found && fits(found.health, place)) return found.client
  if (found) await stopSpool(place.dataDir, clock, signal)
  return await start(place, clock, signal)
}

/** Ends a running spool and waits until it has let go of its file; false when none answers. */
export async function stopSpool(
  dataDir: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await findSpool(dataDir, signal)
  if (!found) return false
  await found.client.stop(signal)
  const until = clock.now() + stopMs
  const { pid } = found.health
  while (clock.now() < until && !signal.aborted) {
    if (!isRunning(pid) && readSpoolFile(dataDir)?.pid !== pid) return true
    await clock.sleep(lookMs, signal)
  }
  throw new ChannelError('spool-stays', `The spool (process ${pid}) does not stop.`)
}

/** What Node is started with to be the spool. */
export function spoolCommand({ dataDir, port, host = '127.0.0.1' }: SpoolPlace): string[] {
  const boot = fileURLToPath(new URL('./boot.mjs', import.meta.url))
  const program = fileURLToPath(new URL('./process.ts', import.meta.url))
  return ['--max-semi-space-size=1', boot, program, dataDir, host, String(port)]
}

async function start(place: SpoolPlace, clock: Clock, signal: AbortSignal): Promise<SpoolClient> {
  const { dataDir } = place
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const log = join(dataDir, 'signal-spool.log')
  const child = startDetached(place, log)
  const ended: { code: number | null } = { code: null }
  const exit = once(child, 'exit').then(([code]) => {
    ended.code = Number(code ?? 1)
  })
  exit.catch(() => undefined)
  const until = clock.now() + readyMs
  while (clock.now() < until && !signal.aborted) {
    const found = await findSpool(dataDir, signal)
    if (found && fits(found.health, place)) return found.client
    // One that was started at the same time has the file; its own name appears in a moment.
    const isOver = ended.code !== null && ended.code !== alreadyRunningExitCode
    if (isOver) break
    await clock.sleep(lookMs, signal)
  }
  throw new ChannelError('no-spool', `The spool does not start: ${lastLine(log)}`)
}

function startDetached(place: SpoolPlace, log: string): ReturnType<typeof spawn> {
  if (sizeOf(log) > maxLogBytes) truncateSync(log)
  const output = openSync(log, 'a', 0o600)
  try {
    const child = spawn(process.execPath, spoolCommand(place), {
      detached: true,
      cwd: place.dataDir,
      stdio: ['ignore', output, output],
    })
    child.unref()
    return child
  } finally {
    closeSync(output)
  }
}

function fits(health: SpoolHealth, { port }: SpoolPlace): boolean {
  return health.protocol === spoolProtocol && (port === 0 || health.port === port)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function lastLine(file: string): string {
  const text = sizeOf(file) > 0 ? readFileSync(file, 'utf8').trim() : ''
  return text.split('\n').at(-1) || `it said nothing in ${file}.`
}
