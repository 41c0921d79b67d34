import type { Command } from 'commander'
import { connect } from './client.ts'
import { optionsOf } from './command-options.ts'
import { formatWhen, print, printJson, printTable } from './output.ts'

type Channel = { name: string; type: string; state: string; since: string; detail: string }

export function addChannels(program: Command): void {
  const channels = program.command('channels').description('List and restart channels')

  channels
    .command('list', { isDefault: true })
    .description('List the channels and how they are')
    .action(async (_options: object, command: Command) => {
      const options = optionsOf(command)
      const page = await (await connect(options)).get<{ items: Channel[] }>('channels')
      if (options.json) return printJson(page)
      const rows = page.items.map(({ name, type, state, since, detail }) => [
        name,
        type,
        state,
        formatWhen(since),
        detail,
      ])
      printTable(['CHANNEL', 'TYPE', 'STATE', 'SINCE', 'DETAIL'], rows, 'There are no channels.')
    })

  channels
    .command('restart <channel>')
    .description('Disconnect a channel and connect it again')
    .action(async (name: string, _options: object, command: Command) => {
      const options = optionsOf(command)
      const client = await connect(options)
      const answer = await client.call('POST', `channels/${encodeURIComponent(name)}/restart`)
      if (options.json) return printJson(answer)
      print(`Channel ${name} restarts.`)
    })
}
