import type { Readable } from 'node:stream'
import { DeliveryError } from '../../core/errors.ts'
import type { Address, Chunk } from '../../core/model.ts'
import { entitiesOf } from '../../core/rendering/telegram-format.ts'
import type { CallOptions, TelegramApi } from './api.ts'
import { chatId, threadOf } from './outbound.ts'
import { findReaction } from './reactions.ts'

/** Shows "typing…" for some five seconds. */
export async function showTyping(
  api: TelegramApi,
  to: Address,
  options: CallOptions,
): Promise<void> {
  const payload = { chat_id: chatId(to), action: 'typing' as const, ...threadOf(to) }
  await api.call('sendChatAction', payload, options)
}

/** Shows an unfinished answer for some thirty seconds; it is no message and leaves none. */
export async function showDraft(
  api: TelegramApi,
  to: Address,
  number: number,
  { text, ...chunk }: Chunk,
  options: CallOptions,
): Promise<void> {
  const entities = [...entitiesOf({ text, ...chunk })]
  const styled = entities.length > 0 ? { text, entities } : { text }
  const payload = { chat_id: Number(to.chat), draft_id: number, ...styled, ...threadOf(to) }
  await api.call('sendMessageDraft', payload, options)
}

/** Sets the bot's one reaction, or takes it back. Throws `DeliveryError` for an emoji Telegram does not take. */
export async function setReaction(
  api: TelegramApi,
  to: Address,
  messageId: string,
  emoji: string | null,
  options: CallOptions,
): Promise<void> {
  const reaction = emoji === null ? undefined : findReaction(emoji)
  if (emoji !== null && !reaction) {
    const message = `Telegram has no reaction ${emoji}.`
    throw new DeliveryError('rejected', message, { code: 'no-such-reaction' })
  }
  const payload = {
    chat_id: chatId(to),
    message_id: Number(messageId),
    reaction: reaction ? [{ type: 'emoji' as const, emoji: reaction }] : [],
  }
  await api.call('setMessageReaction', payload, options)
}

/** Opens a file that people sent. */
export async function openFile(
  api: TelegramApi,
  fileId: string,
  options: CallOptions,
): Promise<Readable> {
  const { file_path: path } = await api.call('getFile', { file_id: fileId }, options)
  // A Bot API server in its --local mode names a path on its own disk, which is not served.
  if (path && !path.startsWith('/')) return api.download(path, options)
  const message = 'Telegram does not serve this file; a Bot API server must run without --local.'
  throw new DeliveryError('rejected', message, { code: 'no-file' })
}

/** Makes the command menu what it should be; silent when it already is. Names Telegram does not take are left out. */
export async function publishCommands(
  api: TelegramApi,
  commands: readonly { readonly name: string; readonly description: string }[],
  options: CallOptions,
): Promise<void> {
  const wanted = commands
    .filter(({ name }) => /^[a-z0-9_]{1,32}$/.test(name))
    .slice(0, 100)
    .map(({ name, description }) => ({ command: name, description: description.slice(0, 256) }))
  const present = await api.call('getMyCommands', {}, options)
  if (present.map(line).join('\n') === wanted.map(line).join('\n')) return
  await api.call('setMyCommands', { commands: wanted }, options)
}

function line({ command, description }: { command: string; description: string }): string {
  return `${command} ${description}`
}

/** Messages wait for the answer, so it may not take long. */
const maxAdminsMs = 5_000

/** Reads who runs a group. Bots count as well, should one be let in by `access.bots`. */
export async function readAdmins(
  api: TelegramApi,
  chat: string,
  options: CallOptions,
): Promise<readonly number[]> {
  const timeoutMs = Math.min(options.timeoutMs, maxAdminsMs)
  const payload = { chat_id: Number(chat) }
  const members = await api.call('getChatAdministrators', payload, { ...options, timeoutMs })
  return members.map(({ user }) => user.id)
}
