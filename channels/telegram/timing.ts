/** How long things may take, in milliseconds. */
export type Timing = {
  /** How long the platform holds an empty poll. */
  readonly pollMs: number
  /** What an answer may take beyond that, or at all for other calls. */
  readonly answerMs: number
  readonly connectMs: number
  /** A poll that has not ended by then is given up with its connection, whatever the socket says. */
  readonly watchdogMs: number
  /** How often a webhook is looked after. */
  readonly webhookCheckMs: number
  /** What a file may take between two pieces of it. */
  readonly fileMs: number
  /** First and longest pause after a failure. */
  readonly minBackoffMs: number
  readonly maxBackoffMs: number
  /** First pause when another process polls: an old one of ours may need it to go. */
  readonly conflictBackoffMs: number
  /** Pause while the token is refused: the platform has refused good ones during outages. */
  readonly fatalBackoffMs: number
}

export const defaultTiming: Timing = {
  pollMs: 30_000,
  answerMs: 10_000,
  connectMs: 5_000,
  watchdogMs: 60_000,
  webhookCheckMs: 60_000,
  fileMs: 60_000,
  minBackoffMs: 500,
  maxBackoffMs: 30_000,
  conflictBackoffMs: 2_000,
  fatalBackoffMs: 300_000,
}
