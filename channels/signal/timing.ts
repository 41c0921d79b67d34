/** How long things may take, in milliseconds. */
export type Timing = {
  readonly connectMs: number
  /** Questions, and signs such as typing. */
  readonly readMs: number
  /** A text, until signal-cli has handed it to Signal. */
  readonly textMs: number
  /** A file, there and back. */
  readonly fileMs: number
  /** After so long without an answer of the server, it is asked whether it is there before anything is sent. */
  readonly freshMs: number
  /** How long a message waits for the facts of its group. */
  readonly groupMs: number
  /** How long a fetched file stays at the server, should the gateway need it again. */
  readonly keepFileMs: number
  /** The pause when Signal limits sending, unless it says how long. */
  readonly limitMs: number
  /** The pause while a person has something to do: trust a new safety number, solve a captcha. */
  readonly personMs: number
}

export const defaultTiming: Timing = {
  connectMs: 5_000,
  readMs: 10_000,
  textMs: 60_000,
  fileMs: 180_000,
  freshMs: 10_000,
  groupMs: 2_000,
  keepFileMs: 60_000,
  limitMs: 60_000,
  personMs: 300_000,
}
