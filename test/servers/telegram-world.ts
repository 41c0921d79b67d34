import type {
  TelegramInlineKeyboardMarkup,
  TelegramMessage,
  TelegramMessageEntity,
  TelegramUser,
} from '@gramio/types'
import { ApiFailure } from './telegram-failure.ts'

type ChatType = 'private' | 'group' | 'supergroup' | 'channel'

/** A chat with everything that was said in it. */
export type Chat = {
  readonly id: number
  readonly type: ChatType
  readonly title?: string
  readonly username?: string
  readonly firstName?: string
  readonly isForum: boolean
  readonly messages: Map<number, StoredMessage>
  /** Topics that exist, besides General. */
  readonly topics: Set<number>
  readonly closedTopics: Set<number>
  /** Ids of the people who run the group. */
  readonly admins: readonly number[]
  /** Why the bot may not write here: the description of the 403 it gets. */
  refusal: string | undefined
  migratedTo: number | undefined
}

export type StoredMessage = {
  message: TelegramMessage
  readonly isOwn: boolean
  readonly shown?: SentMessage
}

export type SentFile = {
  readonly kind: string
  readonly name: string
  readonly size: number
  readonly content: Buffer
}

/** A message of the bot as a user sees it now, edits applied. */
export type SentMessage = {
  readonly chat: number
  readonly id: number
  readonly method: string
  readonly thread?: number
  readonly replyTo?: number
  readonly file?: SentFile
  /** Text or caption. */
  text: string
  entities: TelegramMessageEntity[]
  buttons: TelegramInlineKeyboardMarkup['inline_keyboard']
  reactions: string[]
  edits: number
  isDeleted: boolean
}

export type StoredFile = {
  readonly path: string
  readonly content: Buffer
  readonly claimedSize: number
}

/** How a new chat is made; the id's sign says what it is unless `type` does. */
export type ChatOptions = {
  readonly type?: ChatType
  readonly title?: string
  readonly username?: string
  readonly firstName?: string
  readonly isForum?: boolean
  readonly admins?: readonly number[]
}

/** Everything the platform remembers about one bot: chats, messages, files. */
export class World {
  readonly bot: TelegramUser
  readonly now: () => number
  readonly chats = new Map<number, Chat>()
  readonly files = new Map<string, StoredFile>()
  /** All messages of the bot, in the order in which they were sent. */
  readonly sent: SentMessage[] = []
  /** Private chats and basic groups number their messages together; each supergroup numbers its own. */
  #sharedId = 0
  readonly #ownIds = new Map<number, number>()

  constructor(bot: TelegramUser, now: () => number) {
    this.bot = bot
    this.now = now
  }

  addChat(id: number, options: ChatOptions = {}): Chat {
    const type = options.type ?? (id > 0 ? 'private' : id < -1e12 ? 'supergroup' : 'group')
    const chat: Chat = {
      id,
      type,
      ...(type === 'private'
        ? { firstName: options.firstName ?? `User ${id}` }
        : { title: options.title ?? `Chat ${id}` }),
      ...(options.username ? { username: options.username } : {}),
      isForum: options.isForum ?? false,
      messages: new Map(),
      topics: new Set(),
      closedTopics: new Set(),
      admins: options.admins ?? [],
      refusal: undefined,
      migratedTo: undefined,
    }
    this.chats.set(id, chat)
    return chat
  }

  /** The chat with this id, made when it is new. */
  chat(id: number): Chat {
    return this.chats.get(id) ?? this.addChat(id)
  }

  /** The chat a call names, by id or @username. */
  getChat(id: unknown): Chat {
    const chat =
      typeof id === 'string' && id.startsWith('@')
        ? [...this.chats.values()].find((one) => one.username === id.slice(1))
        : this.chats.get(Number(id))
    if (!chat) throw new ApiFailure(400, 'Bad Request: chat not found')
    return chat
  }

  nextId(chat: Chat): number {
    if (chat.type === 'private' || chat.type === 'group') return ++this.#sharedId
    const id = (this.#ownIds.get(chat.id) ?? 0) + 1
    this.#ownIds.set(chat.id, id)
    return id
  }

  /** Seconds, as the Bot API counts. */
  date(): number {
    return Math.floor(this.now() / 1000)
  }

  /** The chat as it stands inside messages and updates. */
  chatPayload(chat: Chat): TelegramMessage['chat'] {
    return {
      id: chat.id,
      type: chat.type,
      ...(chat.title === undefined ? {} : { title: chat.title }),
      ...(chat.username === undefined ? {} : { username: chat.username }),
      ...(chat.firstName === undefined ? {} : { first_name: chat.firstName }),
      ...(chat.isForum ? { is_forum: true } : {}),
    }
  }

  /** Keeps a message under a new id. */
  addMessage(
    chat: Chat,
    fields: Partial<TelegramMessage>,
    own?: Omit<SentMessage, 'chat' | 'id' | 'edits' | 'reactions' | 'isDeleted'>,
  ): StoredMessage {
    const id = this.nextId(chat)
    const message: TelegramMessage = {
      message_id: id,
      date: this.date(),
      chat: this.chatPayload(chat),
      ...fields,
    }
    if (!own) return this.#keep(chat, { message, isOwn: false })
    const shown = { ...own, chat: chat.id, id, edits: 0, reactions: [], isDeleted: false }
    this.sent.push(shown)
    return this.#keep(chat, { message, isOwn: true, shown })
  }

  /** Keeps a file for `getFile`; `claimedSize` may lie, to test limits without megabytes. */
  addFile(
    content: Buffer,
    name: string,
    claimedSize = content.length,
  ): { id: string; uniqueId: string } {
    const id = `file${this.files.size + 1}`
    this.files.set(id, { path: `files/${id}/${name}`, content, claimedSize })
    return { id, uniqueId: `u${id}` }
  }

  #keep(chat: Chat, stored: StoredMessage): StoredMessage {
    chat.messages.set(stored.message.message_id, stored)
    return stored
  }
}
