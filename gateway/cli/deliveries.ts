import type { Command } from 'commander'
import type { z } from 'zod'
import type { deliveryShape } from '../http/shapes.ts'
import { connect } from './client.ts'
import { optionsOf } from './command-options.ts'
import { formatWhen, print, printJson, printTable } from './output.ts'
import { queryOf } from './query.ts'

type Delivery = z.infer<typeof deliveryShape>
type ListOptions = { state?: string; limit: string }

export function addDeliveries(program: Command): void {
  const deliveries = program
    .command('deliveries')
    .description('List outbound messages; send one again, or give it up')

  deliveries
    .command('list', { isDefault: true })
    .description('List outbound messages, newest first')
    .option('--state <state>', 'only those pending, sending, sent, uncertain or discarded')
    .option('--limit <number>', 'how many', '20')
    .action(async (_options: object, command: Command) => {
      const { json, state, limit, ...options } = optionsOf<ListOptions>(command)
      const path = `deliveries${queryOf({ state, limit })}`
      const page = await (await connect(options)).get<{ items: Delivery[] }>(path)
      if (json) return printJson(page)
      const rows = page.items.map((one) => [
        one.id,
        one.state,
        `${one.channel} ${one.chat}`,
        formatWhen(one.createdAt),
        one.error ?? one.file ?? one.text,
      ])
      printTable(['DELIVERY', 'STATE', 'TO', 'CREATED', 'TEXT'], rows, 'There are none.')
    })

  deliveries
    .command('retry <delivery>')
    .description('Send a discarded or uncertain message again')
    .action((id: string, _options: object, command: Command) =>
      act(id, 'retry', `Delivery ${id} is sent again.`, command),
    )

  deliveries
    .command('discard <delivery>')
    .description('Give a message up')
    .action((id: string, _options: object, command: Command) =>
      act(id, 'discard', `Delivery ${id} is discarded.`, command),
    )
}

async function act(id: string, verb: string, done: string, command: Command): Promise<void> {
  const options = optionsOf(command)
  const client = await connect(options)
  const answer = await client.call('POST', `deliveries/${encodeURIComponent(id)}/${verb}`)
  if (options.json) printJson(answer)
  else print(done)
}
