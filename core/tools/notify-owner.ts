import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Owners } from '../owners.ts'
import type { Renderer } from '../renderer.ts'
import type { DeliveryStore } from '../store/deliveries.ts'
import type { Tool } from './tool-call.ts'
import { ToolError } from './tool-error.ts'

export type NotifyOwnerInput = {
  readonly text: string
  readonly severity: 'info' | 'warn' | 'critical'
}

const hourMs = 3_600_000
const signs = { info: 'Note', warn: 'Warning', critical: 'Urgent' } as const

/** Tells an owner something, the same words at most once in any hour, whoever asks. */
export function notifyOwner(parts: {
  readonly owners: Pick<Owners, 'chat'>
  readonly deliveries: Pick<DeliveryStore, 'queue'>
  readonly renderer: Pick<Renderer, 'render'>
  readonly clock: Clock
  readonly onDeliveries: () => void
}): Tool<NotifyOwnerInput> {
  const { owners, deliveries, renderer, clock, onDeliveries } = parts
  return async ({ standing }, { text, severity }) => {
    const { agent, route } = standing.run
    const owner = await owners.chat(route?.channel ?? '')
    if (!owner) {
      throw new ToolError('No owner can be reached: none has a direct chat with this bot yet.')
    }
    const { chat } = owner
    const said = `**${signs[severity]}** (${agent}): ${text}`
    const chunks = await renderer.render(chat.channel, { text: said, format: 'markdown' })
    const now = clock.now()
    const hash = createHash('sha256').update(text).digest('base64url')
    const notice = { chunks, lane: 'answer', namedForMs: hourMs } as const
    const queued = deliveries.queue(chat, notice, `notify:${agent}:${hash}`, now)
    onDeliveries()
    await queued
    return { text: 'The owner is told.', target: 'owner', outcome: severity }
  }
}
