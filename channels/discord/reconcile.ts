import type { KnownMessage, OutboundDelivery, Reconciliation } from '../../core/ports.ts'
import { discordContentOf } from '../../core/rendering/discord-format.ts'
import { list } from '../readers.ts'
import type { CallOptions, DiscordApi } from './api.ts'
import { Refusal } from './failures.ts'
import { channelOf } from './outbound.ts'
import { type DiscordMessage, readMessage } from './payload.ts'
import { compareIds, snowflakeAt } from './snowflake.ts'

export type Search = {
  readonly api: DiscordApi
  readonly botId: string
  readonly delivery: OutboundDelivery
  readonly startedAt: number
  readonly known: () => Promise<readonly KnownMessage[]>
  readonly limits: CallOptions
}

const pageSize = 100
const maxPages = 10
/** How far the clocks of the two machines may be apart, in milliseconds. */
const maxSkewMs = 120_000

/**
 * Looks through a chat for a message of ours that says what a delivery says and that no other delivery is known to
 * have become. Throws `Refusal` or `NetworkFailure`.
 */
export async function findSent(search: Search): Promise<Reconciliation> {
  const { api, botId, delivery, startedAt, limits } = search
  const own = (await search.known()).flatMap(({ id, isOwn }) => (isOwn ? [id] : []))
  const known = new Set(own)
  let after = snowflakeAt(startedAt - maxSkewMs)
  for (let page = 0; page < maxPages; page += 1) {
    const path = `/channels/${channelOf(delivery.to)}/messages?limit=${pageSize}&after=${after}`
    const found = await readPage(api, path, limits)
    if (!found)
      return { outcome: 'unknown', reason: 'the bot may not read what was said in the chat' }
    const match = found.find(
      (one) => one.author?.id === botId && !known.has(one.id) && isSame(one, delivery),
    )
    if (match) return { outcome: 'sent', id: match.id }
    const newest = found
      .map(({ id }) => id)
      .sort(compareIds)
      .at(-1)
    if (newest === undefined || found.length < pageSize) return { outcome: 'not-sent' }
    after = newest
  }
  const reason = `more than ${maxPages * pageSize} messages were written since`
  return { outcome: 'unknown', reason }
}

/** `undefined` where the bot may not read; then nothing can be proved. */
async function readPage(
  api: DiscordApi,
  path: string,
  limits: CallOptions,
): Promise<readonly DiscordMessage[] | undefined> {
  try {
    return await api.get(path, list(readMessage, pageSize), limits)
  } catch (error) {
    const isClosed = error instanceof Refusal && (error.status === 403 || error.status === 404)
    if (isClosed) return undefined
    throw error
  }
}

/** Discord trims texts; a file is known by its name and size. */
function isSame({ content = '', attachments = [] }: DiscordMessage, { chunk }: OutboundDelivery) {
  if (content.trim() !== discordContentOf(chunk).trim()) return false
  const { file } = chunk
  if (!file) return attachments.length === 0
  return attachments.some(({ size }) => size === file.size)
}
