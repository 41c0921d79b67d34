import type { APIUser } from 'discord.js'
import { DiscordFailure } from './discord-failure.ts'
import { find } from './discord-messages.ts'
import type { Message } from './discord-model.ts'
import { emojiPayload, memberPayload } from './discord-payloads.ts'
import { may } from './discord-permissions.ts'
import {
  type Answer,
  noContent,
  ok,
  type Platform,
  param,
  type Request,
} from './discord-platform.ts'
import { demand } from './discord-sending.ts'
import type { World } from './discord-world.ts'

const maxKinds = 20
const character = /^(?:\p{RGI_Emoji}|\p{Extended_Pictographic}\uFE0F?)$/v
const custom = /^\w{2,32}:\d{17,20}$/

export function putReaction(platform: Platform, request: Request): Answer {
  const { world } = platform
  const message = find(platform, request)
  const { channel, reactions } = message
  const emoji = param(request, 'emoji')
  demand(world, channel, 'READ_MESSAGE_HISTORY')
  if (channel.thread?.archived) throw new DiscordFailure(50083)
  if (!isEmoji(emoji)) throw new DiscordFailure(10014, { status: 400 })
  if (!reactions.has(emoji)) {
    if (!may(channel, world.bot.id, 'ADD_REACTIONS')) throw new DiscordFailure(50013)
    if (reactions.size >= maxKinds) throw new DiscordFailure(30010)
  }
  addReaction(world, message, emoji, world.bot)
  return noContent
}

export function deleteReaction(platform: Platform, request: Request): Answer {
  const message = find(platform, request)
  demand(platform.world, message.channel)
  removeReaction(platform.world, message, param(request, 'emoji'), platform.world.bot)
  return noContent
}

export function listReactions(platform: Platform, request: Request): Answer {
  const { world } = platform
  const message = find(platform, request)
  demand(world, message.channel, 'READ_MESSAGE_HISTORY')
  const users = message.reactions.get(param(request, 'emoji')) ?? new Set()
  return ok([...users].map((id) => world.users.get(id)))
}

/** Somebody reacts; the same reaction twice is one. */
export function addReaction(world: World, message: Message, emoji: string, user: APIUser): void {
  const users = message.reactions.get(emoji) ?? new Set()
  message.reactions.set(emoji, users)
  if (users.has(user.id)) return
  users.add(user.id)
  const { channel } = message
  const member = channel.guild?.members.get(user.id)
  const data = {
    ...reactionEvent(message, emoji, user),
    message_author_id: message.payload.author.id,
    ...(member ? { member: memberPayload(member) } : {}),
  }
  world.emit('MESSAGE_REACTION_ADD', data, { channel })
}

export function removeReaction(world: World, message: Message, emoji: string, user: APIUser): void {
  const users = message.reactions.get(emoji)
  if (!users?.delete(user.id)) return
  if (users.size === 0) message.reactions.delete(emoji)
  const { channel } = message
  world.emit('MESSAGE_REACTION_REMOVE', reactionEvent(message, emoji, user), { channel })
}

function reactionEvent({ id, channel }: Message, emoji: string, user: APIUser) {
  const guild = channel.guild ? { guild_id: channel.guild.id } : {}
  return {
    user_id: user.id,
    channel_id: channel.id,
    message_id: id,
    ...guild,
    emoji: emojiPayload(emoji),
    burst: false,
    burst_colors: [],
    type: 0,
  }
}

function isEmoji(emoji: string): boolean {
  return character.test(emoji) || custom.test(emoji)
}
