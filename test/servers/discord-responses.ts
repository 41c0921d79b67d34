import type { APIMessage } from 'discord.js'
import { announce, withdraw } from './discord-announce.ts'
import { storeUpload } from './discord-attachments.ts'
import type { Upload } from './discord-body.ts'
import { DiscordFailure } from './discord-failure.ts'
import type { Interaction } from './discord-interactions.ts'
import { ephemeralFlag, type Message } from './discord-model.ts'
import { messagePayload } from './discord-payloads.ts'
import {
  type Answer,
  noContent,
  ok,
  type Platform,
  param,
  type Request,
} from './discord-platform.ts'
import { checkMessage, checkNotEmpty, type MessageBody } from './discord-rules.ts'
import { isBodyOf } from './discord-schema.ts'
import { componentsOf, editMessage, filled, trimmed, watchMentions } from './discord-sending.ts'

const loadingFlag = 1 << 7
/** What an answer to an interaction may set. */
const settable = ephemeralFlag | (1 << 2) | (1 << 12) | (1 << 15)

/** The first answer to an interaction: a message (4), a promise of one (5), an edit (7) or a promise of it (6). */
export function postCallback(platform: Platform, request: Request): Answer {
  const { interactions, world } = platform
  const { body, files } = request
  if (!isBodyOf('create_interaction_response', body)) throw new DiscordFailure(50035)
  const { type } = body
  const data: MessageBody = Object('data' in body ? (body.data ?? {}) : {})
  const isMessage = type === 4 || type === 7
  if (isMessage) checkMessage(data, files)
  const others = files.length + (data.components?.length ?? 0)
  if (type === 4)
    checkNotEmpty({ content: data.content ?? '', embeds: filled(data.embeds) }, others)
  const interaction = interactions.claim(
    param(request, 'interaction'),
    param(request, 'token'),
    type,
  )
  if ((type === 6 || type === 7) && !interaction.source) throw new DiscordFailure(50035)
  interaction.data = data
  if (type === 4) interaction.original = respond(platform, interaction, data, files)
  if (type === 5) {
    interaction.isThinking = true
    const flags = ((data.flags ?? 0) & ephemeralFlag) | loadingFlag
    interaction.original = respond(platform, interaction, { ...data, flags }, [], true)
  }
  if (type === 6 || type === 7) interaction.original = interaction.source
  if (type === 7 && interaction.source) editMessage(platform, interaction.source, data, files)
  if (request.query.get('with_response') !== 'true') return noContent
  const { id, original } = interaction
  const kind = interaction.payload.type
  const shown = original ? messagePayload(world, original) : undefined
  return ok({
    interaction: {
      id,
      type: kind,
      ...(original ? { response_message_id: original.id } : {}),
      response_message_loading: interaction.isThinking,
      response_message_ephemeral: ((original?.payload.flags ?? 0) & ephemeralFlag) !== 0,
    },
    ...(shown && type !== 6 ? { resource: { type, message: shown } } : {}),
  })
}

/** A follow-up; right after a promised answer it is that answer. */
export function postFollowUp(platform: Platform, request: Request): Answer {
  const { body, files } = request
  const interaction = followed(platform, request)
  if (!isBodyOf('execute_webhook', body)) throw new DiscordFailure(50006)
  const data: MessageBody = Object(body)
  checkMessage(data, files)
  const others = files.length + (data.components?.length ?? 0)
  checkNotEmpty({ content: data.content ?? '', embeds: filled(data.embeds) }, others)
  if (interaction.isThinking && interaction.original) {
    finish(platform, interaction, interaction.original, data, files)
    return ok(messagePayload(platform.world, interaction.original))
  }
  const message = respond(platform, interaction, data, files)
  return ok(messagePayload(platform.world, message))
}

export function getResponse(platform: Platform, request: Request): Answer {
  return ok(messagePayload(platform.world, responseOf(platform, request)))
}

export function patchResponse(platform: Platform, request: Request): Answer {
  const message = responseOf(platform, request)
  const interaction = followed(platform, request)
  if (!isBodyOf('update_webhook_message', request.body)) throw new DiscordFailure(50006)
  finish(platform, interaction, message, request.body, request.files)
  return ok(messagePayload(platform.world, message))
}

export function deleteResponse(platform: Platform, request: Request): Answer {
  const message = responseOf(platform, request)
  withdraw(platform.world, message)
  return noContent
}

/** An edit; it ends the "thinking" of a promised answer. */
function finish(
  platform: Platform,
  interaction: Interaction,
  message: Message,
  body: MessageBody,
  files: readonly Upload[],
): void {
  const { flags: _flags, ...rest } = body
  const flags = message.payload.flags ?? 0
  message.payload = { ...message.payload, flags: flags & ~loadingFlag }
  editMessage(platform, message, rest, files)
  if (message === interaction.original) interaction.isThinking = false
}

function followed(platform: Platform, request: Request): Interaction {
  if (param(request, 'application') !== platform.world.applicationId)
    throw new DiscordFailure(10015)
  return platform.interactions.follow(param(request, 'token'))
}

function responseOf(platform: Platform, request: Request): Message {
  const { original, channel } = followed(platform, request)
  const id = param(request, 'message')
  const message = id === '@original' ? original : channel.messages.get(id)
  if (!message || message.isDeleted) throw new DiscordFailure(10008)
  return message
}

/** A message in answer to an interaction; only its person sees an ephemeral one. */
function respond(
  platform: Platform,
  interaction: Interaction,
  data: MessageBody,
  uploads: readonly Upload[],
  isPromise = false,
): Message {
  const { world } = platform
  const { channel, payload } = interaction
  if (!isPromise && data.content) watchMentions(platform, 'interaction', data)
  const user = payload.member?.user ?? payload.user ?? world.bot
  const flags = (data.flags ?? 0) & (isPromise ? ephemeralFlag | loadingFlag : settable)
  const type = payload.type === 2 ? 20 : 0
  const metadata: Partial<APIMessage> = {
    interaction_metadata: {
      id: interaction.id,
      type: 2,
      user,
      authorizing_integration_owners: { 0: channel.guild?.id ?? '0' },
    },
  }
  const message = world.addMessage(
    channel,
    world.bot,
    {
      type,
      content: trimmed(data.content),
      embeds: filled(data.embeds),
      components: componentsOf(data),
      flags,
      application_id: world.applicationId,
      webhook_id: world.applicationId,
      ...metadata,
    },
    uploads.map((upload) => storeUpload(world, upload, data)),
  )
  announce(world, 'MESSAGE_CREATE', message)
  return message
}
