import { resolve } from 'node:path'
import type { Command } from 'commander'
import { connect } from './client.ts'
import { optionsOf } from './command-options.ts'
import { print, printJson } from './output.ts'

export function addBackup(program: Command): void {
  program
    .command('backup <file>')
    .description('Copy the database to a file while the gateway runs')
    .action(async (file: string, _options: object, command: Command) => {
      const options = optionsOf(command)
      const client = await connect(options)
      const answer = await client.call<{ file: string }>('POST', 'backup', { file: resolve(file) })
      if (options.json) return printJson(answer)
      print(`The database is copied to ${answer.file}.`)
    })
}
