import type { Command } from 'commander'
import type { ChannelConfig, Config } from '../../config/types.ts'
import { CliError, NotRunningError } from './cli-error.ts'
import { connect } from './client.ts'
import { type CommandOptions, optionsOf } from './command-options.ts'
import { print, printJson, printTable } from './output.ts'
import type { People } from './people.ts'
import { loadSettings } from './settings.ts'

type Owner = {
  readonly channel: string
  readonly id: string
  readonly name: string
  readonly by: 'configuration' | 'command'
}

export function addOwners(program: Command): void {
  const owners = program
    .command('owners')
    .description('Say who may let others in and gets notices; works while the gateway is stopped')

  owners
    .command('list', { isDefault: true })
    .description('List the owners')
    .action(async (_options: object, command: Command) => {
      const options = optionsOf(command)
      const { config } = await loadSettings(options)
      const known = await withPeople(options, config, (people) => people.list())
      const found: Owner[] = [
        ...configured(config),
        ...known
          .filter(({ status }) => status === 'owner')
          .map(({ channel, id, name }): Owner => ({ channel, id, name, by: 'command' })),
      ]
      if (options.json) return printJson({ items: found, next: null })
      const rows = found.map(({ channel, id, name, by }) => [channel, id, name, by])
      const empty = 'There is no owner yet. Make one with: jackdaw owners add <channel> <id>'
      printTable(['CHANNEL', 'ID', 'NAME', 'BY'], rows, empty)
    })

  owners
    .command('add <channel> <id>')
    .description("Make a person an owner; the id is the platform's own")
    .option('--name <name>', 'what to call them')
    .action(async (channel: string, id: string, _options: object, command: Command) => {
      const { json, name, ...options } = optionsOf<{ name?: string }>(command)
      const { config } = await loadSettings(options)
      requireChannel(config, channel)
      await withPeople(options, config, (people) => people.set(channel, id, 'owner', name))
      if (json) return printJson({ ok: true })
      print(`${name ?? id} is an owner on ${channel}.`)
    })

  owners
    .command('remove <channel> <id>')
    .description('Make an owner an ordinary person again, who may still talk to the agent')
    .action(async (channel: string, id: string, _options: object, command: Command) => {
      const options = optionsOf(command)
      const { config } = await loadSettings(options)
      const { channelConfig } = requireChannel(config, channel)
      if (ownersOf(channelConfig).includes(id)) {
        throw new CliError(
          `${id} is an owner by the configuration. Take it out of channels.${channel}.access.owners.`,
        )
      }
      await withPeople(options, config, async (people) => {
        const known = (await people.list()).find((one) => one.channel === channel && one.id === id)
        if (known?.status !== 'owner') throw new CliError(`${id} is no owner on ${channel}.`)
        await people.set(channel, id, 'paired', known.name)
      })
      if (options.json) return printJson({ ok: true })
      print(`${id} is no owner on ${channel} any more.`)
    })
}

/** Through the gateway when it runs, else in the store itself, which is held for that moment. */
async function withPeople<Result>(
  options: CommandOptions,
  config: Config,
  use: (people: People) => Promise<Result>,
): Promise<Result> {
  const { peopleByApi, peopleInStore } = await import('./people.ts')
  try {
    return await use(peopleByApi(await connect(options)))
  } catch (error) {
    if (!(error instanceof NotRunningError)) throw error
  }
  await using people = await peopleInStore(config)
  return await use(people)
}

function requireChannel(config: Config, name: string): { channelConfig: ChannelConfig } {
  const channelConfig = Object.hasOwn(config.channels, name) ? config.channels[name] : undefined
  if (channelConfig !== undefined) return { channelConfig }
  const names = Object.keys(config.channels).join(', ')
  throw new CliError(`The configuration has no channel ${name}. It has: ${names || 'none'}.`)
}

function configured(config: Config): Owner[] {
  return Object.entries(config.channels).flatMap(([channel, settings]) =>
    ownersOf(settings).map((id): Owner => ({ channel, id, name: '', by: 'configuration' })),
  )
}

function ownersOf(channel: ChannelConfig): readonly string[] {
  return 'access' in channel ? channel.access.owners : []
}
