import type { Chunk, ReplyRoute } from '../../core/model.ts'
import type { OutboundDelivery } from '../../core/ports.ts'
import { entitiesOf, type TelegramEntity } from '../../core/rendering/telegram-format.ts'
import { type Payload, Upload } from './api.ts'

/** The methods that put messages into chats or change them there. */
export type Outbound =
  | 'sendMessage'
  | 'sendPhoto'
  | 'sendVoice'
  | 'sendDocument'
  | 'editMessageText'
  | 'editMessageCaption'

/** A call that is ready to be made; one variant per method, so that payloads keep their types. */
export type OutboundCall<M extends Outbound = Outbound> = {
  [K in M]: { readonly method: K; readonly payload: Payload<K> }
}[M]

/** What may be left out of a call that the platform refused for it. */
export type Without = {
  readonly thread?: boolean
  readonly entities?: boolean
  /** A file goes out as a document, whatever it is. */
  readonly media?: boolean
}

const maxPhotoBytes = 10 * 1024 * 1024
const photoTypes = new Set(['image/jpeg', 'image/png', 'image/webp'])
const voiceTypes = new Set(['audio/ogg', 'audio/opus', 'audio/ogg; codecs=opus'])

/** The call that sends a delivery. Pure. */
export function toSend(
  { to, chunk, filePath }: OutboundDelivery,
  without: Without = {},
): OutboundCall {
  if (chunk.file && filePath !== undefined) {
    const { mime, name, size } = chunk.file
    const file = new Upload(filePath, name, mime)
    const common = { ...place(to, without), ...caption(chunk, without), ...buttonsOf(chunk) }
    return without.media ? sendDocument(common, file) : sendFile(common, file, size)
  }
  const payload = { ...place(to, without), ...styled(chunk, without), ...buttonsOf(chunk) }
  return { method: 'sendMessage', payload: { ...payload, ...noPreview } }
}

/** The call that makes a sent message look like a delivery. Pure. */
export function toEdit(
  messageId: string,
  { to, chunk }: OutboundDelivery,
  without: Without = {},
): OutboundCall {
  const target = { chat_id: chatId(to), message_id: Number(messageId) }
  if (chunk.file) {
    const payload = { ...target, ...caption(chunk, without), ...buttonsOf(chunk) }
    return { method: 'editMessageCaption', payload }
  }
  const payload = { ...target, ...styled(chunk, without), ...buttonsOf(chunk) }
  return { method: 'editMessageText', payload: { ...payload, ...noPreview } }
}

/** Whether a chat's messages are numbered by itself, and not together with the account's other chats. */
export function hasOwnNumbers(chat: string): boolean {
  return chat.startsWith('-100') && chat.length > 12
}

/** Numbers stay numbers; a public name (`@name`) is passed on. */
export function chatId({ chat }: { readonly chat: string }): number | string {
  return /^-?\d+$/.test(chat) ? Number(chat) : chat
}

/** The topic of an address. General (1) must not be named: the platform knows no such thread. */
export function threadOf({ thread }: { readonly thread?: string }): { message_thread_id?: number } {
  return thread === undefined || thread === '1' ? {} : { message_thread_id: Number(thread) }
}

const noPreview = { link_preview_options: { is_disabled: true } }

type Place = {
  chat_id: number | string
  message_thread_id?: number
  reply_parameters?: { message_id: number; allow_sending_without_reply: true }
}

function place(to: ReplyRoute, without: Without): Place {
  const reply = Number(to.replyTo ?? Number.NaN)
  return {
    chat_id: chatId(to),
    ...(without.thread ? {} : threadOf(to)),
    ...(Number.isSafeInteger(reply)
      ? { reply_parameters: { message_id: reply, allow_sending_without_reply: true } }
      : {}),
  }
}

function styled(chunk: Chunk, without: Without): { text: string; entities?: TelegramEntity[] } {
  const entities = without.entities ? [] : entitiesOf(chunk)
  return { text: chunk.text, ...(entities.length > 0 ? { entities: [...entities] } : {}) }
}

function caption(
  chunk: Chunk,
  without: Without,
): { caption?: string; caption_entities?: TelegramEntity[] } {
  if (chunk.text === '') return {}
  const { text, entities } = styled(chunk, without)
  return { caption: text, ...(entities ? { caption_entities: entities } : {}) }
}

type Keyboard = {
  reply_markup?: {
    inline_keyboard: { text: string; callback_data: string; style?: 'primary' | 'danger' }[][]
  }
}

function buttonsOf({ buttons }: Chunk): Keyboard {
  if (!buttons || buttons.length === 0) return {}
  const rows = buttons.map((row) =>
    row.map(({ label, data, style }) => ({
      text: label,
      callback_data: data,
      ...(style === undefined ? {} : { style }),
    })),
  )
  return { reply_markup: { inline_keyboard: rows } }
}

function sendFile(common: Place & Keyboard, file: Upload, size: number): OutboundCall {
  const type = file.mime.toLowerCase()
  if (photoTypes.has(type) && size <= maxPhotoBytes) {
    return { method: 'sendPhoto', payload: { ...common, photo: file } }
  }
  if (voiceTypes.has(type)) return { method: 'sendVoice', payload: { ...common, voice: file } }
  return sendDocument(common, file)
}

function sendDocument(common: Place & Keyboard, file: Upload): OutboundCall {
  return { method: 'sendDocument', payload: { ...common, document: file } }
}
