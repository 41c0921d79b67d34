import type { Command } from 'commander'
import { connect } from './client.ts'
import { optionsOf } from './command-options.ts'
import { print, printJson } from './output.ts'

type SendOptions = { channel: string; chat: string; thread?: string }

export function addSend(program: Command): void {
  program
    .command('send <text>')
    .description('Send a text to a chat, without any agent')
    .requiredOption('--channel <name>', 'channel, as named in the configuration')
    .requiredOption('--chat <id>', 'id of the chat on its platform')
    .option('--thread <id>', 'topic or thread inside the chat')
    .action(async (text: string, _options: object, command: Command) => {
      const { json, channel, chat, thread, ...options } = optionsOf<SendOptions>(command)
      const client = await connect(options)
      const answer = await client.call<{ deliveries: string[] }>('POST', 'send', {
        deliverTo: { channel, chat, thread },
        text,
      })
      if (json) return printJson(answer)
      print(`Queued as ${answer.deliveries.join(', ')}.`)
    })
}
