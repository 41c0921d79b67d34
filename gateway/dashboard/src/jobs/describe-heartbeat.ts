import type { Heartbeat, HeartbeatResult } from '../api-heartbeat.ts'

/** How a look at the heartbeat ended, in words. */
export const resultWords: Readonly<Record<HeartbeatResult, string>> = {
  'outside-hours': 'outside the active hours, nobody was asked',
  'nothing-to-do': 'nothing to look after, nobody was asked',
  unchanged: 'nothing new, nobody was asked',
  deferred: 'put off, the agent was busy',
  running: 'under way',
  quiet: 'all is well',
  alert: 'there was something to tell',
  repeated: 'something to tell that was told before',
  'nobody-to-tell': 'something to tell, and nobody to tell it to',
  refused: 'something to tell, but its chat was refused',
  cancelled: 'stopped',
  failed: 'failed',
}

/** How often and in which hours: `Every 30 minutes, from 08:00 to 22:00 (Europe/Berlin)`. */
export function describeHeartbeat({ isEnabled, everyMs, activeHours }: Heartbeat): string {
  if (!isEnabled) return 'Switched off'
  const { start, end, timezone } = activeHours
  return `Every ${formatPause(everyMs)}, from ${start} to ${end} (${timezone})`
}

function formatPause(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  if (minutes % 60 !== 0) return minutes === 1 ? 'minute' : `${minutes} minutes`
  return minutes === 60 ? 'hour' : `${minutes / 60} hours`
}
