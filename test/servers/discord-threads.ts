import type { APIUser } from 'discord.js'
import { announce } from './discord-announce.ts'
import { DiscordFailure } from './discord-failure.ts'
import { find } from './discord-messages.ts'
import { type Channel, isThreadKind, type Message } from './discord-model.ts'
import { anyChannelPayload, messagePayload, threadPayload } from './discord-payloads.ts'
import { may } from './discord-permissions.ts'
import {
  type Answer,
  noContent,
  ok,
  type Platform,
  param,
  type Request,
} from './discord-platform.ts'
import { isBodyOf } from './discord-schema.ts'
import { createMessage, demand } from './discord-sending.ts'
import type { World } from './discord-world.ts'

const usualMinutes = 4320
const hasThreadFlag = 1 << 5

export type ThreadOptions = {
  readonly name: string
  readonly type?: 10 | 11 | 12
  readonly autoArchiveMinutes?: number
  /** The message it hangs on, whose id it takes. */
  readonly from?: Message
  readonly id?: string
}

/** Opens a thread and tells the bot; the caller adds the first message. */
export function openThread(
  world: World,
  parent: Channel,
  owner: APIUser,
  { name, type = 11, autoArchiveMinutes = usualMinutes, from, id = from?.id }: ThreadOptions,
): Channel {
  if (!parent.guild) throw new DiscordFailure(50024)
  const now = world.timestamp()
  const channel = world.addChannel({
    ...(id === undefined ? {} : { id }),
    type: parent.type === 5 ? 10 : type,
    name,
    guild: parent.guild,
    parentId: parent.id,
    thread: {
      ownerId: owner.id,
      members: new Set([owner.id]),
      createdAt: now,
      autoArchiveMinutes,
      archived: false,
      locked: false,
      archivedAt: now,
    },
  })
  world.emit(
    'THREAD_CREATE',
    { ...threadPayload(world, channel), newly_created: true },
    { channel },
  )
  if (from) hangOn(world, from, channel, owner)
  return channel
}

/** The message gets its flag, and the thread its system message that points back. */
function hangOn(world: World, from: Message, thread: Channel, owner: APIUser): void {
  from.payload = { ...from.payload, flags: (from.payload.flags ?? 0) | hasThreadFlag }
  announce(world, 'MESSAGE_UPDATE', from)
  const reference = { message_id: from.id, channel_id: from.channel.id, type: 0 }
  const starter = world.addMessage(thread, owner, {
    type: 21,
    message_reference: { ...reference, guild_id: thread.guild?.id ?? '' },
  })
  announce(world, 'MESSAGE_CREATE', starter)
}

export function postThreadFromMessage(platform: Platform, request: Request): Answer {
  const { world } = platform
  const from = find(platform, request)
  const { channel } = from
  if (isThreadKind(channel.type) || !channel.guild) throw new DiscordFailure(50024)
  demand(world, channel, 'CREATE_PUBLIC_THREADS', 'READ_MESSAGE_HISTORY')
  if (world.channels.has(from.id)) throw new DiscordFailure(160004)
  if (!isBodyOf('create_thread_from_message', request.body)) throw new DiscordFailure(50035)
  const { name, auto_archive_duration: duration } = request.body
  const autoArchiveMinutes = duration ?? usualMinutes
  const thread = openThread(world, channel, world.bot, { name, from, autoArchiveMinutes })
  return { status: 201, body: threadPayload(world, thread) }
}

/** Without a message: private unless the type says otherwise; in a forum with its first message. */
export function postThread(platform: Platform, request: Request): Answer {
  const { world } = platform
  const parent = world.getChannel(param(request, 'channel'))
  const { body } = request
  if (isThreadKind(parent.type) || !parent.guild) throw new DiscordFailure(50024)
  demand(world, parent)
  if (!isBodyOf('create_thread', body)) throw new DiscordFailure(50035)
  const { name, auto_archive_duration: duration } = body
  const autoArchiveMinutes = duration ?? usualMinutes
  if ('message' in body) {
    if (parent.type !== 15) throw new DiscordFailure(50024)
    demand(world, parent, 'SEND_MESSAGES')
    const thread = openThread(world, parent, world.bot, { name, autoArchiveMinutes })
    const message = createMessage(platform, thread, body.message, request.files, thread.id)
    const shown = { ...threadPayload(world, thread), message: messagePayload(world, message) }
    return { status: 201, body: shown }
  }
  if (parent.type === 15) throw new DiscordFailure(50035)
  const type = 'type' in body && (body.type === 11 || body.type === 10) ? 11 : 12
  demand(world, parent, type === 11 ? 'CREATE_PUBLIC_THREADS' : 'CREATE_PRIVATE_THREADS')
  const thread = openThread(world, parent, world.bot, { name, type, autoArchiveMinutes })
  return { status: 201, body: threadPayload(world, thread) }
}

export function patchChannel({ world }: Platform, request: Request): Answer {
  const channel = world.getChannel(param(request, 'channel'))
  const { thread } = channel
  if (!isBodyOf('update_channel', request.body)) throw new DiscordFailure(50035)
  if (!thread) {
    demand(world, channel, 'MANAGE_CHANNELS')
    return ok(anyChannelPayload(world, channel))
  }
  const { name, archived, locked } = request.body
  const isOwn = thread.ownerId === world.bot.id && locked === undefined
  if (!isOwn) demand(world, channel, 'MANAGE_THREADS')
  channel.name = name ?? channel.name
  changeThread(world, channel, archived ?? thread.archived, locked ?? thread.locked)
  return ok(threadPayload(world, channel))
}

/** Archives, locks, or undoes that. */
export function changeThread(
  world: World,
  channel: Channel,
  archived: boolean,
  locked = channel.thread?.locked ?? false,
): void {
  const { thread } = channel
  if (!thread) return
  if (thread.archived !== archived) thread.archivedAt = world.timestamp()
  Object.assign(thread, { archived, locked })
  world.emit('THREAD_UPDATE', threadPayload(world, channel), { channel })
}

/** Somebody joins a thread; to the bot a private one is new then. */
export function joinThread(world: World, channel: Channel, userId: string): void {
  const { thread } = channel
  if (!thread || thread.members.has(userId)) return
  thread.members.add(userId)
  const isNews = channel.type === 12 && userId === world.bot.id
  if (isNews) world.emit('THREAD_CREATE', threadPayload(world, channel), { channel })
}

export function putThreadMember({ world }: Platform, request: Request): Answer {
  const channel = world.getChannel(param(request, 'channel'))
  demand(world, channel)
  if (!channel.thread) throw new DiscordFailure(50024)
  if (channel.thread.archived) throw new DiscordFailure(50083)
  channel.thread.members.add(world.bot.id)
  return noContent
}

export function listActiveThreads({ world }: Platform, request: Request): Answer {
  const guild = world.guilds.get(param(request, 'guild'))
  if (!guild?.members.has(world.bot.id)) throw new DiscordFailure(10004)
  const threads = [...guild.channels.values()].filter(
    (one) => one.thread && !one.thread.archived && may(one, world.bot.id, 'VIEW_CHANNEL'),
  )
  const members = threads.flatMap((one) => threadPayload(world, one).member ?? [])
  return ok({
    threads: threads.map((one) => threadPayload(world, one)).reverse(),
    members,
    has_more: false,
  })
}
