import type { Command } from 'commander'
import type { z } from 'zod'
import type { sessionShape } from '../http/shapes.ts'
import { connect } from './client.ts'
import { optionsOf } from './command-options.ts'
import { formatWhen, print, printable, printJson, printTable } from './output.ts'
import { queryOf } from './query.ts'

type Session = z.infer<typeof sessionShape>
type Detail = Session & {
  conversations: readonly {
    generation: number
    title: string
    lastAt: string
    isPresent: boolean
  }[]
}
type Turn = { run: string; role: 'user' | 'agent'; text: string; at: string }

export function addSessions(program: Command): void {
  const sessions = program.command('sessions').description('List, show and reset sessions')

  sessions
    .command('list', { isDefault: true })
    .description('List sessions, the last used first')
    .option('--limit <number>', 'how many', '20')
    .action(async (_options: object, command: Command) => {
      const { json, limit, ...options } = optionsOf<{ limit: string }>(command)
      const path = `sessions${queryOf({ limit })}`
      const page = await (await connect(options)).get<{ items: Session[] }>(path)
      if (json) return printJson(page)
      const rows = page.items.map((one) => [one.id, one.key, one.title, formatWhen(one.lastAt)])
      printTable(['SESSION', 'KEY', 'CHAT', 'LAST USED'], rows, 'There are no sessions.')
    })

  sessions
    .command('show <session>')
    .description('Show what was said in a session, by id or key')
    .option('--limit <number>', 'how many runs', '10')
    .action(async (id: string, _options: object, command: Command) => {
      const { json, limit, ...options } = optionsOf<{ limit: string }>(command)
      const client = await connect(options)
      const path = `sessions/${encodeURIComponent(id)}`
      const session = await client.get<Detail>(path)
      const { items } = await client.get<{ items: Turn[] }>(`${path}/messages${queryOf({ limit })}`)
      if (json) return printJson({ session, messages: items })
      const { key, agent, generation, mode, model, agentMode, conversations } = session
      print(
        `${session.id} ${key}\nagent ${agent}, generation ${generation}, mode ${mode ?? 'default'}, model ${model ?? 'default'}, agent mode ${agentMode ?? 'default'}`,
      )
      const earlier = conversations.filter(({ isPresent }) => !isPresent)
      if (earlier.length > 0) print('\nEarlier conversations, /resume goes back to one:')
      for (const one of earlier)
        print(`${one.generation}  ${formatWhen(one.lastAt)}  ${printable(one.title)}`)
      for (const turns of byRun(items)) {
        for (const { role, at, text } of turns) {
          print(`\n${formatWhen(at)} ${role === 'user' ? 'user' : 'agent'}\n${printable(text)}`)
        }
      }
    })

  sessions
    .command('reset <session>')
    .description('Start a session afresh, as /new does')
    .action(async (id: string, _options: object, command: Command) => {
      const options = optionsOf(command)
      const client = await connect(options)
      const answer = await client.call('POST', `sessions/${encodeURIComponent(id)}/reset`)
      if (options.json) return printJson(answer)
      print(`Session ${id} starts afresh.`)
    })
}

/** The runs oldest first, each with its question before its answer. */
function byRun(turns: readonly Turn[]): Turn[][] {
  return [...Map.groupBy(turns, ({ run }) => run).values()].toReversed()
}
