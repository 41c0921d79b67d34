import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { SpoolAccount } from '../../channels/signal/spool/protocol.ts'
import type { ChannelConfig, Config } from '../../config/types.ts'
import { CliError } from './cli-error.ts'
import { optionsOf } from './command-options.ts'
import { print, printJson } from './output.ts'
import { loadSettings } from './settings.ts'

type Listening = { readonly port?: string; readonly host?: string }

export function addSignalSpool(program: Command): void {
  const command = program
    .command('signal-spool')
    .description('Keep what Signal sends while the gateway is down; runs until it is told to stop')
    .option('--port <number>', 'where signal-cli-rest-api may post messages, and the gateway asks')
    .option('--host <address>', 'the address to listen at (default: 127.0.0.1)')
    .action(async (_options: object, command: Command) => {
      const options = optionsOf<Listening>(command)
      const { config } = await loadSettings(options)
      const accounts = accountsOf(config)
      if (accounts.length === 0)
        throw new CliError(
          'The configuration has no Signal channel with a spool, so nothing is to be kept.',
          78,
        )
      await keepAccounts(config.dataDir, accounts)
      const { spoolCommand } = await import('../../channels/signal/spool/launch.ts')
      const port = options.port === undefined ? webhookPort(config) : readPort(options.port)
      const { host } = options
      await become(spoolCommand({ dataDir: config.dataDir, port, ...(host ? { host } : {}) }))
    })

  command
    .command('stop')
    .description(
      'End the spool that runs; what Signal sends from then on is lost without a gateway',
    )
    .action(async (_options: object, command: Command) => {
      const options = optionsOf(command)
      const { config } = await loadSettings(options)
      const { stopSpool } = await import('../../channels/signal/spool/launch.ts')
      const { systemClock } = await import('../../core/clock.ts')
      const never = new AbortController().signal
      const wasRunning = await stopSpool(config.dataDir, systemClock, never)
      if (options.json) return printJson({ ok: true, wasRunning })
      print(wasRunning ? 'The spool has stopped.' : 'No spool is running.')
    })
}

/** Writes the accounts into the spool's file, which nobody may have open. */
async function keepAccounts(dataDir: string, accounts: readonly SpoolAccount[]): Promise<void> {
  const { SpoolLockedError, SpoolStore } = await import('../../channels/signal/spool/store.ts')
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  try {
    using store = new SpoolStore(join(dataDir, 'signal-spool.db'))
    store.setAccounts(accounts, true)
  } catch (error) {
    if (!(error instanceof SpoolLockedError)) throw error
    throw new CliError(
      `A spool is running for ${dataDir} already. End it with: jackdaw signal-spool stop`,
      78,
    )
  }
}

function accountsOf(config: Config): SpoolAccount[] {
  return Object.entries(config.channels).flatMap(([name, channel]): SpoolAccount[] => {
    if (!isKept(channel)) return []
    const { account, webhook } = channel
    const url = channel.url.replace(/\/+$/, '')
    return [{ account, url, ...(webhook ? { webhook: { name, secret: webhook.secret } } : {}) }]
  })
}

/** Where the first channel with a webhook wants its posts; 0 without one. */
function webhookPort(config: Config): number {
  for (const channel of Object.values(config.channels)) {
    if (isKept(channel) && channel.webhook) return channel.webhook.port
  }
  return 0
}

function isKept(channel: ChannelConfig): channel is Extract<ChannelConfig, { type: 'signal' }> {
  return channel.type === 'signal' && channel.enabled && channel.spool !== 'off'
}

function readPort(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new CliError(`--port ${text} is no port: it takes a number from 0 to 65535.`, 2)
}

/**
 * Makes this process the spool, so that what supervises it sees one small process; where the system cannot do that,
 * the spool runs as a child that gets the same signals, and this process ends as it does.
 */
async function become(args: readonly string[]): Promise<void> {
  const { execPath } = process
  if (process.execve && process.platform !== 'win32') process.execve(execPath, [execPath, ...args])
  const child = spawn(execPath, args, { stdio: 'inherit' })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => child.kill(signal))
  const [code] = await once(child, 'exit')
  process.exitCode = Number(code ?? 1)
}
