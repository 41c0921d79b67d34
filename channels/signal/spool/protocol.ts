/**
 * What the gateway and the spool say to each other over loopback HTTP, with a bearer token:
 *
 *     GET  /health                                 → SpoolHealth
 *     PUT  /accounts        { accounts, only? }    → SpoolHealth
 *     GET  /frames?account=&after=&limit=&waitMs=  → SpoolPage
 *     POST /ack             { account, upTo }      → { removed }
 *     POST /stop                                   → { stopping: true }
 *
 * and `POST /webhooks/<name>?secret=` without one, for RECEIVE_WEBHOOK_URL. A spool may be older or newer than the
 * gateway, so the number below grows with every change of meaning, and another number means another spool.
 */
export const spoolProtocol = 1

/** The port RECEIVE_WEBHOOK_URL names unless the configuration says otherwise. */
export const defaultWebhookPort = 7701

/** One account the spool listens for. */
export type SpoolAccount = {
  readonly account: string
  /** Of signal-cli-rest-api. */
  readonly url: string
  /** Where and with which secret messages may be posted besides. */
  readonly webhook?: { readonly name: string; readonly secret: string }
}

/** How an account is; instants in milliseconds, null where there is none yet. */
export type SpoolAccountState = {
  readonly account: string
  readonly url: string
  readonly state: 'up' | 'retrying'
  readonly detail: string | null
  /** The last sign of the server: a ping, a frame, a post. */
  readonly aliveAt: number | null
  /** Frames that nobody has acknowledged, and when the oldest of them came. */
  readonly waiting: number
  readonly oldestAt: number | null
  /** Since the spool was started: frames taken, and copies of them that came the other way. */
  readonly received: number
  readonly repeated: number
  /** Ever: frames that were let go because the spool was full or they were too old. */
  readonly dropped: number
}

export type SpoolHealth = {
  readonly protocol: number
  readonly pid: number
  readonly startedAt: number
  readonly port: number
  readonly accounts: readonly SpoolAccountState[]
}

/** Frames after a cursor, the oldest first. Empty when none came within `waitMs`, or the account's state changed. */
export type SpoolPage = {
  readonly frames: readonly { readonly id: number; readonly frame: unknown }[]
  readonly account: SpoolAccountState | null
}

/** The file by which a spool is found, 0600. */
export type SpoolFile = {
  readonly pid: number
  readonly url: string
  readonly token: string
  readonly version: number
}

/** What the process ends with when another one holds the file: neither a success nor a fault. */
export const alreadyRunningExitCode = 75
