import type { APIMessage } from 'discord.js'
import { isMeantFor, withoutContent } from './discord-events.ts'
import type { Channel } from './discord-model.ts'
import type { Platform } from './discord-platform.ts'

/** A message as REST shows it to this bot: the content intent counts here as well. */
export function contentless(
  { world, isMessageContentAllowed }: Platform,
  payload: APIMessage,
  channel: Channel,
): object {
  const isOpen = isMessageContentAllowed || !channel.guild || isMeantFor(world.bot.id, payload)
  return isOpen ? payload : withoutContent(payload)
}
