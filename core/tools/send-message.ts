import { createHash, randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Renderer } from '../renderer.ts'
import type { Settings } from '../settings.ts'
import type { DeliveryStore } from '../store/deliveries.ts'
import type { ToolStore } from '../store/tools.ts'
import { toolKey } from '../tool-key.ts'
import { nameOf, targetOf } from './reach.ts'
import type { Tool } from './tool-call.ts'

export type SendMessageInput = {
  readonly text: string
  /** Id of a conversation; absent: the turn's own. */
  readonly chat?: string | undefined
  readonly repeat?: boolean | undefined
}

/**
 * Queues a message of its own, beside the answer. The same text to the same chat goes out once in a run, whoever
 * repeats the call, unless `repeat` says that it is meant.
 */
export function sendMessage(parts: {
  readonly tools: ToolStore
  readonly deliveries: Pick<DeliveryStore, 'queue'>
  readonly renderer: Pick<Renderer, 'render'>
  readonly clock: Clock
  readonly settings: () => Settings
  readonly onDeliveries: () => void
}): Tool<SendMessageInput> {
  const { tools, deliveries, renderer, clock, settings, onDeliveries } = parts
  return async ({ standing }, { text, chat, repeat }) => {
    const place = await targetOf(standing, chat, tools, settings())
    const chunks = await renderer.render(place.address.channel, { text, format: 'markdown' })
    const hash = createHash('sha256').update(`${place.id}\n${text}`).digest('base64url')
    const once = repeat === true ? randomUUID() : 'once'
    const key = toolKey(standing.run.id, `${hash}:${once}`)
    const queued = deliveries.queue(place.address, { chunks, lane: 'answer' }, key, clock.now())
    onDeliveries()
    await queued
    return {
      text: `The message to ${nameOf(place)} is on its way. It is not your answer: that follows as usual.`,
      target: place.id,
      outcome: 'queued',
    }
  }
}
