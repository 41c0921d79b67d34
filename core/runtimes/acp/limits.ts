/** How long an agent may take, in milliseconds. */
export type AcpLimits = {
  /** To start and to answer `initialize`; the first start of a program may have to fetch it. */
  readonly startMs: number
  /** To make or reopen a session; the tool servers start with it. */
  readonly sessionMs: number
  /** To end a turn after `session/cancel`. Less than the core waits for a runtime that ignores its abort. */
  readonly cancelMs: number
  /** Of that, before another process is made ready in case this one has to be replaced. */
  readonly spareMs: number
  /** To end after its stdin was closed, and then again after SIGTERM. */
  readonly endMs: number
  /** Silence of a session after a turn was cut off, before the next prompt. */
  readonly quietMs: number
}

export const defaultLimits: AcpLimits = {
  startMs: 60_000,
  sessionMs: 60_000,
  cancelMs: 2_500,
  spareMs: 1_000,
  endMs: 2_000,
  quietMs: 150,
}
