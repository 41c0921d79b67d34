import { createHash } from 'node:crypto'
import type { Address, Button, Chunk, ReplyRoute } from '../../core/model.ts'
import type { OutboundDelivery } from '../../core/ports.ts'
import { discordContentOf } from '../../core/rendering/discord-format.ts'
import type { Call } from './api.ts'
import { messageFlags } from './payload.ts'
import { isSnowflake } from './snowflake.ts'

/** https://discord.com/developers/docs/components/reference */
const maxRows = 5
const maxButtonsOfRow = 5
const maxLabel = 80
const actionRow = 1
const button = 2
const buttonStyles = { primary: 1, secondary: 2, danger: 4 } as const
const maxNonce = 25

/** Nobody is notified by what an agent writes, whatever it writes. */
const noPings = { parse: [], replied_user: false }

/** The call that sends a delivery. Pure. */
export function toSend({ to, chunk, key, filePath }: OutboundDelivery): Call {
  const { file } = chunk
  const body = {
    ...words(chunk),
    ...(file && filePath !== undefined && { attachments: [{ id: '0', filename: file.name }] }),
    ...referenceOf(to),
    nonce: nonceOf(key),
    enforce_nonce: true,
  }
  return {
    method: 'POST',
    path: `/channels/${channelOf(to)}/messages`,
    body,
    ...(file && filePath !== undefined
      ? { file: { path: filePath, name: file.name, mime: file.mime } }
      : {}),
  }
}

/** The call that makes a sent message look like a delivery. Pure. */
export function toEdit(messageId: string, { to, chunk }: OutboundDelivery): Call {
  const body = {
    ...words(chunk),
    // Rows that are not there any more must be taken away by name.
    components: rowsOf(chunk),
  }
  return { method: 'PATCH', path: `/channels/${channelOf(to)}/messages/${messageId}`, body }
}

/**
 * Within some minutes Discord answers a second message with the same nonce by the first one, so this makes a repeated
 * send harmless.
 */
function nonceOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, maxNonce)
}

/** A thread is a channel of its own for all calls. */
export function channelOf({ chat, thread }: Pick<Address, 'chat' | 'thread'>): string {
  return encodeURIComponent(thread ?? chat)
}

function words(chunk: Chunk): object {
  const text = discordContentOf(chunk)
  const rows = rowsOf(chunk)
  return {
    ...(text === '' ? {} : { content: text }),
    ...(rows.length > 0 && { components: rows }),
    // Previews of links that an agent names are noise.
    ...(/https?:\/\//i.test(text) ? { flags: messageFlags.suppressEmbeds } : {}),
    allowed_mentions: noPings,
  }
}

/** The message that opened a thread stands in the thread's channel, and cannot be quoted inside. */
function referenceOf({ replyTo, thread }: ReplyRoute): object {
  if (replyTo === undefined || !isSnowflake(replyTo) || replyTo === thread) return {}
  return { message_reference: { message_id: replyTo, fail_if_not_exists: false } }
}

/** As arranged, where that fits; else packed, so that no answer to a question is missing. */
function rowsOf({ buttons = [] }: Chunk): readonly object[] {
  const arranged = buttons.flatMap(rowsOfFive)
  const rows = arranged.length > maxRows ? rowsOfFive(buttons.flat()) : arranged
  return rows.slice(0, maxRows).map((row) => ({ type: actionRow, components: row.map(toButton) }))
}

function rowsOfFive(buttons: readonly Button[]): readonly (readonly Button[])[] {
  const rows: (readonly Button[])[] = []
  for (let start = 0; start < buttons.length; start += maxButtonsOfRow)
    rows.push(buttons.slice(start, start + maxButtonsOfRow))
  return rows
}

function toButton({ label, data, style }: Button): object {
  return {
    type: button,
    style: buttonStyles[style ?? 'secondary'],
    label: shorten(label),
    custom_id: data,
  }
}

function shorten(label: string): string {
  const whole = label.trim() === '' ? '…' : label
  if (whole.length <= maxLabel) return whole
  return `${whole.slice(0, maxLabel - 1).replace(/[\ud800-\udbff]$/, '')}…`
}
