import { withdraw } from './discord-announce.ts'
import { DiscordFailure, invalidForm } from './discord-failure.ts'
import { contentless } from './discord-history.ts'
import { isEphemeral, type Message } from './discord-model.ts'
import { messagePayload } from './discord-payloads.ts'
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
import { createMessage, demand, editMessage } from './discord-sending.ts'

/** `GET /channels/…/messages`: newest first; `after`, `before`, `around`, `limit`. */
export function listMessages(platform: Platform, request: Request): Answer {
  const { world } = platform
  const channel = world.getChannel(param(request, 'channel'))
  demand(world, channel)
  if (channel.type === 15) throw new DiscordFailure(50008)
  // Without the permission history is empty rather than forbidden.
  if (!may(channel, world.bot.id, 'READ_MESSAGE_HISTORY')) return ok([])
  const limit = Number(request.query.get('limit') ?? 50)
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= 100)) {
    throw invalidForm(['limit'], 'NUMBER_TYPE_MAX', 'int value should be between 1 and 100.')
  }
  const seen = [...channel.messages.values()].filter((one) => !isEphemeral(one))
  const page = select(seen, request.query, limit)
  return ok(page.map((message) => contentless(platform, messagePayload(world, message), channel)))
}

/** Messages are kept in the order of their ids. */
function select(messages: readonly Message[], query: URLSearchParams, limit: number): Message[] {
  const [after, before, around] = ['after', 'before', 'around'].map((key) => query.get(key))
  if (around) {
    const half = Math.floor(limit / 2)
    const older = messages
      .filter(({ id }) => BigInt(id) < BigInt(around))
      .slice(-half || messages.length)
    const rest = messages.filter(({ id }) => BigInt(id) >= BigInt(around)).slice(0, limit - half)
    return [...older, ...rest].reverse()
  }
  if (after) {
    const newer = messages.filter(({ id }) => BigInt(id) > BigInt(after))
    return newer.slice(0, limit).reverse()
  }
  const older = before ? messages.filter(({ id }) => BigInt(id) < BigInt(before)) : messages
  return older.slice(-limit).reverse()
}

export function getMessage(platform: Platform, request: Request): Answer {
  const { world } = platform
  const message = find(platform, request)
  demand(world, message.channel, 'READ_MESSAGE_HISTORY')
  return ok(contentless(platform, messagePayload(world, message), message.channel))
}

export function postMessage(platform: Platform, request: Request): Answer {
  const { world } = platform
  const channel = world.getChannel(param(request, 'channel'))
  if (!isBodyOf('create_message', request.body)) throw new DiscordFailure(50006)
  const { nonce } = request.body
  const message = createMessage(platform, channel, request.body, request.files)
  const echo = nonce === undefined || nonce === null ? {} : { nonce }
  return ok({ ...messagePayload(world, message), ...echo })
}

export function patchMessage(platform: Platform, request: Request): Answer {
  const message = find(platform, request)
  demand(platform.world, message.channel)
  if (!isBodyOf('update_message', request.body)) throw new DiscordFailure(50006)
  editMessage(platform, message, request.body, request.files)
  return ok(messagePayload(platform.world, message))
}

export function deleteMessage(platform: Platform, request: Request): Answer {
  const { world } = platform
  const message = find(platform, request)
  const { channel } = message
  demand(world, channel)
  if (message.payload.author.id !== world.bot.id) {
    if (!channel.guild)
      throw new DiscordFailure(50003, {
        status: 403,
        message: 'Cannot execute action on a DM channel',
      })
    demand(world, channel, 'MANAGE_MESSAGES')
  }
  if (channel.thread?.archived) throw new DiscordFailure(50083)
  withdraw(world, message)
  return noContent
}

export function postTyping(platform: Platform, request: Request): Answer {
  const { world, typing } = platform
  const channel = world.getChannel(param(request, 'channel'))
  const { recipient, thread } = channel
  if (recipient && world.closed.has(recipient.id)) throw new DiscordFailure(50007)
  demand(world, channel, thread ? 'SEND_MESSAGES_IN_THREADS' : 'SEND_MESSAGES')
  typing.push({ channelId: channel.id, at: world.now() })
  if (typing.length > 2000) typing.splice(0, 1000)
  return noContent
}

export function find({ world }: Platform, request: Request): Message {
  const channel = world.getChannel(param(request, 'channel'))
  return world.getMessage(channel, param(request, 'message'))
}
