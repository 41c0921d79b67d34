import { RuntimeError } from '../../errors.ts'
import { lost } from '../lost.ts'
import type { FollowerParts } from './turn-follower.ts'

/** Where a turn's prompt is, or is to go. */
export type Place = { readonly sessionId: string; readonly promptId: string }

const stepMs = 500

/**
 * What the server knows of a prompt; undefined after an abort. Waits for a server that is away, as it is when
 * everything starts at once. Throws `RuntimeError`, code `lost` where it stays away.
 */
export async function findPrompt(
  { link, clock, limits }: Pick<FollowerParts, 'link' | 'clock' | 'limits'>,
  { sessionId, promptId }: Place,
  signal: AbortSignal,
): Promise<'seen' | 'unseen' | 'no-session' | undefined> {
  const begun = clock.now()
  while (!signal.aborted) {
    try {
      const client = await link.client(signal)
      if (!(await client.findSession(sessionId, signal))) return 'no-session'
      return (await client.messagesFrom(sessionId, promptId, signal)) ? 'seen' : 'unseen'
    } catch (error) {
      if (signal.aborted) return undefined
      if (!(error instanceof RuntimeError) || !error.isRetryable) throw error
      link.forget()
      if (clock.now() - begun >= limits.awayMs) throw lost(error.message)
      await clock.sleep(stepMs, signal)
    }
  }
  return undefined
}
