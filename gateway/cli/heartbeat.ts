import type { Command } from 'commander'
import type { z } from 'zod'
import type { heartbeatShape } from '../http/routes/heartbeat.ts'
import { connect } from './client.ts'
import { optionsOf } from './command-options.ts'
import { formatWhen, print, printJson, printTable } from './output.ts'

type Heartbeats = { items: z.infer<typeof heartbeatShape>[] }

export function addHeartbeat(program: Command): void {
  const heartbeat = program
    .command('heartbeat')
    .description("Look at the agents' check-ins, or ask for one now")

  heartbeat
    .command('status', { isDefault: true })
    .description('Show when check-ins are due and how the last ended')
    .action(async (_options: object, command: Command) => {
      const options = optionsOf(command)
      const answer = await (await connect(options)).get<Heartbeats>('heartbeat')
      if (options.json) return printJson(answer)
      const rows = answer.items.map((one) => [
        one.agent,
        one.isEnabled ? 'on' : 'off',
        formatWhen(one.lastAt),
        one.run === null ? one.result : `under way as ${one.run}`,
        formatWhen(one.nextAt),
      ])
      printTable(['AGENT', 'STATE', 'LAST ASKED', 'RESULT', 'NEXT'], rows, 'There are no agents.')
    })

  heartbeat
    .command('run')
    .description('Ask an agent to check in now, even where it is switched off')
    .option('--agent <name>', 'which one (default: the one the heartbeat is for)')
    .action(async (_options: object, command: Command) => {
      const { json, agent, ...options } = optionsOf<{ agent?: string }>(command)
      const client = await connect(options)
      const answer = await client.call<{ agent: string }>('POST', 'heartbeat/run', { agent })
      if (json) printJson(answer)
      else print(`Agent ${answer.agent} is asked to check in.`)
    })
}
