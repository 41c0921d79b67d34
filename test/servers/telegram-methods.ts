import { ApiFailure } from './telegram-failure.ts'
import type { MethodName } from './telegram-schema.ts'
import {
  editMessage,
  findOwn,
  type Parameters,
  sendFile,
  sendText,
  threadOf,
  writableChat,
} from './telegram-sending.ts'
import { checkCommands, checkReaction, checkText } from './telegram-strict.ts'
import type { UpdateQueue } from './telegram-updates.ts'
import type { World } from './telegram-world.ts'

type Draft = { readonly chat: number; readonly id: number; readonly text: string }

/** What the methods remember besides the world. */
export type Session = {
  readonly world: World
  readonly updates: UpdateQueue
  /** Callback queries that wait for an answer. */
  readonly openCallbacks: Set<string>
  readonly answeredCallbacks: Set<string>
  readonly commands: Map<string, readonly { command: string; description: string }[]>
  readonly typing: { readonly chat: number; readonly action: string; readonly thread?: number }[]
  readonly drafts: Draft[]
  /** The bot's reactions, by `chat/message`. */
  readonly reactions: Map<string, readonly string[]>
}

function bad(problem: string): ApiFailure {
  return new ApiFailure(400, `Bad Request: ${problem}`)
}

/** Commands are kept per scope and language. */
function scopeOf(parameters: Parameters): string {
  return JSON.stringify([parameters['scope'] ?? null, parameters['language_code'] ?? ''])
}

/** Does what a call asks for and returns its result; throws `ApiFailure` as the Bot API would. */
export function act(session: Session, method: MethodName, parameters: Parameters): unknown {
  return actions[method](session, parameters)
}

type Action = (session: Session, parameters: Parameters) => unknown

const actions: Record<MethodName, Action> = {
  getMe: ({ world }) => ({
    ...world.bot,
    can_join_groups: true,
    can_read_all_group_messages: world.bot.can_read_all_group_messages ?? false,
    supports_inline_queries: false,
  }),
  getUpdates: () => [],
  setWebhook({ updates }, parameters) {
    const url = String(parameters['url'])
    const secret = parameters['secret_token']
    // A local Bot API server takes plain http; so does this one, on loopback.
    if (url && !/^(https:|http:\/\/(127\.0\.0\.1|localhost)[:/])/.test(url)) {
      throw bad('bad webhook: an HTTPS URL must be provided for webhook')
    }
    if (secret !== undefined && !/^[\w-]{1,256}$/.test(String(secret))) {
      throw bad('secret token contains unallowed characters')
    }
    updates.allow(listOf(parameters['allowed_updates']))
    const webhook = { url, maxConnections: Number(parameters['max_connections'] ?? 40) }
    updates.setWebhook(
      url ? { ...webhook, ...(secret === undefined ? {} : { secret: String(secret) }) } : undefined,
      parameters['drop_pending_updates'] === true,
    )
    return true
  },
  deleteWebhook({ updates }, parameters) {
    updates.setWebhook(undefined, parameters['drop_pending_updates'] === true)
    return true
  },
  getWebhookInfo: ({ updates }) => ({
    url: updates.webhook?.url ?? '',
    has_custom_certificate: false,
    pending_update_count: updates.pendingCount,
  }),
  sendMessage: ({ world }, parameters) => sendText(world, parameters),
  sendPhoto: ({ world }, parameters) => sendFile(world, 'sendPhoto', 'photo', parameters),
  sendDocument: ({ world }, parameters) => sendFile(world, 'sendDocument', 'document', parameters),
  sendVoice: ({ world }, parameters) => sendFile(world, 'sendVoice', 'voice', parameters),
  sendAudio: ({ world }, parameters) => sendFile(world, 'sendAudio', 'audio', parameters),
  sendVideo: ({ world }, parameters) => sendFile(world, 'sendVideo', 'video', parameters),
  sendChatAction({ world, typing }, parameters) {
    const chat = writableChat(world, parameters)
    const thread = threadOf(chat, parameters)
    typing.push({
      chat: chat.id,
      action: String(parameters['action']),
      ...(thread ? { thread } : {}),
    })
    return true
  },
  sendMessageDraft({ world, drafts }, parameters) {
    const chat = writableChat(world, parameters)
    if (chat.type !== 'private') throw bad('TEXTDRAFT_PEER_INVALID')
    if (parameters['draft_id'] === 0) throw bad('DRAFT_ID_INVALID')
    const text = String(parameters['text'] ?? '')
    if (text) checkText(text, parameters['entities'])
    drafts.push({ chat: chat.id, id: Number(parameters['draft_id']), text })
    return true
  },
  editMessageText: ({ world }, parameters) => editMessage(world, parameters, 'text'),
  editMessageCaption: ({ world }, parameters) => editMessage(world, parameters, 'caption'),
  editMessageReplyMarkup: ({ world }, parameters) => editMessage(world, parameters, 'markup'),
  deleteMessage({ world }, parameters) {
    const { chat, stored } = findOwn(world, parameters, 'delete')
    chat.messages.delete(stored.message.message_id)
    if (stored.shown) stored.shown.isDeleted = true
    return true
  },
  setMessageReaction({ world, reactions }, parameters) {
    const chat = writableChat(world, parameters)
    const stored = chat.messages.get(Number(parameters['message_id']))
    if (!stored) throw bad('message to react not found')
    const emoji = checkReaction(parameters['reaction'])
    stored.shown?.reactions.splice(0, Number.POSITIVE_INFINITY, ...emoji)
    reactions.set(`${chat.id}/${stored.message.message_id}`, emoji)
    return true
  },
  answerCallbackQuery({ openCallbacks, answeredCallbacks }, parameters) {
    const id = String(parameters['callback_query_id'])
    if (!openCallbacks.delete(id)) {
      throw bad('query is too old and response timeout expired or query ID is invalid')
    }
    if (String(parameters['text'] ?? '').length > 200) throw bad('MESSAGE_TOO_LONG')
    answeredCallbacks.add(id)
    return true
  },
  setMyCommands({ commands }, parameters) {
    commands.set(scopeOf(parameters), checkCommands(parameters['commands']))
    return true
  },
  getMyCommands: ({ commands }, parameters) => commands.get(scopeOf(parameters)) ?? [],
  deleteMyCommands({ commands }, parameters) {
    commands.delete(scopeOf(parameters))
    return true
  },
  getFile({ world }, parameters) {
    const id = String(parameters['file_id'])
    const file = world.files.get(id)
    if (!file) throw bad('wrong file_id or the file is temporarily unavailable')
    if (file.claimedSize > 20 * 1024 * 1024) throw bad('file is too big')
    return {
      file_id: id,
      file_unique_id: `u${id}`,
      file_size: file.claimedSize,
      file_path: file.path,
    }
  },
  getChatAdministrators({ world }, parameters) {
    const chat = world.getChat(parameters['chat_id'])
    if (chat.type === 'private') throw bad('there are no administrators in the private chat')
    if (chat.refusal !== undefined) throw new ApiFailure(403, `Forbidden: ${chat.refusal}`)
    return chat.admins.map((id) => ({
      status: 'administrator',
      user: { id, is_bot: false, first_name: `User ${id}` },
      is_anonymous: false,
    }))
  },
  getChat: ({ world }, parameters) => ({
    ...world.chatPayload(world.getChat(parameters['chat_id'])),
    accent_color_id: 0,
    max_reaction_count: 11,
    accepted_gift_types: {},
  }),
}

function listOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.map(String) : undefined
}
