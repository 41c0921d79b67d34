import type { Command } from 'commander'
import { optionsOf } from './command-options.ts'
import { loadSettings } from './settings.ts'
import { readVersion } from './version.ts'

export function addStart(program: Command): void {
  program
    .command('start')
    .description('Start the gateway and serve until it is told to stop')
    .action(async (_options: object, command: Command) => {
      const signals = new Signals()
      const { config, file, notices } = await loadSettings(optionsOf(command))
      const { processSurroundings } = await import('../../config/environment.ts')
      const { startGateway } = await import('../gateway.ts')
      const { env } = processSurroundings()
      const version = readVersion()
      const gateway = await startGateway({ config, configFile: file, notices, env, version })
      const { stdout } = process
      stdout.write(`Jackdaw is ready: ${gateway.url}\n`)
      if (stdout.isTTY) stdout.write(`Sign in once within 10 minutes: ${gateway.oneTimeLink()}\n`)
      void signals.first.then(() => gateway.stop())
      await gateway.done
      signals.close()
    })
}

/** The first SIGTERM or SIGINT, also when it comes during the start; the second ends the process at once. */
class Signals {
  readonly first: Promise<void>
  readonly #hear: () => void

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>()
    let isStopping = false
    this.first = promise
    this.#hear = () => {
      if (isStopping) process.exit(1)
      isStopping = true
      resolve()
    }
    process.on('SIGTERM', this.#hear).on('SIGINT', this.#hear)
  }

  close(): void {
    process.off('SIGTERM', this.#hear).off('SIGINT', this.#hear)
  }
}
