import type { ChannelEntry } from './channel-entry.ts'
import type { Clock } from './clock.ts'
import { ChannelError } from './errors.ts'
import { within } from './within.ts'

/** A code is good for a minute or two; whoever scans it should not wait for the next ordinary attempt. */
const checks = 40
const checkMs = 3000
const maxCodeMs = 30_000

type Parts = {
  readonly clock: Clock
  /** Whether the channel is still configured. */
  readonly isThere: () => boolean
  readonly restart: () => Promise<unknown>
}

/**
 * Begins to link a channel's account with a phone, then looks for two minutes whether that was done. Resolves with what
 * the QR code says; undefined where there is nothing to link. Throws `ChannelError`.
 */
export async function linkChannel(
  entry: ChannelEntry,
  parts: Parts,
): Promise<{ readonly uri: string } | undefined> {
  const { name } = entry.adapter
  const limit = new AbortController()
  const link = entry.adapter.link?.(limit.signal)
  if (!link) return undefined
  const isDone = await within(parts.clock, maxCodeMs, link)
  limit.abort(isDone)
  if (!isDone) throw new ChannelError('no-answer', `${name} gave no code within 30 seconds.`)
  const code = await link
  void watch(entry, parts)
  return code
}

async function watch(entry: ChannelEntry, { clock, isThere, restart }: Parts): Promise<void> {
  for (let check = 0; check < checks; check += 1) {
    await clock.sleep(checkMs, entry.stop.signal)
    const { state } = entry.status
    if (state === 'up' || state === 'off' || !isThere()) return
    await restart()
  }
}
