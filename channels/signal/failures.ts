import { ChannelError, DeliveryError } from '../../core/errors.ts'
import { neverSent } from '../network-codes.ts'
import { list, shape, text, word } from '../readers.ts'

/** The REST API says no. */
export class Refusal extends Error {
  readonly status: number
  readonly description: string
  /** What a captcha must be handed in with; empty where none is asked for. */
  readonly challengeTokens: readonly string[]
  /** What the server asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(
    call: string,
    status: number,
    description: string,
    detail: { readonly tokens?: readonly string[]; readonly retryAfterMs?: number } = {},
  ) {
    super(`signal-cli-rest-api refused ${call}: ${description} (${status})`)
    this.name = 'Refusal'
    this.status = status
    this.description = description
    this.challengeTokens = detail.tokens ?? []
    this.retryAfterMs = detail.retryAfterMs
  }

  /** Why, where that decides something; it is said in words only. */
  get reason(): Reason | undefined {
    if (this.status === 429 || this.challengeTokens.length > 0) return 'limited'
    return reasons.find(([, words]) => words.test(this.description))?.[0]
  }
}

/** The words of signal-cli and its REST API that decide something here, the first match counts. */
const reasons = [
  [
    'no-member',
    /^(?:user is not a member in|group not found|user is not allowed to send message to)/i,
  ],
  ['unregistered', /^unregistered user|is not registered\.?$/i],
  ['limited', /(?<![\d+])(?:413|428|429)(?!\d)|rate limit|captcha proof required/i],
  ['untrusted', /untrusted/i],
  [
    'unlinked',
    /specified account does not exist|authorization failed|AuthorizationFailedException/i,
  ],
  ['bad-file', /AttachmentInvalidException/],
  // Nobody got it, whatever the cause.
  ['unsent', /^failed to send message/i],
  // The REST API could not reach signal-cli.
  ['no-daemon', /broken pipe|connection re(?:fused|set)|use of closed network connection/i],
] as const

export type Reason = (typeof reasons)[number][0]

/** Reads an answer that is not a good one; undefined when it is not the REST API that answers. */
export function readRefusal(
  call: string,
  status: number,
  body: string,
  retryAfter: string | undefined,
): Refusal | undefined {
  const read = errorBody(tryJson(body))
  if (!read) return undefined
  const seconds = Number(retryAfter ?? Number.NaN)
  return new Refusal(call, status, read.error.slice(0, 500), {
    tokens: (read.challenge_tokens ?? []).slice(0, 10),
    ...(seconds > 0 && seconds < 1e6 ? { retryAfterMs: seconds * 1000 } : {}),
  })
}

const errorBody = shape({ error: text }, { challenge_tokens: list(word, 100) })

/** No answer, or none that makes sense. */
export class NetworkFailure extends Error {
  /** For example `ECONNRESET`, `timeout`, `status-502`. */
  readonly reason: string
  /** The status of an answer that was not the REST API's; 0 without one. */
  readonly status: number
  readonly isNeverSent: boolean

  constructor(call: string, reason: string, status = 0) {
    super(`signal-cli-rest-api did not answer ${call}: ${reason}`)
    this.name = 'NetworkFailure'
    this.reason = reason
    this.status = status
    this.isNeverSent = neverSent.has(reason)
  }
}

/** The code of an error of the connection, wherever a library keeps it. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if ('code' in error && typeof error.code === 'string') return error.code
  return error.cause === undefined ? error.name : codeOf(error.cause)
}

/** What a failed call means for its delivery. Anything unexpected may have arrived. */
export function toDeliveryError(
  error: unknown,
  waits: { readonly limitMs: number; readonly personMs: number },
): DeliveryError {
  if (error instanceof DeliveryError) return error
  if (error instanceof Refusal) return fromRefusal(error, waits)
  if (!(error instanceof NetworkFailure)) {
    return new DeliveryError('uncertain', 'The call to signal-cli-rest-api was cut off.', {
      cause: error,
    })
  }
  const { status, isNeverSent, message } = error
  // A proxy that refuses a request has not passed it on.
  const isRefused = isNeverSent || (status >= 400 && status < 500) || status === 503
  const failure = status === 413 ? 'rejected' : isRefused ? 'retry' : 'uncertain'
  return new DeliveryError(failure, message, { code: 'network', cause: error })
}

function fromRefusal(
  error: Refusal,
  { limitMs, personMs }: { readonly limitMs: number; readonly personMs: number },
): DeliveryError {
  const { reason, message, retryAfterMs, status } = error
  const detail = { cause: error }
  switch (reason) {
    case 'limited': {
      const wait = error.challengeTokens.length > 0 ? personMs : limitMs
      const code = 'rate-limited'
      return new DeliveryError('retry', message, {
        code,
        retryAfterMs: retryAfterMs ?? wait,
        ...detail,
      })
    }
    case 'untrusted':
      return untrusted(personMs, detail)
    case 'unregistered':
      return new DeliveryError('dead', message, { code: 'unregistered', ...detail })
    case 'no-member':
      return new DeliveryError('dead', message, { code: 'forbidden', ...detail })
    case 'unlinked':
      return new DeliveryError('retry', message, {
        code: 'unlinked',
        retryAfterMs: personMs,
        ...detail,
      })
    case 'unsent':
    case 'no-daemon':
      return new DeliveryError('retry', message, { code: reason, ...detail })
    case 'bad-file':
      return new DeliveryError('rejected', message, { code: 'refused', ...detail })
    case undefined: {
      // A path the server does not know says something about the server, not about the message.
      const failure = status >= 500 ? 'uncertain' : status === 404 ? 'retry' : 'rejected'
      return new DeliveryError(failure, message, { code: 'refused', ...detail })
    }
  }
}

/** The safety number has changed: what waits goes out once somebody has trusted the new one. */
export function untrusted(retryAfterMs: number, detail: { cause?: unknown } = {}): DeliveryError {
  return new DeliveryError('retry', 'The safety number has changed and is not trusted yet.', {
    code: 'untrusted',
    retryAfterMs,
    ...detail,
  })
}

/** What a failed call means for the connection. */
export function toChannelError(error: unknown, url: string): ChannelError {
  if (error instanceof ChannelError) return error
  if (error instanceof Refusal) return new ChannelError('refused', error.message, { cause: error })
  if (error instanceof NetworkFailure && error.status > 0) {
    const message = `What answers at ${url} is not signal-cli-rest-api (${error.reason}). Check the channel's url.`
    return new ChannelError('nonsense', message, { cause: error })
  }
  const reason = error instanceof NetworkFailure ? error.reason : codeOf(error)
  const message = `signal-cli-rest-api cannot be reached at ${url} (${reason}).`
  return new ChannelError('unreachable', message, { cause: error })
}

function tryJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
