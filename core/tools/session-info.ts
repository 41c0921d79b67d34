import type { Channels } from '../channels.ts'
import type { Clock } from '../clock.ts'
import type { Settings } from '../settings.ts'
import type { ToolStore } from '../store/tools.ts'
import { nameOf, placesInReach } from './reach.ts'
import type { Tool } from './tool-call.ts'

const maxListed = 50

/** Says where and for whom the agent works, and which chats it may write to. */
export function sessionInfo(parts: {
  readonly tools: Pick<ToolStore, 'places' | 'placeAt'>
  readonly channels: Pick<Channels, 'adapter'>
  readonly clock: Clock
  readonly settings: () => Settings
  readonly formatTime: (at: number) => string
  readonly timezone: () => string
}): Tool<Record<string, never>> {
  return async ({ standing }) => {
    const { tools, channels, clock, settings, formatTime, timezone } = parts
    const { run, people, isOwner } = standing
    const here = run.route && (await tools.placeAt(run.route))
    const reachable = await placesInReach(standing, tools, settings())
    const limits = run.route && channels.adapter(run.route.channel)?.capabilities
    const lines = [
      `Agent: ${run.agent}. Session: ${run.session.key}. Run: ${run.id} (${run.source}).`,
      `Now: ${formatTime(clock.now())} (${timezone()}).`,
      here
        ? `Chat: ${here.id} "${nameOf(here)}" (${here.kind} on ${here.address.channel}).`
        : 'Chat: none; the answer goes to the caller of the API.',
      ...(limits ? [`Files of at most ${limits.maxUploadBytes} bytes can be sent here.`] : []),
      `You act for: ${people.map(({ name }) => name).join(', ') || run.source}${isOwner ? ' (owner)' : ''}.`,
      'Chats you may write to:',
      ...reachable
        .slice(0, maxListed)
        .map(
          (place) => `- ${place.id} "${nameOf(place)}" (${place.kind} on ${place.address.channel})`,
        ),
    ]
    if (reachable.length > maxListed) lines.push(`and ${reachable.length - maxListed} more.`)
    return { text: lines.join('\n'), target: 'here', outcome: 'read' }
  }
}
