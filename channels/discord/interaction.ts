import type { InboundEvent } from '../../core/model.ts'
import type { DiscordInteraction } from './payload.ts'
import { type InboundContext, placeOf, senderOf } from './place.ts'
import { timeOf } from './snowflake.ts'

/** What an interaction is to us: `other` kinds are none of ours and get no acknowledgement. */
export type InteractionKind = 'command' | 'press' | 'other'

const command = 2
const component = 3
/** Of the kinds of commands, the one that is typed. */
const chatInput = 1

export function kindOf({ type, data }: DiscordInteraction): InteractionKind {
  if (type === component && data?.custom_id !== undefined) return 'press'
  const isTyped = type === command && (data?.type ?? chatInput) === chatInput
  return isTyped && data?.name !== undefined ? 'command' : 'other'
}

/** What somebody did: a command reads as the message that would say the same. Pure. */
export function readInteractionEvents(
  interaction: DiscordInteraction,
  context: InboundContext,
): readonly InboundEvent[] {
  const { id, member, guild_id, locale, data, message, channel_id, channel } = interaction
  const user = member?.user ?? interaction.user
  const where = channel_id ?? channel?.id
  if (!user || where === undefined || !data) return []
  const kind = kindOf(interaction)
  const place = placeOf(where, guild_id, context)
  const sender = senderOf(user, member, locale === undefined ? {} : { language: locale })
  const at = timeOf(id)
  if (kind === 'command') {
    const options = (data.options ?? []).flatMap(({ value }) => value ?? [])
    const text = [`/${data.name}`, ...options].join(' ')
    const detail = { id, version: 0, sender, text, notes: [], attachments: [], sentAt: at }
    return [{ type: 'message', message: { ...detail, ...place, addressed: 'command' } }]
  }
  if (kind === 'other') return []
  const { address, chatKind, space } = place
  return [
    {
      type: 'press',
      id,
      address,
      chatKind,
      ...(space && { space }),
      sender,
      // A menu says what was chosen, a button only which one it is.
      data: data.values?.[0] ?? data.custom_id ?? '',
      ...(message && { messageId: message.id }),
      at,
    },
  ]
}
