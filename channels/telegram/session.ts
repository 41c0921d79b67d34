import type { ChannelHost } from '../../core/ports.ts'
import type { Intake } from './intake.ts'

/** What is there from a successful start to the next stop. */
export type Session = {
  readonly host: ChannelHost
  readonly intake: Intake
  readonly seesAllGroups: boolean
  readonly abort: AbortController
  /** Ends when receiving has ended. */
  readonly receiving: Promise<void>
  readonly caughtUp: Promise<void>
}
