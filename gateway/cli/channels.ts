import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { type Client, connect } from './client.ts'
import { optionsOf } from './command-options.ts'
import { formatWhen, print, printJson, printTable } from './output.ts'

const linkLooks = 60
const linkLookMs = 2000

type Channel = { name: string; type: string; state: string; since: string; detail: string }

export function addChannels(program: Command): void {
  const channels = program.command('channels').description('List, restart and link channels')

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

  channels
    .command('link <channel>')
    .description('Link a Signal account with your phone by a QR code')
    .action(async (name: string, _options: object, command: Command) => {
      const options = optionsOf(command)
      const client = await connect(options)
      const answer = await client.call<{ uri: string }>(
        'POST',
        `channels/${encodeURIComponent(name)}/link`,
      )
      if (options.json) return printJson(answer)
      const { renderUnicodeCompact } = await import('uqr')
      print(renderUnicodeCompact(answer.uri, { border: 2 }))
      print('On your phone: Signal → Settings → Linked devices → Link new device, and scan this.')
      print('The code is good for a minute or two. Waiting …')
      print(await waitUntilLinked(client, name))
    })
}

async function waitUntilLinked(client: Client, name: string): Promise<string> {
  for (let look = 0; look < linkLooks; look += 1) {
    await sleep(linkLookMs)
    const { items } = await client.get<{ items: Channel[] }>('channels')
    const channel = items.find((one) => one.name === name)
    if (channel?.state === 'up') return `Linked: ${channel.detail}`
  }
  return `Not linked yet. Run \`jackdaw channels link ${name}\` again for a new code.`
}
