import type { APIInteraction, APIUser } from 'discord.js'
import type { Interaction } from './discord-interactions.ts'
import type { Channel, Message } from './discord-model.ts'
import { anyChannelPayload, memberPayload, messagePayload } from './discord-payloads.ts'
import { permissionsIn } from './discord-permissions.ts'
import type { Platform, StoredCommand } from './discord-platform.ts'

/** Somebody uses a component of a message: the interaction that the bot hears of. */
export function pressOf(
  platform: Platform,
  user: APIUser,
  message: Message,
  button: string,
  values?: readonly string[],
): Interaction {
  const { world } = platform
  const components = (message.payload.components ?? []).flatMap((row) => [
    row,
    ...('components' in row ? row.components : []),
  ])
  const found = components.find(
    (one) =>
      ('custom_id' in one && one.custom_id === button) || ('label' in one && one.label === button),
  )
  if (!found || !('custom_id' in found)) throw new Error(`Message ${message.id} has no ${button}.`)
  if ('disabled' in found && found.disabled) throw new Error(`${button} is disabled.`)
  const { channel } = message
  const chosen = values ?? (found.type === 2 ? undefined : [button])
  const data = {
    custom_id: found.custom_id,
    component_type: found.type,
    id: found.id ?? 1,
    ...(chosen ? { values: chosen } : {}),
  }
  return act(platform, user, channel, message, {
    type: 3,
    data,
    message: messagePayload(world, message),
  })
}

/** Somebody runs a command in a channel. */
export function runOf(
  platform: Platform,
  user: APIUser,
  channel: Channel,
  name: string,
  given: Readonly<Record<string, string | number | boolean>>,
): Interaction {
  const command = findCommand(platform, channel, name)
  const options = Object.entries(given).map(([key, value]) => {
    const option = command.options.find((one) => Reflect.get(one, 'name') === key)
    if (!option) throw new Error(`Command ${name} has no option ${key}.`)
    return { name: key, type: Reflect.get(option, 'type'), value }
  })
  const missing = command.options.find(
    (one) =>
      Reflect.get(one, 'required') === true &&
      !Object.hasOwn(given, String(Reflect.get(one, 'name'))),
  )
  if (missing) throw new Error(`Command ${name} needs ${Reflect.get(missing, 'name')}.`)
  const scope = channel.guild ? { guild_id: channel.guild.id } : {}
  const data = {
    id: command.id,
    name,
    type: command.type,
    ...scope,
    ...(options.length > 0 ? { options } : {}),
  }
  return act(platform, user, channel, undefined, { type: 2, data })
}

function findCommand({ commands }: Platform, channel: Channel, name: string): StoredCommand {
  const scopes = channel.guild ? [channel.guild.id, 'global'] : ['global']
  const command = scopes
    .flatMap((scope) => commands.get(scope) ?? [])
    .find((one) => one.name === name && one.type === 1)
  if (!command) throw new Error(`There is no command ${name}.`)
  const contexts: unknown = Reflect.get(command.payload, 'contexts')
  const context = channel.guild ? 0 : 1
  if (Array.isArray(contexts) && !contexts.includes(context)) {
    throw new Error(`Command ${name} is not for this kind of channel.`)
  }
  return command
}

type Act = { readonly type: 2 | 3; readonly data: object; readonly message?: object }

function act(
  platform: Platform,
  user: APIUser,
  channel: Channel,
  source: Message | undefined,
  { type, data, message }: Act,
): Interaction {
  const { world, interactions } = platform
  const { guild } = channel
  const member = guild?.members.get(user.id)
  const id = world.nextId()
  const token = `interaction-${id}`
  const place = guild
    ? {
        guild_id: guild.id,
        guild: { id: guild.id, locale: 'en-US', features: [] },
        guild_locale: 'en-US',
      }
    : {}
  const who = member
    ? { member: { ...memberPayload(member), permissions: String(permissionsIn(channel, user.id)) } }
    : { user }
  const payload: APIInteraction = asInteraction({
    id,
    application_id: world.applicationId,
    type,
    data,
    ...place,
    channel: anyChannelPayload(world, channel),
    channel_id: channel.id,
    ...who,
    token,
    version: 1,
    ...(message ? { message } : {}),
    app_permissions: String(permissionsIn(channel, world.bot.id)),
    locale: 'en-US',
    entitlements: [],
    authorizing_integration_owners: { 0: guild?.id ?? '0' },
    context: guild ? 0 : 1,
    attachment_size_limit: 10 * 1024 * 1024,
  })
  const interaction: Interaction = {
    id,
    token,
    channel,
    payload,
    createdAt: world.now(),
    source,
    acknowledged: undefined,
    isLate: false,
    original: undefined,
    isThinking: false,
    data: undefined,
  }
  interactions.add(interaction)
  world.emit('INTERACTION_CREATE', payload, guild ? { guildId: guild.id } : {})
  return interaction
}

/** The union has thirty arms that differ in what this server never sends; a copy through JSON is what the bot gets. */
function asInteraction(payload: object): APIInteraction {
  return JSON.parse(JSON.stringify(payload))
}
