import type {
  Address,
  ChatKind,
  Forward,
  InboundEvent,
  InboundMessage,
  Quote,
  Sender,
} from '../../core/model.ts'
import { answeredBy, findAddressing, stripOwnName } from './addressing.ts'
import { describeContent, readContent } from './content.ts'
import type {
  TelegramCallback,
  TelegramChat,
  TelegramMembership,
  TelegramMessage,
  TelegramOrigin,
  TelegramReaction,
  TelegramUpdate,
  TelegramUser,
} from './update.ts'

/** Who we are, and when: everything `toEvents` needs besides the update. */
export type InboundContext = {
  readonly channel: string
  readonly account: string
  readonly botId: number
  readonly username: string
  readonly now: number
}

/** Longer texts are split by Telegram's apps. */
export const maxTextLength = 4096

/** Says in the gateway's words what an update means; service messages and our own mean nothing. Pure. */
export function toEvents(update: TelegramUpdate, context: InboundContext): InboundEvent[] {
  const { message, edited_message, channel_post, edited_channel_post } = update
  const id = String(update.update_id)
  const fresh = message ?? channel_post
  if (fresh) return readMessage(fresh, id, context)
  const edited = edited_message ?? edited_channel_post
  if (edited) return readEdit(edited, update.update_id, context)
  if (update.callback_query) return readPress(update.callback_query, id, context)
  if (update.message_reaction) return [readReaction(update.message_reaction, id, context)]
  if (update.my_chat_member) return [readMembership(update.my_chat_member, id, context)]
  return []
}

function readMessage(
  message: TelegramMessage,
  id: string,
  context: InboundContext,
): InboundEvent[] {
  const { account } = context
  const at = message.date * 1000
  const here = String(message.chat.id)
  const { migrate_to_chat_id: to, migrate_from_chat_id: from } = message
  if (to !== undefined) return [{ type: 'migration', id, account, from: here, to: String(to), at }]
  if (from !== undefined)
    return [{ type: 'migration', id, account, from: String(from), to: here, at }]
  const read = toMessage(message, 0, context)
  return read ? [{ type: 'message', message: read }] : []
}

function readEdit(
  message: TelegramMessage,
  updateId: number,
  context: InboundContext,
): InboundEvent[] {
  // Edit times count seconds; the update's number tells two edits within one second apart.
  const version = (message.edit_date ?? message.date) * 1000 + (updateId % 1000)
  const read = toMessage(message, version, context)
  return read ? [{ type: 'edit', message: read }] : []
}

function toMessage(
  message: TelegramMessage,
  version: number,
  context: InboundContext,
): InboundMessage | undefined {
  if (message.from?.id === context.botId) return undefined
  const { attachments, notes } = readContent(message)
  const rawText = message.text ?? message.caption ?? ''
  if (rawText === '' && attachments.length === 0 && notes.length === 0) return undefined
  const entities = (message.text === undefined ? message.caption_entities : message.entities) ?? []
  const addressed = findAddressing(rawText, entities, message, context)
  const answered = answeredBy(message)
  const quote = readQuote(message, context)
  const title = titleOf(message.chat)
  return {
    id: String(message.message_id),
    version,
    address: addressOf(message.chat, message, context),
    chatKind: kindOf(message.chat, message),
    ...(title === undefined ? {} : { chatTitle: title }),
    sender: senderOf(message),
    text: stripOwnName(rawText, entities, context),
    ...(addressed === undefined ? {} : { addressed }),
    ...(quote === undefined ? {} : { quote }),
    ...(answered === undefined ? {} : { repliesTo: String(answered.message_id) }),
    ...(message.forward_origin ? { forward: readForward(message.forward_origin) } : {}),
    notes,
    attachments,
    ...(message.media_group_id === undefined ? {} : { album: message.media_group_id }),
    ...(rawText.length >= maxTextLength * 0.9 ? { isNearLimit: true } : {}),
    sentAt: message.date * 1000,
  }
}

function readPress(query: TelegramCallback, id: string, context: InboundContext): InboundEvent[] {
  const { message, data, from } = query
  if (!message || data === undefined) return []
  return [
    {
      type: 'press',
      id,
      address: addressOf(message.chat, message, context),
      chatKind: kindOf(message.chat, message),
      sender: userSender(from),
      data,
      messageId: String(message.message_id),
      // A press carries no time of its own.
      at: context.now,
    },
  ]
}

function readReaction(
  reaction: TelegramReaction,
  id: string,
  context: InboundContext,
): InboundEvent {
  const { chat, user, actor_chat, message_id, new_reaction, date } = reaction
  return {
    type: 'reaction',
    id,
    address: addressOf(chat, {}, context),
    chatKind: kindOf(chat, {}),
    sender: user ? userSender(user) : chatSender(actor_chat ?? chat),
    messageId: String(message_id),
    emoji: new_reaction.flatMap((one) => (one.emoji === undefined ? [] : [one.emoji])),
    at: date * 1000,
  }
}

function readMembership(
  change: TelegramMembership,
  id: string,
  context: InboundContext,
): InboundEvent {
  const { chat, from, date, new_chat_member: standing } = change
  const title = titleOf(chat)
  const mayWrite = standing.is_member !== false && standing.can_send_messages !== false
  return {
    type: 'membership',
    id,
    address: addressOf(chat, {}, context),
    chatKind: kindOf(chat, {}),
    ...(title === undefined ? {} : { chatTitle: title }),
    isMember: standing.status !== 'left' && standing.status !== 'kicked' && mayWrite,
    ...(from ? { by: userSender(from) } : {}),
    at: date * 1000,
  }
}

/** Replies in plain supergroups carry a thread id too; only a topic's is one. General has none. */
type Threaded = { readonly message_thread_id?: number; readonly is_topic_message?: boolean }

function topicOf({
  message_thread_id: thread,
  is_topic_message: isTopic,
}: Threaded): string | undefined {
  return isTopic && thread !== undefined && thread !== 1 ? String(thread) : undefined
}

function addressOf(chat: TelegramChat, threaded: Threaded, context: InboundContext): Address {
  const { channel, account } = context
  const thread = topicOf(threaded)
  return { channel, account, chat: String(chat.id), ...(thread === undefined ? {} : { thread }) }
}

function kindOf(chat: TelegramChat, threaded: Threaded): ChatKind {
  if (chat.type === 'private') return 'dm'
  return topicOf(threaded) === undefined ? 'group' : 'thread'
}

function titleOf(chat: TelegramChat): string | undefined {
  return chat.type === 'private' ? undefined : chat.title
}

/** Anonymous admins and channels write in the name of a chat; the user beside it is a placeholder. */
function senderOf(message: TelegramMessage): Sender {
  const { from, sender_chat: inNameOf, chat } = message
  if (inNameOf) return chatSender(inNameOf)
  return from ? userSender(from) : chatSender(chat)
}

function userSender(user: TelegramUser): Sender {
  return {
    id: String(user.id),
    name: nameOf(user),
    ...(user.is_bot ? { isBot: true } : {}),
    ...(user.language_code === undefined ? {} : { language: user.language_code }),
  }
}

function chatSender(chat: TelegramChat): Sender {
  return { id: String(chat.id), name: chat.title ?? chat.username ?? `chat ${chat.id}` }
}

function nameOf({ first_name, last_name, username, id }: TelegramUser): string {
  return [first_name, last_name].filter(Boolean).join(' ') || (username ?? `user ${id}`)
}

function readQuote(message: TelegramMessage, context: InboundContext): Quote | undefined {
  const { external_reply: external, quote } = message
  const answered = answeredBy(message)
  if (answered) {
    const text = quote?.text ?? answered.text ?? answered.caption ?? describeContent(answered)
    const author = answered.sender_chat
      ? chatSender(answered.sender_chat)
      : answered.from && userSender(answered.from)
    const isOwn = answered.from?.id === context.botId
    return { author: author?.name ?? 'unknown', text, ...(isOwn ? { isOwn } : {}) }
  }
  if (!external) return undefined
  const text = quote?.text ?? describeContent(external)
  return { author: originName(external.origin), text }
}

function readForward(origin: TelegramOrigin): Forward {
  return { origin: originName(origin) }
}

function originName(origin: TelegramOrigin): string {
  const {
    sender_user: user,
    sender_user_name: hidden,
    sender_chat,
    chat,
    author_signature,
  } = origin
  if (user) return nameOf(user)
  if (hidden) return hidden
  const place = sender_chat ?? chat
  if (!place) return 'unknown'
  const name = chatSender(place).name
  return author_signature ? `${name} (${author_signature})` : name
}
