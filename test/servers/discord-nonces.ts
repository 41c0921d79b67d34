import { DiscordFailure } from './discord-failure.ts'
import type { Channel, Message } from './discord-model.ts'
import type { Platform } from './discord-platform.ts'
import type { Bodies } from './discord-schema.ts'

const maxNonces = 10_000

type CreateBody = Bodies['create_message']

/** The message that an enforced nonce has made within the last minutes; throws 10008 when it was deleted. */
export function repeated(
  platform: Platform,
  channel: Channel,
  body: CreateBody,
): Message | undefined {
  const { world, nonces, nonceMs } = platform
  const { nonce, enforce_nonce: isEnforced } = body
  if (nonce === undefined || !isEnforced) return undefined
  const known = nonces.get(String(nonce))
  if (!known || known.at + nonceMs <= world.now()) return undefined
  if (known.channelId !== channel.id) {
    platform.breaches.push(`POST message: nonce ${nonce} was used in another channel minutes ago`)
  }
  const message = world.channels.get(known.channelId)?.messages.get(known.messageId)
  if (!message) throw new DiscordFailure(10008)
  return message
}

/** Remembers what a nonce was used for. */
export function remember({ nonces, world }: Platform, message: Message, body: CreateBody): void {
  // Only an enforced nonce is looked up, but any nonce counts as used.
  if (body.nonce === undefined) return
  const { id, channel } = message
  const [oldest] = nonces.keys()
  if (nonces.size >= maxNonces && oldest !== undefined) nonces.delete(oldest)
  nonces.set(String(body.nonce), { channelId: channel.id, messageId: id, at: world.now() })
}
