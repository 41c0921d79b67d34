import {
  count,
  flag,
  integer,
  list,
  number,
  present,
  type Reader,
  shape,
  text,
} from '../readers.ts'

/** The parts of the Bot API's objects that mean something to us, under their own names. */

/** A time or duration small enough to be counted in milliseconds. */
const seconds: Reader<number> = (value) => {
  const read = count(value)
  return read !== undefined && read < 1e11 ? read : undefined
}

const user = shape(
  { id: integer, first_name: text },
  { is_bot: flag, last_name: text, username: text, language_code: text },
)
const chat = shape(
  { id: integer, type: text },
  { title: text, username: text, first_name: text, last_name: text },
)
const entity = shape({ type: text, offset: count, length: count }, { user })
const file = shape(
  { file_id: text },
  {
    file_name: text,
    mime_type: text,
    file_size: count,
    duration: seconds,
    emoji: text,
    title: text,
  },
)
const origin = shape(
  { type: text },
  { sender_user: user, sender_user_name: text, sender_chat: chat, chat, author_signature: text },
)
const location = shape({ latitude: number, longitude: number }, {})

const content = {
  text,
  caption: text,
  entities: list(entity),
  caption_entities: list(entity),
  photo: list(file),
  document: file,
  voice: file,
  audio: file,
  video: file,
  video_note: file,
  animation: file,
  sticker: file,
  location,
  venue: shape({ location, title: text, address: text }, {}),
  contact: shape({ phone_number: text, first_name: text }, { last_name: text }),
  poll: shape({ question: text, options: list(shape({ text }, {})) }, {}),
  dice: shape({ emoji: text, value: integer }, {}),
  game: shape({ title: text }, {}),
  checklist: shape({ title: text, tasks: list(shape({ text }, {})) }, {}),
  story: present,
  paid_media: present,
  live_photo: present,
  invoice: present,
  giveaway: present,
  rich_message: present,
}

/** A message that another one answers: the same, without what it answers itself. */
const answered = shape(
  { message_id: count, chat },
  { ...content, from: user, sender_chat: chat, forum_topic_created: present },
)

const message = shape(
  { message_id: count, date: seconds, chat },
  {
    ...content,
    from: user,
    sender_chat: chat,
    edit_date: seconds,
    message_thread_id: count,
    is_topic_message: flag,
    media_group_id: text,
    forward_origin: origin,
    reply_to_message: answered,
    external_reply: shape({ origin }, content),
    quote: shape({ text }, {}),
    via_bot: user,
    migrate_to_chat_id: integer,
    migrate_from_chat_id: integer,
  },
)

const callback = shape(
  { id: text, from: user },
  {
    data: text,
    message: shape(
      { message_id: count, chat },
      { message_thread_id: count, is_topic_message: flag },
    ),
  },
)

const reaction = shape(
  {
    chat,
    message_id: count,
    date: seconds,
    new_reaction: list(shape({ type: text }, { emoji: text })),
  },
  { user, actor_chat: chat },
)

const membership = shape(
  {
    chat,
    date: seconds,
    new_chat_member: shape({ status: text }, { is_member: flag, can_send_messages: flag }),
  },
  { from: user },
)

/** Reads an update; only its id must be there. Kinds that we never ask for are not read. */
export const readUpdate = shape(
  { update_id: count },
  {
    message,
    edited_message: message,
    channel_post: message,
    edited_channel_post: message,
    callback_query: callback,
    message_reaction: reaction,
    my_chat_member: membership,
  },
)

/** What we ask the Bot API for. */
export const allowedUpdates = [
  'message',
  'edited_message',
  'channel_post',
  'edited_channel_post',
  'callback_query',
  'message_reaction',
  'my_chat_member',
] as const

type Value<R> = R extends Reader<infer T> ? T : never
export type TelegramUpdate = Value<typeof readUpdate>
export type TelegramMessage = Value<typeof message>
export type TelegramAnswered = Value<typeof answered>
export type TelegramContent = Pick<TelegramAnswered, keyof typeof content>
export type TelegramEntity = Value<typeof entity>
export type TelegramUser = Value<typeof user>
export type TelegramChat = Value<typeof chat>
export type TelegramFile = Value<typeof file>
export type TelegramOrigin = Value<typeof origin>
export type TelegramCallback = Value<typeof callback>
export type TelegramReaction = Value<typeof reaction>
export type TelegramMembership = Value<typeof membership>
