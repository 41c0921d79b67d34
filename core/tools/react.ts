import type { Channels } from '../channels.ts'
import { DeliveryError } from '../errors.ts'
import type { ToolStore } from '../store/tools.ts'
import type { Tool } from './tool-call.ts'
import { ToolError } from './tool-error.ts'

export type ReactInput = {
  /** Empty takes the reaction back. */
  readonly emoji: string
  /** As chat_history names it; absent: the newest message of the turn. */
  readonly message?: string | undefined
}

/** Puts a reaction under a message of this conversation. Best effort and not kept: a second call changes nothing. */
export function react(parts: {
  readonly tools: Pick<ToolStore, 'platformId'>
  readonly channels: Pick<Channels, 'sender'>
}): Tool<ReactInput> {
  return async ({ standing, signal }, { emoji, message }) => {
    const { route, messages } = standing.run
    const newest = messages.findLast(({ form }) => form === 'full')
    if (route === undefined) throw new ToolError('This turn belongs to no chat.')
    const platformId =
      message === undefined ? newest?.platformId : await parts.tools.platformId(route, message)
    if (platformId === undefined) {
      throw new ToolError(
        `There is no message "${message ?? ''}" in this conversation. chat_history names them.`,
      )
    }
    const adapter = parts.channels.sender(route.account)
    if (!adapter?.react) throw new ToolError(`There are no reactions on ${route.channel}.`)
    try {
      await adapter.react(route, platformId, emoji === '' ? null : emoji, signal)
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error
      throw new ToolError(`${route.channel} did not take it: ${error.message}`)
    }
    return { text: 'Done.', target: message ?? newest?.id ?? '-', outcome: 'reacted' }
  }
}
