import { type CommandPlan, say } from '../command-plan.ts'
import type { Sentences } from '../sentences.ts'
import type { Settings } from '../settings.ts'
import type { HeartbeatStore } from '../store/heartbeats.ts'
import { localTime } from './local-time.ts'

/** Plans `/heartbeat` and `/heartbeat run`, for owners. */
export async function planHeartbeat(
  argument: string,
  scene: {
    readonly agent: string
    readonly isOwner: boolean
    readonly words: Sentences
    heartbeat(): Promise<string>
  },
): Promise<CommandPlan> {
  const { agent, isOwner, words } = scene
  if (!isOwner) return say(words.ownersOnly)
  if (argument.toLowerCase() !== 'run') return say(await scene.heartbeat())
  return {
    effect: { type: 'heartbeat', agent },
    reply: ({ isDone }) => (isDone ? words.heartbeatAsked : words.heartbeatRunning),
  }
}

/** An agent's check-ins in words. */
export async function wordHeartbeat(
  agent: string,
  around: {
    readonly store: Pick<HeartbeatStore, 'list'>
    readonly settings: Settings
    readonly words: Sentences
    readonly language: string | undefined
  },
): Promise<string> {
  const { store, settings, words, language } = around
  const row = (await store.list()).find((one) => one.agent === agent)
  const own = settings.heartbeats.get(agent)
  const timezone = own?.hours.timezone ?? 'UTC'
  const timeOf = (at: number | null | undefined) =>
    at === null || at === undefined ? undefined : localTime(at, timezone, language)
  return words.heartbeat({
    agent,
    isEnabled: own?.isEnabled ?? false,
    lastAsked: timeOf(row?.lastAt),
    result: row?.result ?? null,
    next: timeOf(row?.dueAt),
  })
}
