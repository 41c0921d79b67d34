import type { Command } from 'commander'
import { connect } from './client.ts'
import { optionsOf } from './command-options.ts'
import { formatWhen, print, printable, printJson, printTable } from './output.ts'

type Trace = {
  message: {
    id: string
    channel: string
    chat: string
    author: string
    text: string
    disposition: string
    reason: string | null
  } | null
  steps: { at: string; step: string; detail: string }[]
}

export function addTrace(program: Command): void {
  program
    .command('trace <id>')
    .description('Show what happened to a message (m12) or in a run (r12), step by step')
    .action(async (id: string, _options: object, command: Command) => {
      const options = optionsOf(command)
      const client = await connect(options)
      const trace = await client.get<Trace>(`messages/${encodeURIComponent(id)}/trace`)
      if (options.json) return printJson(trace)
      if (trace.message !== null) {
        const { channel, chat, author, text, disposition, reason } = trace.message
        print(
          printable(
            `${trace.message.id} from ${author} in ${channel} ${chat}: ${disposition}${reason === null ? '' : ` (${reason})`}`,
          ),
        )
        print(`> ${printable(text).replaceAll('\n', '\n> ')}\n`)
      }
      const rows = trace.steps.map(({ at, step, detail }) => [formatWhen(at), step, detail])
      printTable(['TIME', 'STEP', 'DETAIL'], rows, 'Nothing happened yet.')
    })
}
