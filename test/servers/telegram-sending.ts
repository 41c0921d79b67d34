import type { TelegramMessage, TelegramMessageEntity } from '@gramio/types'
import { ApiFailure } from './telegram-failure.ts'
import { checkButtons, checkCaption, checkText } from './telegram-strict.ts'
import type { Chat, SentFile, SentMessage, StoredMessage, World } from './telegram-world.ts'

/** Parameters that passed the schema; the wire names are kept. */
export type Parameters = Readonly<Record<string, unknown>>

type Part = 'text' | 'caption' | 'markup'

function bad(problem: string, parameters?: object): ApiFailure {
  return new ApiFailure(400, `Bad Request: ${problem}`, parameters)
}

/** The chat a call writes to; refuses where the bot may not write. */
export function writableChat(world: World, parameters: Parameters): Chat {
  const chat = world.getChat(parameters['chat_id'])
  if (chat.migratedTo !== undefined) {
    throw bad('group chat was upgraded to a supergroup chat', {
      migrate_to_chat_id: chat.migratedTo,
    })
  }
  if (chat.refusal !== undefined) throw new ApiFailure(403, `Forbidden: ${chat.refusal}`)
  return chat
}

/** The topic a call names. General (1) is never named, and only open topics that exist can be. */
export function threadOf(chat: Chat, parameters: Parameters): number | undefined {
  const thread = parameters['message_thread_id']
  if (typeof thread !== 'number') return undefined
  if (!chat.topics.has(thread)) throw bad('message thread not found')
  if (chat.closedTopics.has(thread)) throw bad('TOPIC_CLOSED')
  return thread
}

/** Sends a text and returns the message. */
export function sendText(world: World, parameters: Parameters): TelegramMessage {
  const chat = writableChat(world, parameters)
  const text = checkText(parameters['text'], parameters['entities'])
  const entities = entitiesOf(parameters['entities'])
  const fields = { text, ...(entities.length > 0 ? { entities } : {}) }
  return send(world, chat, parameters, fields, { method: 'sendMessage', text, entities })
}

/** Sends a file with its caption and returns the message. */
export function sendFile(
  world: World,
  method: string,
  kind: 'photo' | 'document' | 'voice' | 'audio' | 'video',
  parameters: Parameters,
): TelegramMessage {
  const chat = writableChat(world, parameters)
  const text = checkCaption(parameters['caption'], parameters['caption_entities'])
  const entities = entitiesOf(parameters['caption_entities'])
  const file = takeFile(kind, parameters[kind])
  const { id, uniqueId } = world.addFile(file.content, file.name)
  const seen = { file_id: id, file_unique_id: uniqueId, file_size: file.size, file_name: file.name }
  const fields = {
    [kind]: kind === 'photo' ? [{ ...seen, width: 1, height: 1 }] : { ...seen, duration: 1 },
    ...(text ? { caption: text } : {}),
    ...(entities.length > 0 ? { caption_entities: entities } : {}),
  }
  return send(world, chat, parameters, fields, { method, text, entities, file })
}

/** Edits an own message; refuses what is not there, not own, or would change nothing. */
export function editMessage(world: World, parameters: Parameters, part: Part): TelegramMessage {
  const { chat, stored } = findOwn(world, parameters, 'edit')
  const { message, shown } = stored
  const buttons = checkButtons(parameters['reply_markup'])
  let text = shown?.text ?? ''
  let entities = shown?.entities ?? []
  if (part === 'text') {
    if (message.text === undefined) throw bad('there is no text in the message to edit')
    text = checkText(parameters['text'], parameters['entities'])
    entities = entitiesOf(parameters['entities'])
  } else if (part === 'caption') {
    if (message.text !== undefined) throw bad('there is no caption in the message to edit')
    text = checkCaption(parameters['caption'], parameters['caption_entities'])
    entities = entitiesOf(parameters['caption_entities'])
  }
  if (shown && look(text, entities, buttons) === look(shown.text, shown.entities, shown.buttons)) {
    throw bad(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    )
  }
  const isText = message.text !== undefined
  stored.message = {
    ...message,
    ...(isText ? { text, entities } : { caption: text, caption_entities: entities }),
    edit_date: world.date(),
  }
  if (shown) Object.assign(shown, { text, entities, buttons, edits: shown.edits + 1 })
  chat.messages.set(message.message_id, stored)
  return stored.message
}

/** The bot's own message a call names. */
export function findOwn(
  world: World,
  parameters: Parameters,
  verb: 'edit' | 'delete',
): { chat: Chat; stored: StoredMessage } {
  const chat = writableChat(world, parameters)
  const stored = chat.messages.get(Number(parameters['message_id']))
  if (!stored) throw bad(`message to ${verb} not found`)
  if (!stored.isOwn) throw bad(`message can't be ${verb}ed`.replace('deleteed', 'deleted'))
  return { chat, stored }
}

function send(
  world: World,
  chat: Chat,
  parameters: Parameters,
  fields: Partial<TelegramMessage>,
  shown: Pick<SentMessage, 'method' | 'text' | 'entities' | 'file'>,
): TelegramMessage {
  const thread = threadOf(chat, parameters)
  const replyTo = replyOf(chat, parameters['reply_parameters'])
  const buttons = checkButtons(parameters['reply_markup'])
  const { message } = world.addMessage(
    chat,
    {
      from: world.bot,
      ...fields,
      ...(thread === undefined ? {} : { message_thread_id: thread, is_topic_message: true }),
      ...(replyTo ? { reply_to_message: replyTo } : {}),
      ...(buttons.length > 0 ? { reply_markup: { inline_keyboard: buttons } } : {}),
    },
    {
      ...shown,
      buttons,
      ...(thread === undefined ? {} : { thread }),
      ...(replyTo ? { replyTo: replyTo.message_id } : {}),
    },
  )
  return message
}

function replyOf(chat: Chat, value: unknown): TelegramMessage | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const stored = chat.messages.get(Number(Reflect.get(value, 'message_id')))
  if (!stored) {
    if (Reflect.get(value, 'allow_sending_without_reply') === true) return undefined
    throw bad('message to be replied not found')
  }
  const { reply_to_message: _, ...message } = stored.message
  return message
}

function entitiesOf(value: unknown): TelegramMessageEntity[] {
  return Array.isArray(value) ? value : []
}

function look(text: string, entities: readonly unknown[], buttons: readonly unknown[]): string {
  return JSON.stringify([text, entities, buttons])
}

function takeFile(kind: string, value: unknown): SentFile {
  const content: unknown =
    typeof value === 'object' && value !== null ? Reflect.get(value, 'content') : undefined
  if (!Buffer.isBuffer(content)) throw bad(`there is no ${kind} in the request`)
  if (content.length === 0) throw bad('file must be non-empty')
  if (kind === 'photo' && content.length > 10 * 1024 * 1024) throw bad('file is too big')
  if (content.length > 50 * 1024 * 1024) throw new ApiFailure(413, 'Request Entity Too Large')
  return {
    kind,
    name: String(Reflect.get(Object(value), 'fileName')),
    size: content.length,
    content,
  }
}
