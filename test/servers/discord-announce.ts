import { isEphemeral, type Message } from './discord-model.ts'
import { messageEvent } from './discord-payloads.ts'
import type { World } from './discord-world.ts'

/** Tells the bot of a message that is new or has changed. */
export function announce(
  world: World,
  event: 'MESSAGE_CREATE' | 'MESSAGE_UPDATE',
  message: Message,
): void {
  const { channel } = message
  world.emit(event, messageEvent(world, message), { channel, isPrivate: isEphemeral(message) })
}

/** Removes messages and tells the bot: one by one, or several at once as moderators do. */
export function withdraw(world: World, ...messages: readonly Message[]): void {
  const [first] = messages
  if (!first) return
  for (const message of messages) world.removeMessage(message)
  const { channel, id } = first
  const scope = { channel, isPrivate: isEphemeral(first) }
  const isInGuild = channel.guild && !scope.isPrivate
  const place = { channel_id: channel.id, ...(isInGuild ? { guild_id: channel.guild.id } : {}) }
  if (messages.length === 1) world.emit('MESSAGE_DELETE', { id, ...place }, scope)
  else world.emit('MESSAGE_DELETE_BULK', { ids: messages.map((one) => one.id), ...place }, scope)
}
