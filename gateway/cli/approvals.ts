import type { Command } from 'commander'
import type { z } from 'zod'
import type { approvalShape, grantShape } from '../http/routes/approvals.ts'
import { connect } from './client.ts'
import { optionsOf } from './command-options.ts'
import { formatWhen, print, printJson, printTable } from './output.ts'

type Approval = z.infer<typeof approvalShape>
type Grant = z.infer<typeof grantShape>

export function addApprovals(program: Command): void {
  const approvals = program
    .command('approvals')
    .description('Answer what agents ask, and take back what was allowed for always')

  approvals
    .command('list', { isDefault: true })
    .description('List what waits for an answer')
    .action(async (_options: object, command: Command) => {
      const options = optionsOf(command)
      const client = await connect(options)
      const { items } = await client.get<{ items: Approval[] }>('approvals')
      if (options.json) return printJson(items)
      const rows = items.map((one) => [
        one.id,
        one.kind,
        one.agent,
        one.title,
        answersOf(one),
        formatWhen(one.expiresAt),
      ])
      const columns = ['ID', 'KIND', 'AGENT', 'WHAT', 'ANSWERS', 'UNTIL']
      printTable(columns, rows, 'Nothing waits for an answer.')
    })

  approvals
    .command('answer <id> <answer>')
    .description('Answer: once, always or deny; for a question one of its answers, or own words')
    .option('--message <text>', 'said to the agent beside the answer')
    .option('--agent', 'with "always": in every session of the agent')
    .action(async (id: string, answer: string, _options: object, command: Command) => {
      const { json, message, agent, ...options } = optionsOf<{
        message?: string
        agent?: boolean
      }>(command)
      const client = await connect(options)
      const done = await client.call<Approval>('POST', `approvals/${encodeURIComponent(id)}`, {
        answer,
        ...(message !== undefined && { message }),
        ...(agent === true && { scope: 'agent' }),
      })
      if (json) return printJson(done)
      print(`${done.id} is answered: ${done.answer}.`)
    })

  approvals
    .command('grants')
    .description('List what was allowed for always')
    .action(async (_options: object, command: Command) => {
      const options = optionsOf(command)
      const client = await connect(options)
      const { items } = await client.get<{ items: Grant[] }>('grants')
      if (options.json) return printJson(items)
      const rows = items.map((one) => [
        one.id,
        one.agent,
        one.session ?? 'all',
        one.words,
        one.by,
        formatWhen(one.at),
      ])
      printTable(['ID', 'AGENT', 'SESSION', 'WHAT', 'BY', 'SINCE'], rows, 'Nothing is.')
    })

  approvals
    .command('revoke <id>')
    .description('Take a grant back: people are asked again')
    .action(async (id: string, _options: object, command: Command) => {
      const options = optionsOf(command)
      const client = await connect(options)
      const done = await client.call('DELETE', `grants/${encodeURIComponent(id)}`)
      if (options.json) return printJson(done)
      print(`Grant ${id} is taken back.`)
    })
}

function answersOf({ kind, grant, options, takesText }: Approval): string {
  if (kind === 'permission') return grant === null ? 'once, deny' : 'once, always, deny'
  const labels = options.map(({ id, label }) => `${id} (${label})`)
  return [...labels, ...(takesText ? ['own words'] : [])].join(', ')
}
