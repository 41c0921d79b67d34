/** How long things may take, in milliseconds. */
export type Timing = {
  readonly connectMs: number
  /** What an answer to a call may take. */
  readonly answerMs: number
  /** What a call with a file may take. */
  readonly uploadMs: number
  /** What a file may take between two pieces of it. */
  readonly fileMs: number
  /** How long the gateway may take to greet, and to answer an identify or resume. */
  readonly helloMs: number
  readonly readyMs: number
  /** A heartbeat that is not acknowledged by then means that the connection is dead, whatever the socket says. */
  readonly ackMs: number
  /** How long servers may take to describe themselves after a fresh session. */
  readonly guildsMs: number
  /** Before the identify that follows a session which cannot be resumed. */
  readonly newSessionMs: number
  /** Between two identifies. */
  readonly identifyMs: number
  /** First and longest pause after a failure. */
  readonly minBackoffMs: number
  readonly maxBackoffMs: number
}

export const defaultTiming: Timing = {
  connectMs: 5_000,
  answerMs: 15_000,
  uploadMs: 60_000,
  fileMs: 60_000,
  helloMs: 15_000,
  readyMs: 20_000,
  ackMs: 15_000,
  guildsMs: 5_000,
  newSessionMs: 1_000,
  identifyMs: 5_000,
  minBackoffMs: 500,
  maxBackoffMs: 30_000,
}

/** The pause after so many failures in a row: doubling, with jitter so that many bots do not come back together. */
export function pauseMs(failures: number, { minBackoffMs, maxBackoffMs }: Timing): number {
  const base = Math.min(maxBackoffMs, minBackoffMs * 2 ** Math.min(Math.max(failures, 1) - 1, 20))
  return Math.round(base * (1 + Math.random() * 0.25))
}
