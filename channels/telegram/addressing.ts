import type { TelegramAnswered, TelegramEntity, TelegramMessage } from './update.ts'

type Bot = { readonly botId: number; readonly username: string }

/** How a message calls the bot, if it does: by command, by its name, or by answering it. Pure. */
export function findAddressing(
  text: string,
  entities: readonly TelegramEntity[],
  message: TelegramMessage,
  bot: Bot,
): 'mention' | 'reply' | 'command' | undefined {
  const command = leadingCommand(text, entities)
  // A command to another bot is not for us, whatever else the message says.
  if (command) return isOurs(command, bot) ? 'command' : undefined
  if (entities.some((entity) => isMention(text, entity, bot))) return 'mention'
  return answeredBy(message)?.from?.id === bot.botId ? 'reply' : undefined
}

/** Makes `/cmd args` of `/cmd@OurName args`; other texts stay as they are. Pure. */
export function stripOwnName(text: string, entities: readonly TelegramEntity[], bot: Bot): string {
  const command = leadingCommand(text, entities)
  const at = command?.indexOf('@') ?? -1
  if (!command || at < 0 || !isOurs(command, bot)) return text
  return command.slice(0, at) + text.slice(command.length)
}

/** The message of this chat that it answers, if somebody meant it to. Pure. */
export function answeredBy(message: TelegramMessage): TelegramAnswered | undefined {
  const { reply_to_message: answered } = message
  return answered && !isTopicRoot(answered, message) ? answered : undefined
}

/** In a topic every message that answers nothing answers the topic's first one; nobody meant that. */
function isTopicRoot(answered: TelegramAnswered, message: TelegramMessage): boolean {
  if (answered.forum_topic_created) return true
  return message.is_topic_message === true && answered.message_id === message.message_thread_id
}

function leadingCommand(text: string, entities: readonly TelegramEntity[]): string | undefined {
  const entity = entities.find((one) => one.type === 'bot_command' && one.offset === 0)
  return entity ? text.slice(0, entity.length) : undefined
}

/** A command without a name is for every bot that gets to see it. */
function isOurs(command: string, bot: Bot): boolean {
  const [, name] = command.split('@')
  return name === undefined || name.toLowerCase() === bot.username.toLowerCase()
}

function isMention(
  text: string,
  { type, offset, length, user }: TelegramEntity,
  bot: Bot,
): boolean {
  if (type === 'text_mention') return user?.id === bot.botId
  if (type !== 'mention' && type !== 'bot_command') return false
  const name = text.slice(offset, offset + length).split('@')[1]
  return name !== undefined && name.toLowerCase() === bot.username.toLowerCase()
}
