import type { QueueMode } from '../model.ts'
import type { HistoryEntry, TurnChoices } from '../runtime-port.ts'
import type { ChoicesChange, EffectOutcome } from './effects.ts'
import type { Page } from './page.ts'

export type SessionRow = {
  readonly id: string
  readonly key: string
  readonly agent: string
  readonly generation: number
  readonly mode: QueueMode | null
  readonly choices: TurnChoices
  readonly channel: string | null
  readonly chat: string | null
  /** The chat's, else what the runtime calls the present conversation. */
  readonly title: string | null
  readonly createdAt: number
  readonly lastAt: number
}

export interface SessionStore {
  find(idOrKey: string): Promise<SessionRow | undefined>
  list(args: { cursor?: string; limit: number }): Promise<Page<SessionRow>>
  /** Starts afresh as `/new` does. Returns the executing run to abort, if any. */
  reset(id: string, now: number): Promise<EffectOutcome>
  setMode(id: string, mode: QueueMode): Promise<void>
  choose(id: string, change: ChoicesChange): Promise<void>
  /** Completed exchanges of the session's present generation before a run, newest last. */
  history(
    sessionId: string,
    generation: number,
    beforeRun: string,
    limit: number,
  ): Promise<readonly HistoryEntry[]>
}
