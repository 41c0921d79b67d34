/** A failure the gateway expects and knows how to answer. Anything else that is thrown is a bug. */
export abstract class GatewayError extends Error {
  /** Stable, for programs and tests: kebab-case, never shown alone. */
  abstract readonly code: string

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = new.target.name
  }
}

/**
 * What became of a send that failed:
 * `retry` it certainly did not arrive and may be tried again;
 * `uncertain` it may have arrived, so it must be reconciled before anything else;
 * `rejected` the platform refuses this message for good;
 * `dead` the platform refuses every message to this chat (blocked, kicked, deleted);
 * `moved` the chat has a new id, in `movedTo`.
 */
export type DeliveryFailure = 'retry' | 'uncertain' | 'rejected' | 'dead' | 'moved'

/** Thrown by a channel adapter when a send, edit or download does not succeed. */
export class DeliveryError extends GatewayError {
  readonly code: string
  readonly failure: DeliveryFailure
  /** How long the platform asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined
  readonly movedTo: string | undefined

  constructor(
    failure: DeliveryFailure,
    message: string,
    detail: { code?: string; retryAfterMs?: number; movedTo?: string; cause?: unknown } = {},
  ) {
    super(message, detail.cause)
    this.failure = failure
    this.code = detail.code ?? `delivery-${failure}`
    this.retryAfterMs = detail.retryAfterMs
    this.movedTo = detail.movedTo
  }
}

/** Thrown by an adapter that cannot start or lost its connection. `isFatal`: only a change of configuration helps. */
export class ChannelError extends GatewayError {
  readonly code: string
  readonly isFatal: boolean

  constructor(code: string, message: string, detail: { isFatal?: boolean; cause?: unknown } = {}) {
    super(message, detail.cause)
    this.code = code
    this.isFatal = detail.isFatal ?? false
  }
}

/** Thrown by a runtime. `isRetryable`: the same turn may succeed later. The message is for the log, not for the chat. */
export class RuntimeError extends GatewayError {
  readonly code: string
  readonly isRetryable: boolean
  readonly retryAfterMs: number | undefined

  constructor(
    code: string,
    message: string,
    detail: { isRetryable: boolean; retryAfterMs?: number; cause?: unknown },
  ) {
    super(message, detail.cause)
    this.code = code
    this.isRetryable = detail.isRetryable
    this.retryAfterMs = detail.retryAfterMs
  }
}

/** The caller asked for something that cannot be; `status` is what HTTP would say. */
export class RequestError extends GatewayError {
  readonly code: string
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 429 | 503

  constructor(status: RequestError['status'], code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** The store cannot be opened or written: locked, read-only, full, corrupt, newer than the program. */
export class StoreError extends GatewayError {
  readonly code: 'locked' | 'read-only' | 'full' | 'corrupt' | 'newer' | 'unavailable'

  constructor(code: StoreError['code'], message: string, cause?: unknown) {
    super(message, cause)
    this.code = code
  }
}

/** A stream was longer than the caller allows; nothing of it was kept. */
export class TooLargeError extends GatewayError {
  readonly code = 'too-large'
  readonly maxBytes: number

  constructor(maxBytes: number) {
    super(`The file is larger than ${maxBytes} bytes.`)
    this.maxBytes = maxBytes
  }
}

/** The reason of an abort after which the turn is not unwanted, only followed by nobody here: it will be re-attached. */
export class DetachedError extends Error {
  override readonly name = 'DetachedError'

  constructor() {
    super('Nobody here follows this turn any longer.')
  }
}
