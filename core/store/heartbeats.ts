import type { Address, Chunk } from '../model.ts'

/** What an agent says at the end of a check-in: whether its owner should hear of it, and what. */
export type HeartbeatAnswer = { readonly notify: boolean; readonly text: string }

/** How the last look at an agent's heartbeat ended; the first group asked nobody. */
export type HeartbeatResult =
  | 'outside-hours'
  | 'nothing-to-do'
  | 'unchanged'
  | 'deferred'
  | 'running'
  | 'quiet'
  | 'alert'
  | 'repeated'
  | 'nobody-to-tell'
  | 'refused'
  | 'cancelled'
  | 'failed'

export type HeartbeatRow = {
  readonly agent: string
  /** Null: none is due by itself. */
  readonly dueAt: number | null
  /** Somebody asked for one now. */
  readonly demandedAt: number | null
  /** When the agent was last asked. */
  readonly lastAt: number | null
  readonly result: HeartbeatResult | null
  readonly resultAt: number | null
  /** Of HEARTBEAT.md, when the agent was last asked and answered. */
  readonly fingerprint: string | null
  /** The run that is under way, or whose end was not looked at yet. */
  readonly runId: string | null
  readonly answer: HeartbeatAnswer | null
  /** Failed runs in a row. */
  readonly failures: number
}

/** Whose messages count as the owners'. Accounts whose every person is an owner, and owners by account and id. */
export type OwnerIds = {
  readonly accounts: readonly string[]
  readonly people: readonly { readonly account: string; readonly id: string }[]
}

/** What happened since the agent last answered a check-in. */
export type Happened = {
  /** Messages of owners in direct chats with the agent. */
  readonly messages: number
  /** Results of the agent's jobs, at most ten, each cut to a few lines. */
  readonly results: readonly string[]
  /** The agent is at work for an owner now. */
  readonly isBusy: boolean
}

/** A message to an owner; it is refused where the chat turns out to be no direct one. */
export type HeartbeatNotice = { readonly to: Address; readonly chunks: readonly Chunk[] }

export type HeartbeatEnding = {
  readonly agent: string
  readonly runId: string
  readonly outcome: 'quiet' | 'alert' | 'nobody-to-tell' | 'cancelled' | 'failed'
  /** For `alert`; `hash` tells whether it was told before. */
  readonly alert?: HeartbeatNotice & { readonly hash: string }
  /** For `failed`: what is said after the second failure in a row. */
  readonly notice?: HeartbeatNotice
}

/** Where an agent's structured answer to a check-in is kept. */
export interface HeartbeatAnswers {
  /** Records it; a later one replaces it. False when that run is no check-in that is under way. */
  respond(runId: string, answer: HeartbeatAnswer): Promise<boolean>
}

/** The agents' check-ins, one row for each agent. */
export interface HeartbeatStore extends HeartbeatAnswers {
  list(): Promise<readonly HeartbeatRow[]>
  /** Says when the next is due, and how this look ended when there was one. */
  plan(
    agent: string,
    dueAt: number | null,
    result: HeartbeatResult | undefined,
    now: number,
  ): Promise<void>
  /** Asks for one now. False while one is under way. */
  demand(agent: string, now: number): Promise<boolean>
  happened(agent: string, owners: OwnerIds): Promise<Happened>
  /**
   * Makes the run of a check-in and notes it in one step. Undefined while one is under way, or when that key was used:
   * then nothing is changed.
   */
  begin(
    args: {
      readonly agent: string
      readonly key: string
      readonly sessionKey: string
      readonly text: string
      readonly fingerprint: string
      readonly maxAttempts: number
      readonly nextDueAt: number | null
    },
    now: number,
  ): Promise<string | undefined>
  /**
   * Notes how it ended and queues what is to be told, in one step. The same alert is told once in 24 hours, a failure
   * once until something succeeds. Says what came of it; undefined when it was ended before.
   */
  end(ending: HeartbeatEnding, now: number): Promise<HeartbeatResult | undefined>
}
