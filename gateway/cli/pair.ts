import type { Command } from 'commander'
import type { z } from 'zod'
import type { pairingShape, senderShape } from '../http/shapes.ts'
import { connect } from './client.ts'
import { optionsOf } from './command-options.ts'
import { formatWhen, print, printJson, printTable } from './output.ts'
import { queryOf } from './query.ts'

type Pairing = z.infer<typeof pairingShape>
type Sender = z.infer<typeof senderShape>

export function addPair(program: Command): void {
  const pair = program.command('pair').description('Say who may talk to the agent')

  pair
    .command('list', { isDefault: true })
    .description('List who waits and who is known')
    .action(async (_options: object, command: Command) => {
      const options = optionsOf(command)
      const client = await connect(options)
      const waiting = (await client.get<{ items: Pairing[] }>('pairing')).items
      const people = (await client.get<{ items: Sender[] }>('senders')).items
      if (options.json) return printJson({ waiting, people })
      const requests = waiting.map((one) => [
        one.id,
        one.channel,
        one.sender,
        one.senderName,
        formatWhen(one.expiresAt),
      ])
      printTable(['REQUEST', 'CHANNEL', 'ID', 'NAME', 'UNTIL'], requests, 'Nobody waits.')
      print('')
      const known = people.map((one) => [
        one.status,
        one.channel,
        one.id,
        one.name,
        formatWhen(one.since),
      ])
      printTable(['STATUS', 'CHANNEL', 'ID', 'NAME', 'SINCE'], known, 'Nobody is known.')
    })

  pair
    .command('approve <code>')
    .description('Let a person in, by the code they were given or the id of the request (p3)')
    .option('--owner', 'as an owner, who may let others in')
    .action(async (id: string, _options: object, command: Command) => {
      const { json, owner, ...options } = optionsOf<{ owner?: boolean }>(command)
      const client = await connect(options)
      const path = `pairing/${encodeURIComponent(id)}/approve`
      const answer = await client.call<{ sender: Sender }>('POST', path, { owner: owner ?? false })
      if (json) return printJson(answer)
      const { name, channel, status } = answer.sender
      print(`${name} on ${channel} is let in${status === 'owner' ? ' as an owner' : ''}.`)
    })

  pair
    .command('reject <request>')
    .description('Turn a request down')
    .action(async (id: string, _options: object, command: Command) => {
      const options = optionsOf(command)
      const client = await connect(options)
      const answer = await client.call('POST', `pairing/${encodeURIComponent(id)}/reject`)
      if (options.json) return printJson(answer)
      print(`Request ${id} is turned down.`)
    })

  pair
    .command('revoke <channel> <id>')
    .description('Take every right from a person, who is a stranger again')
    .action(async (channel: string, id: string, _options: object, command: Command) => {
      const options = optionsOf(command)
      const client = await connect(options)
      const answer = await client.call('DELETE', `senders${queryOf({ channel, id })}`)
      if (options.json) return printJson(answer)
      print(`${id} on ${channel} is a stranger again.`)
    })

  pair
    .command('block <channel> <id>')
    .description('Answer a person never again')
    .action(async (channel: string, id: string, _options: object, command: Command) => {
      const options = optionsOf(command)
      const client = await connect(options)
      const answer = await client.call('PATCH', 'senders', { channel, id, status: 'blocked' })
      if (options.json) return printJson(answer)
      print(`${id} on ${channel} is blocked.`)
    })
}
