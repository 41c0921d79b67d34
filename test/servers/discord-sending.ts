import type { APIMessage } from 'discord.js'
import { announce } from './discord-announce.ts'
import { storeUpload } from './discord-attachments.ts'
import type { Upload } from './discord-body.ts'
import { DiscordFailure } from './discord-failure.ts'
import { type Channel, isThreadKind, type Message } from './discord-model.ts'
import { remember, repeated } from './discord-nonces.ts'
import { threadPayload } from './discord-payloads.ts'
import { may, type Permission } from './discord-permissions.ts'
import type { Platform } from './discord-platform.ts'
import { mentionFields, referenceFields } from './discord-references.ts'
import { checkMessage, checkNotEmpty, type MessageBody, mentionBreach } from './discord-rules.ts'
import type { Bodies } from './discord-schema.ts'
import type { World } from './discord-world.ts'

const voiceFlag = 1 << 13
const menuTypes = new Set([3, 5, 6, 7, 8])
/** What a bot may set on its messages: no embeds, no sound, voice, components. */
const settable = (1 << 2) | (1 << 12) | voiceFlag | (1 << 15)

/** Throws 50001 when the bot does not see the channel, and 50013 when it lacks one of the permissions. */
export function demand(world: World, channel: Channel, ...permissions: Permission[]): void {
  if (!may(channel, world.bot.id, 'VIEW_CHANNEL')) throw new DiscordFailure(50001)
  for (const permission of permissions) {
    if (!may(channel, world.bot.id, permission)) throw new DiscordFailure(50013)
  }
}

/** Creates a message of the bot; a repeated enforced nonce returns the first one. */
export function createMessage(
  platform: Platform,
  channel: Channel,
  body: Bodies['create_message'],
  uploads: readonly Upload[],
  id?: string,
): Message {
  const { world } = platform
  demandWritable(world, channel, body, uploads)
  checkMessage(body, uploads)
  const { message_reference: reference, nonce } = body
  const isForward = reference?.type === 1
  const others = uploads.length + (body.components?.length ?? 0) + (isForward ? 1 : 0)
  const { content = '', embeds = [] } = body
  checkNotEmpty({ content: content ?? '', embeds: filled(embeds) }, others)
  if (!isForward) watchMentions(platform, 'POST', body)
  const first = repeated(platform, channel, body)
  if (first) return first
  if (channel.thread?.archived) unarchive(world, channel)
  const message = world.addMessage(
    channel,
    world.bot,
    {
      ...(id === undefined ? {} : { id }),
      content: trimmed(content),
      embeds: filled(embeds),
      components: componentsOf(body),
      flags: (body.flags ?? 0) & settable,
      ...(nonce === undefined || nonce === null ? {} : { nonce }),
      ...referenceFields(world, channel, body),
      ...mentionFields(world, channel, body),
    },
    uploads.map((upload) => storeUpload(world, upload, body)),
  )
  remember(platform, message, body)
  announce(world, 'MESSAGE_CREATE', message)
  // The nonce is promised with the event and the answer, and is not part of history.
  const { nonce: _nonce, ...payload } = message.payload
  message.payload = payload
  return message
}

/** Changes a message of the bot: what is left out stays. */
export function editMessage(
  platform: Platform,
  message: Message,
  body: MessageBody,
  uploads: readonly Upload[],
): void {
  const { world } = platform
  if (message.payload.author.id !== world.bot.id) throw new DiscordFailure(50005)
  if (message.channel.thread?.archived) throw new DiscordFailure(50083)
  const { content, embeds, components, flags, attachments } = body
  checkMessage(body, uploads)
  if (content) watchMentions(platform, 'PATCH', body)
  const { payload } = message
  const kept = attachments
    ? message.files.filter(({ id }) => attachments.some((one) => String(one.id) === id))
    : message.files
  const files = [...kept, ...uploads.map((upload) => storeUpload(world, upload, body))]
  const next: APIMessage = {
    ...payload,
    ...(content === undefined ? {} : { content: trimmed(content) }),
    ...(embeds === undefined ? {} : { embeds: filled(embeds) }),
    ...(components === undefined ? {} : { components: componentsOf(body) }),
    ...(flags === undefined || flags === null
      ? {}
      : { flags: ((payload.flags ?? 0) & ~settable) | (flags & settable) }),
    edited_timestamp: world.timestamp(),
  }
  checkNotEmpty(next, files.length + (next.components?.length ?? 0))
  message.payload = next
  message.files = files
  message.edits += 1
  announce(world, 'MESSAGE_UPDATE', message)
}

/** Records what could call people, by its endpoint. */
export function watchMentions({ breaches }: Platform, what: string, body: MessageBody): void {
  const problem = mentionBreach(body.allowed_mentions)
  if (problem) breaches.push(`${what} message: ${problem}`)
}

export function componentsOf(body: MessageBody): NonNullable<APIMessage['components']> {
  // The platform numbers components by itself, from 1, those in rows included.
  let id = 0
  const numbered = (one: object): object => {
    id += 1
    const own = id
    const inner: unknown = Reflect.get(one, 'components')
    const components = Array.isArray(inner) ? { components: inner.map(numbered) } : {}
    const isMenu = menuTypes.has(Number(Reflect.get(one, 'type')))
    const range = isMenu ? { min_values: 1, max_values: 1 } : {}
    return { ...range, ...one, id: Reflect.get(one, 'id') ?? own, ...components }
  }
  return JSON.parse(JSON.stringify((body.components ?? []).map(numbered)))
}

export function filled(embeds: MessageBody['embeds']): APIMessage['embeds'] {
  return (embeds ?? []).map((embed) => ({ type: 'rich', ...JSON.parse(JSON.stringify(embed)) }))
}

export function trimmed(content: string | null | undefined): string {
  return (content ?? '').trim()
}

function demandWritable(
  world: World,
  channel: Channel,
  body: Bodies['create_message'],
  uploads: readonly Upload[],
): void {
  const { recipient, thread } = channel
  if (channel.type === 15) throw new DiscordFailure(50008)
  if (recipient && world.closed.has(recipient.id)) throw new DiscordFailure(50007)
  if (recipient && world.strangers.has(recipient.id)) throw new DiscordFailure(50278)
  demand(world, channel, isThreadKind(channel.type) ? 'SEND_MESSAGES_IN_THREADS' : 'SEND_MESSAGES')
  if (uploads.length > 0) demand(world, channel, 'ATTACH_FILES')
  if (thread?.locked && !may(channel, world.bot.id, 'MANAGE_THREADS')) {
    throw new DiscordFailure(160005)
  }
  if (!body.message_reference || body.message_reference.type === 1) return
  if (!may(channel, world.bot.id, 'READ_MESSAGE_HISTORY')) throw new DiscordFailure(160002)
}

function unarchive(world: World, channel: Channel): void {
  if (!channel.thread) return
  channel.thread.archived = false
  channel.thread.archivedAt = world.timestamp()
  world.emit('THREAD_UPDATE', threadPayload(world, channel), { channel })
}
