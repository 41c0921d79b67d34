/** What names a message on Signal, where nothing else does: who wrote it, and when by the writer's clock. */
export type MessageName = { readonly timestamp: number; readonly author: string }

const messageId = /^(\d{1,16})\.(.+)$/
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const number = /^\+\d{3,18}$/

/** `<timestamp>.<author>`, the id of a message for core. */
export function formatMessageId({ timestamp, author }: MessageName): string {
  return `${timestamp}.${author}`
}

/** Reads what `formatMessageId` wrote; undefined for anything else. */
export function parseMessageId(id: string): MessageName | undefined {
  const [, digits = '', author = ''] = messageId.exec(id) ?? []
  const timestamp = Number(digits)
  return timestamp > 0 && Number.isSafeInteger(timestamp) ? { timestamp, author } : undefined
}

export function isUuid(value: string): boolean {
  return uuid.test(value)
}

/**
 * A chat as the REST API wants it. People stand for themselves; a group stands as `group.` and its id in base64 once
 * more. Sent as it comes in an envelope, a group's id would silently be taken for somebody's user name.
 */
export function toRecipient(chat: string): string {
  if (uuid.test(chat) || number.test(chat)) return chat
  return `group.${Buffer.from(chat, 'utf8').toString('base64')}`
}
