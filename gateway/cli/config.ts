import type { Command } from 'commander'
import { CliError } from './cli-error.ts'
import { connect } from './client.ts'
import { optionsOf } from './command-options.ts'
import { print, printJson } from './output.ts'
import { loadOptionsOf, loadSettings } from './settings.ts'

type Answer = { path: string | null; hash: string; config: unknown }

export function addConfig(program: Command): void {
  const config = program.command('config').description('Show, check and change the configuration')

  config
    .command('path')
    .description('Print which file is used')
    .action(async (_options: object, command: Command) => {
      const options = optionsOf(command)
      const { locateConfig } = await import('../../config/locate.ts')
      const path = await locateConfig(await loadOptionsOf(options))
      if (options.json) return printJson({ path: path ?? null })
      print(path ?? 'There is no file; the built-in defaults apply.')
    })

  config
    .command('check')
    .description('Check the file without starting anything')
    .action(async (_options: object, command: Command) => {
      const options = optionsOf(command)
      const { file, notices } = await loadSettings(options)
      if (options.json) return printJson({ ok: true, path: file ?? null, notices })
      print(
        file === undefined ? 'There is no file; the built-in defaults apply.' : `${file} is valid.`,
      )
      for (const notice of notices) print(notice)
    })

  config
    .command('schema')
    .description('Print the JSON Schema of the file, for editors')
    .action(async () => {
      const { configJsonSchema } = await import('../../config/json-schema.ts')
      printJson(configJsonSchema())
    })

  config
    .command('get [path]')
    .description('Print what the running gateway uses, without secrets; path as in queue.mode')
    .action(async (path: string | undefined, _options: object, command: Command) => {
      const options = optionsOf(command)
      const answer = await (await connect(options)).get<Answer>('config')
      const value = path === undefined ? answer.config : await valueIn(answer.config, path)
      if (!options.json && typeof value === 'string') print(value)
      else printJson(value)
    })

  config
    .command('set <path> <value>')
    .description('Change a key in the file, comments kept; the value is YAML: 5, true, [a, b]')
    .action(async (path: string, text: string, _options: object, command: Command) => {
      const options = optionsOf(command)
      const value = await parseValue(text)
      const client = await connect(options)
      const { hash } = await client.get<Answer>('config')
      const changes = [{ path, value }]
      const answer = await client.call<Answer>('PATCH', 'config', { expectedHash: hash, changes })
      if (options.json) return printJson({ path: answer.path, hash: answer.hash })
      print(`${path} is changed in ${answer.path ?? 'the configuration'}.`)
    })
}

async function valueIn(config: unknown, path: string): Promise<unknown> {
  const { parsePath, valueAt } = await import('../../config/path.ts')
  let value: unknown
  try {
    value = valueAt(config, parsePath(path))
  } catch (error) {
    if (error instanceof SyntaxError) throw new CliError(error.message, 2)
    throw error
  }
  if (value === undefined) throw new CliError(`The configuration has no ${path}.`)
  return value
}

async function parseValue(text: string): Promise<unknown> {
  const { parse, YAMLParseError } = await import('yaml')
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error
    throw new CliError(`The value is not YAML; put text into quotes. ${error.message}`, 2)
  }
}
