import type { TelegramMessage, TelegramMessageEntity, TelegramUser } from '@gramio/types'
import type { TelegramSchema } from './telegram-schema.ts'
import type { UpdateQueue } from './telegram-updates.ts'
import type { Chat, ChatOptions, SentMessage, World } from './telegram-world.ts'

/** Fields of a message besides its text; `hidden`: privacy mode keeps it from the bot, only its id is used up. */
export type Extra = Partial<TelegramMessage> & { readonly hidden?: boolean }

export type FileOptions = {
  readonly content?: Buffer
  readonly name?: string
  readonly mime?: string
  /** Bytes the platform claims, to test limits without megabytes. */
  readonly size?: number
  readonly seconds?: number
  readonly caption?: string
}

/** What the people on the other side do; each act becomes an update for the bot. Returned messages are as sent. */
export class People {
  readonly world: World
  protected readonly openCallbacks = new Set<string>()
  readonly #updates: UpdateQueue
  readonly #schema: TelegramSchema
  #calls = 0

  constructor(world: World, updates: UpdateQueue, schema: TelegramSchema) {
    this.world = world
    this.#updates = updates
    this.#schema = schema
  }

  /** The person with this id, as updates show them. */
  user(id: number, name = `User ${id}`, fields: Partial<TelegramUser> = {}): TelegramUser {
    return {
      id,
      is_bot: false,
      first_name: name,
      username: `user${id}`,
      language_code: 'en',
      ...fields,
    }
  }

  addChat(id: number, options: ChatOptions = {}): Chat {
    return this.world.addChat(id, options)
  }

  /** Somebody writes; in a private chat its owner, elsewhere user 111 unless `extra.from` says who. */
  says(chatId: number, text: string, extra: Extra = {}): TelegramMessage {
    const entities = extra.entities ?? detectEntities(text)
    return this.posts(chatId, { text, ...(entities.length > 0 ? { entities } : {}), ...extra })
  }

  /** Any message: what `fields` holds, in a chat that is made when it is new. */
  posts(chatId: number, { hidden = false, ...fields }: Extra): TelegramMessage {
    const chat = this.world.chat(chatId)
    if (fields.is_topic_message && fields.message_thread_id)
      chat.topics.add(fields.message_thread_id)
    const from = chat.type === 'channel' ? {} : { from: this.user(chatId > 0 ? chatId : 111) }
    const { message } = this.world.addMessage(chat, { ...from, ...fields })
    if (!hidden) this.#emit(chat.type === 'channel' ? 'channel_post' : 'message', message)
    return message
  }

  sendsPhoto(chatId: number, file: FileOptions = {}, extra: Extra = {}): TelegramMessage {
    const small = this.#file({ ...file, content: Buffer.from('small'), name: 'small.jpg' })
    const photo = [
      { ...small, file_size: 5, width: 90, height: 60 },
      { ...this.#file({ name: 'photo.jpg', ...file }), width: 1280, height: 853 },
    ]
    return this.posts(chatId, { photo, ...captionOf(file), ...extra })
  }

  sendsDocument(chatId: number, file: FileOptions = {}, extra: Extra = {}): TelegramMessage {
    const { name = 'notes.txt', mime = 'text/plain' } = file
    const document = { ...this.#file({ ...file, name }), file_name: name, mime_type: mime }
    return this.posts(chatId, { document, ...captionOf(file), ...extra })
  }

  sendsVoice(chatId: number, file: FileOptions = {}, extra: Extra = {}): TelegramMessage {
    const { mime = 'audio/ogg', seconds = 3 } = file
    const voice = {
      ...this.#file({ name: 'voice.oga', ...file }),
      duration: seconds,
      mime_type: mime,
    }
    return this.posts(chatId, { voice, ...captionOf(file), ...extra })
  }

  /** Photos that arrive as one album: one message each, the caption on the first. */
  sendsAlbum(
    chatId: number,
    count: number,
    caption?: string,
    extra: Extra = {},
  ): TelegramMessage[] {
    const album = { media_group_id: `album${++this.#calls}`, ...extra }
    return Array.from({ length: count }, (_, index) =>
      this.sendsPhoto(chatId, index === 0 && caption !== undefined ? { caption } : {}, album),
    )
  }

  /** Somebody edits their message. */
  edits(chatId: number, messageId: number, text: string, extra: Extra = {}): TelegramMessage {
    const stored = this.world.chat(chatId).messages.get(messageId)
    if (!stored) throw new Error(`There is no message ${messageId} in chat ${chatId}.`)
    const { entities: _, ...before } = stored.message
    const entities = detectEntities(text)
    const after = {
      text,
      edit_date: this.world.date(),
      ...(entities.length > 0 ? { entities } : {}),
      ...extra,
    }
    stored.message = { ...before, ...after }
    this.#emit('edited_message', stored.message)
    return stored.message
  }

  /** Somebody presses the button with this data or label; returns the id of the callback query. */
  presses(
    sent: SentMessage,
    button: string,
    from = this.user(sent.chat > 0 ? sent.chat : 111),
  ): string {
    const found = sent.buttons
      .flat()
      .find((one) => one.callback_data === button || one.text === button)
    if (!found?.callback_data) throw new Error(`Message ${sent.id} has no button ${button}.`)
    const id = `callback${++this.#calls}`
    this.openCallbacks.add(id)
    const message = this.world.chat(sent.chat).messages.get(sent.id)?.message
    this.#emit('callback_query', {
      id,
      from,
      chat_instance: `instance${sent.chat}`,
      data: found.callback_data,
      ...(message ? { message } : {}),
    })
    return id
  }

  /** Somebody sets their reactions on a message; an empty list takes them back. */
  reacts(
    chatId: number,
    messageId: number,
    emoji: readonly string[],
    from = this.user(chatId > 0 ? chatId : 111),
  ): void {
    this.#emit('message_reaction', {
      chat: this.world.chatPayload(this.world.chat(chatId)),
      message_id: messageId,
      user: from,
      date: this.world.date(),
      old_reaction: [],
      new_reaction: emoji.map((one) => ({ type: 'emoji', emoji: one })),
    })
  }

  /** Somebody changes what the bot is in a chat: adds it, removes it, blocks it. */
  changesMembership(
    chatId: number,
    status: 'member' | 'left' | 'kicked',
    from = this.user(chatId > 0 ? chatId : 111),
  ): void {
    const chat = this.world.chat(chatId)
    const place =
      chat.type === 'private' ? 'blocked by the user' : `kicked from the ${chat.type} chat`
    chat.refusal = status === 'member' ? undefined : `bot was ${place}`
    const standing = (now: string) =>
      now === 'kicked'
        ? { status: now, user: this.world.bot, until_date: 0 }
        : { status: now, user: this.world.bot }
    this.#emit('my_chat_member', {
      chat: this.world.chatPayload(chat),
      from,
      date: this.world.date(),
      old_chat_member: standing(status === 'member' ? 'left' : 'member'),
      new_chat_member: standing(status),
    })
  }

  /** A basic group becomes a supergroup: two service messages, and the old id is refused from now on. */
  migrates(from: number, to: number): void {
    const old = this.world.chat(from)
    this.addChat(to, { type: 'supergroup', title: old.title ?? 'Group' })
    this.posts(from, { migrate_to_chat_id: to })
    this.posts(to, { migrate_from_chat_id: from })
    old.migratedTo = to
  }

  /** Anything as an update, unchecked; `update_id` is added when it is missing. */
  raw(update: object): void {
    this.#updates.pushRaw(update)
  }

  #emit(kind: string, payload: object): void {
    const problem = this.#schema.updateProblem({ update_id: 1, [kind]: payload })
    if (problem) throw new Error(`The server made an impossible ${kind}: ${problem}`)
    this.#updates.push(kind, payload)
  }

  #file(file: FileOptions): { file_id: string; file_unique_id: string; file_size: number } {
    const content = file.content ?? Buffer.from('content')
    const { id, uniqueId } = this.world.addFile(content, file.name ?? 'file', file.size)
    return { file_id: id, file_unique_id: uniqueId, file_size: file.size ?? content.length }
  }
}

function captionOf({ caption }: FileOptions): Extra {
  if (caption === undefined) return {}
  const entities = detectEntities(caption)
  return { caption, ...(entities.length > 0 ? { caption_entities: entities } : {}) }
}

/** What the platform marks by itself: commands and mentions. */
function detectEntities(text: string): TelegramMessageEntity[] {
  const entities: TelegramMessageEntity[] = []
  for (const match of text.matchAll(/(?<=^|\s)(\/\w{1,64}(?:@\w+)?|@\w{4,32})/g)) {
    const type = match[0].startsWith('/') ? 'bot_command' : 'mention'
    entities.push({ type, offset: match.index, length: match[0].length })
  }
  return entities
}
