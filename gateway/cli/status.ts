import type { Command } from 'commander'
import { connect } from './client.ts'
import { optionsOf } from './command-options.ts'
import { formatDuration, formatWhen, print, printJson, printTable } from './output.ts'

type Status = {
  version: string
  agents: { name: string; runtime: string; detail: string; hint?: string }[]
  channels: Record<string, { type: string; state: string; since: string; detail: string }>
  queue: { depth: number; oldestMs: number | null }
  deliveries: { pending: number; uncertain: number; discarded: number }
}

export function addStatus(program: Command): void {
  program
    .command('status')
    .description('Show how the running gateway is')
    .action(async (_options: object, command: Command) => {
      const options = optionsOf(command)
      const status = await (await connect(options)).get<Status>('status')
      if (options.json) return printJson(status)
      const { queue, deliveries } = status
      print(`Jackdaw ${status.version} is running.`)
      const waited =
        queue.oldestMs === null ? '' : `, the oldest for ${formatDuration(queue.oldestMs)}`
      print(`Runs waiting: ${queue.depth}${waited}.`)
      const { pending, uncertain, discarded } = deliveries
      print(`Deliveries: ${pending} waiting, ${uncertain} uncertain, ${discarded} discarded.\n`)
      const agents = status.agents.map(({ name, runtime, detail }) => [name, runtime, detail])
      printTable(['AGENT', 'RUNTIME', 'DETAIL'], agents, 'There is no agent.')
      for (const hint of new Set(status.agents.flatMap((agent) => agent.hint ?? [])))
        print(`\n${hint}`)
      print('')
      const channels = Object.entries(status.channels).map(([name, { state, since, detail }]) => [
        name,
        state,
        formatWhen(since),
        detail,
      ])
      printTable(['CHANNEL', 'STATE', 'SINCE', 'DETAIL'], channels, 'There is no channel.')
    })
}
