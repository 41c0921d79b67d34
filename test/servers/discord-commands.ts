import type { RESTPostAPIApplicationCommandsJSONBody } from 'discord.js'
import { DiscordFailure, invalidForm } from './discord-failure.ts'
import {
  type Answer,
  ok,
  type Platform,
  param,
  type Request,
  type StoredCommand,
} from './discord-platform.ts'
import { isBodyOf } from './discord-schema.ts'

const commandName = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u
const maxTexts = 8000
const maxPerType: Readonly<Record<number, number>> = { 1: 100, 2: 15, 3: 15 }

/** `PUT …/commands`: replaces all commands of the scope. */
export function putCommands(platform: Platform, request: Request): Answer {
  const scope = scopeOf(platform, request)
  const { body } = request
  if (!isBodyOf('bulk_set_application_commands', body)) throw new DiscordFailure(50035)
  checkCommands(body)
  const known = platform.commands.get(scope) ?? []
  const stored = body.map((one) => store(platform, scope, known, one))
  platform.commands.set(scope, stored)
  return ok(stored.map(({ payload }) => payload))
}

export function listCommands(platform: Platform, request: Request): Answer {
  const stored = platform.commands.get(scopeOf(platform, request)) ?? []
  return ok(stored.map(({ payload }) => payload))
}

function scopeOf({ world }: Platform, request: Request): string {
  if (param(request, 'application') !== world.applicationId) {
    throw new DiscordFailure(20012, {
      status: 403,
      message: 'You are not authorized to perform this action on this application',
    })
  }
  const guild = request.params['guild']
  if (guild === undefined) return 'global'
  if (!world.guilds.get(guild)?.members.has(world.bot.id)) throw new DiscordFailure(50001)
  return guild
}

function checkCommands(commands: readonly RESTPostAPIApplicationCommandsJSONBody[]): void {
  const seen = new Set<string>()
  for (const [index, command] of commands.entries()) {
    const { type = 1, name } = command
    const bad = (field: string, words: string) =>
      invalidForm([index, field], 'APPLICATION_COMMAND', words)
    if (type === 1 && (!commandName.test(name) || name !== name.toLowerCase())) {
      throw bad('name', 'Command name is invalid')
    }
    const description: unknown = 'description' in command ? command.description : ''
    if (type === 1 && !description) throw bad('description', 'This field is required')
    if (seen.has(`${type} ${name}`)) throw bad('name', 'Application command names must be unique')
    seen.add(`${type} ${name}`)
    const count = commands.filter((one) => (one.type ?? 1) === type).length
    if (count > (maxPerType[type] ?? 1))
      throw new DiscordFailure(30032, { message: 'Maximum number of application commands reached' })
    if (textsOf(command) > maxTexts) throw bad('name', 'Command exceeds maximum size of 8000')
    checkOptions(optionsOf(command), index)
  }
}

function checkOptions(options: readonly object[], index: number): void {
  let isOptional = false
  for (const option of options) {
    const name = String(Reflect.get(option, 'name'))
    if (!commandName.test(name) || name !== name.toLowerCase()) {
      throw invalidForm([index, 'options'], 'STRING_TYPE_REGEX', `Option name ${name} is invalid`)
    }
    const isRequired = Reflect.get(option, 'required') === true
    if (isRequired && isOptional) {
      const words = 'Required options must be placed before non-required options'
      throw invalidForm([index, 'options'], 'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID', words)
    }
    isOptional ||= !isRequired
  }
}

function optionsOf(command: object): readonly object[] {
  const options: unknown = Reflect.get(command, 'options')
  return Array.isArray(options) ? options : []
}

/** The characters that count towards a command's size. */
function textsOf(command: object): number {
  const own = ['name', 'description', 'value'].map((key) => {
    const value: unknown = Reflect.get(command, key)
    return typeof value === 'string' ? value.length : 0
  })
  const choices: unknown = Reflect.get(command, 'choices')
  const inner = [...optionsOf(command), ...(Array.isArray(choices) ? choices : [])]
  return [...own, ...inner.map(textsOf)].reduce((sum, one) => sum + one, 0)
}

function store(
  { world }: Platform,
  scope: string,
  known: readonly StoredCommand[],
  command: RESTPostAPIApplicationCommandsJSONBody,
): StoredCommand {
  const { type = 1, name } = command
  const before = known.find((one) => one.name === name && one.type === type)
  const id = before?.id ?? world.nextId()
  const description = 'description' in command ? (command.description ?? '') : ''
  const permissions = command.default_member_permissions ?? null
  const payload = {
    contexts: null,
    integration_types: [0],
    nsfw: false,
    ...command,
    description,
    default_member_permissions: permissions === null ? null : String(permissions),
    id,
    application_id: world.applicationId,
    version: world.nextId(),
    type,
    ...(scope === 'global' ? {} : { guild_id: scope }),
  }
  return { id, name, type, description, options: optionsOf(command), payload }
}
