import type { Command } from 'commander'
import type { Config } from '../../config/types.ts'
import type { Log } from '../log.ts'
import { optionsOf } from './command-options.ts'
import { loadOptionsOf } from './settings.ts'
import { readVersion } from './version.ts'

export function addStart(program: Command): void {
  program
    .command('start')
    .description('Start the gateway and serve until it is told to stop')
    .action(async (_options: object, command: Command) => {
      const signals = new Signals()
      const loadOptions = await loadOptionsOf(optionsOf(command))
      const { load } = await import('../../config/load.ts')
      const loaded = await load(loadOptions)
      const { startGateway } = await import('../gateway.ts')
      const gateway = await startGateway({
        loaded,
        loadOptions,
        version: readVersion(),
        openLog: await logFor(loaded.config),
      })
      const { stdout } = process
      stdout.write(`Jackdaw is ready: ${gateway.url}\n`)
      if (stdout.isTTY) stdout.write(`Sign in once within 10 minutes: ${gateway.oneTimeLink()}\n`)
      await signals.first
      await gateway.stop()
      signals.close()
    })
}

async function logFor(config: Config): Promise<(secrets: readonly string[]) => Log> {
  const { openLog } = await import('../log.ts')
  const { secretsOf } = await import('../secrets.ts')
  return (secrets) =>
    openLog({
      level: config.logLevel,
      dataDir: config.dataDir,
      secrets: [...secrets, ...secretsOf(config)],
      stderr: process.stderr,
    })
}

/** npm and terminals both pass a Ctrl-C on, so that it arrives twice; a person is slower. */
const echoMs = 100

/** The first SIGTERM or SIGINT, also when it comes during the start; the second ends the process at once. */
class Signals {
  readonly first: Promise<void>
  readonly #hear: () => void

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>()
    let firstAt: number | undefined
    this.first = promise
    this.#hear = () => {
      const now = performance.now()
      firstAt ??= now
      if (now - firstAt > echoMs) process.exit(1)
      resolve()
    }
    process.on('SIGTERM', this.#hear).on('SIGINT', this.#hear)
  }

  close(): void {
    process.off('SIGTERM', this.#hear).off('SIGINT', this.#hear)
  }
}
