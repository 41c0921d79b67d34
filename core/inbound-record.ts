import type { Address, InboundEvent, InboundMessage, Space } from './model.ts'
import type { InboundRecord } from './store/intake.ts'

/** An event in which somebody says something; each becomes a row. */
export type Speaking = Extract<InboundEvent, { type: 'message' | 'edit' | 'press' | 'reaction' }>

/** Whom and where the store's facts about an event concern. */
export function subjectOf(event: Speaking): {
  address: Address
  senderId: string
  alias?: string
  space?: Space
} {
  const { address, sender, space } = 'message' in event ? event.message : event
  return {
    address,
    senderId: sender.id,
    ...(sender.alias !== undefined && { alias: sender.alias }),
    ...(space && { space }),
  }
}

/** A message, or its edit, as it is stored. */
export function recordOf(message: InboundMessage, kind: 'message' | 'edit'): InboundRecord {
  const {
    id,
    sender,
    addressed: _,
    album: __,
    isNearLimit: ___,
    repliesTo: ____,
    ...rest
  } = message
  return { ...rest, kind, platformId: id, author: authorOf(sender) }
}

/** A press or reaction has no message id of its own: its update's id makes it unique. */
export function signalRecord(
  event: Extract<Speaking, { type: 'press' | 'reaction' }>,
  kind: 'press' | 'reaction',
  text: string,
): InboundRecord {
  return {
    kind,
    address: event.address,
    chatKind: event.chatKind,
    ...(event.space && { space: event.space }),
    author: authorOf(event.sender),
    platformId: `${kind}:${event.id}`,
    version: 0,
    text,
    notes: [],
    attachments: [],
    sentAt: event.at,
  }
}

function authorOf({ id, name, language }: InboundMessage['sender']): InboundRecord['author'] {
  return language === undefined ? { id, name } : { id, name, language }
}
