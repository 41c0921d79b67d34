import type { Command } from 'commander'
import type { z } from 'zod'
import type { runShape } from '../http/shapes.ts'
import { connect } from './client.ts'
import { optionsOf } from './command-options.ts'
import { formatWhen, print, printable, printJson, printTable } from './output.ts'
import { queryOf } from './query.ts'

type Run = z.infer<typeof runShape>
type ListOptions = { state?: string; session?: string; agent?: string; limit: string }

export function addRuns(program: Command): void {
  const runs = program.command('runs').description('List, show, cancel and retry runs')

  runs
    .command('list', { isDefault: true })
    .description('List runs, newest first')
    .option('--state <state>', 'only those queued, running, waiting, completed, failed, …')
    .option('--session <session>', 'only those of one session, by id or key')
    .option('--agent <name>', 'only those of one agent')
    .option('--limit <number>', 'how many', '20')
    .action(async (_options: object, command: Command) => {
      const { json, ...options } = optionsOf<ListOptions>(command)
      const { state, session, agent, limit } = options
      const client = await connect(options)
      const path = `runs${queryOf({ state, session, agent, limit })}`
      const page = await client.get<{ items: Run[]; next: string | null }>(path)
      if (json) return printJson(page)
      const rows = page.items.map((run) => [
        run.id,
        run.state,
        run.agent,
        formatWhen(run.createdAt),
        run.text,
      ])
      printTable(['RUN', 'STATE', 'AGENT', 'CREATED', 'TEXT'], rows, 'There are no runs.')
    })

  runs
    .command('show <run>')
    .description('Show one run with its answer')
    .action(async (id: string, _options: object, command: Command) => {
      const options = optionsOf(command)
      const run = await (await connect(options)).get<Run>(`runs/${encodeURIComponent(id)}`)
      if (options.json) return printJson(run)
      print(`${run.id}: ${run.state}, agent ${run.agent}, attempt ${run.attempt}`)
      print(
        `Created ${formatWhen(run.createdAt)}, finished ${formatWhen(run.finishedAt) || 'not yet'}`,
      )
      if (run.supersededBy !== null) print(`It became part of ${run.supersededBy}.`)
      print(`\n> ${printable(run.text).replaceAll('\n', '\n> ')}`)
      if (run.reply !== null) print(`\n${printable(run.reply.text)}`)
      for (const file of run.reply?.attachments ?? []) print(`[${file.name}, ${file.size} bytes]`)
      if (run.error !== null) print(`\n${run.error.code}: ${printable(run.error.message)}`)
    })

  runs
    .command('cancel <run>')
    .description('Cancel a run; one that is executing is stopped')
    .action(async (id: string, _options: object, command: Command) => {
      const options = optionsOf(command)
      const client = await connect(options)
      const answer = await client.call('POST', `runs/${encodeURIComponent(id)}/cancel`)
      if (options.json) return printJson(answer)
      print(`Run ${id} is cancelled.`)
    })

  runs
    .command('retry <run>')
    .description('Run the input of a failed or cancelled run again')
    .action(async (id: string, _options: object, command: Command) => {
      const options = optionsOf(command)
      const client = await connect(options)
      const answer = await client.call<{ run: Run }>('POST', `runs/${encodeURIComponent(id)}/retry`)
      if (options.json) return printJson(answer)
      print(`Run ${id} runs again as ${answer.run.id}.`)
    })
}
