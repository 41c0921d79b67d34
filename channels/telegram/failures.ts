import { ChannelError, DeliveryError, type DeliveryFailure } from '../../core/errors.ts'
import { neverSent } from '../network-codes.ts'

type RefusalBody = {
  readonly error_code: number
  readonly description: unknown
  readonly parameters?: { readonly retry_after?: unknown; readonly migrate_to_chat_id?: unknown }
}

/** The Bot API says no. */
export class Refusal extends Error {
  readonly method: string
  readonly status: number
  readonly description: string
  readonly retryAfterMs: number | undefined
  readonly movedTo: string | undefined

  constructor(method: string, { error_code, description, parameters }: RefusalBody) {
    super(`Telegram refused ${method}: ${String(description)} (${error_code})`)
    this.name = 'Refusal'
    this.method = method
    this.status = error_code
    this.description = String(description)
    const wait = parameters?.retry_after
    const chat = parameters?.migrate_to_chat_id
    this.retryAfterMs = typeof wait === 'number' ? wait * 1000 : undefined
    this.movedTo = typeof chat === 'number' ? String(chat) : undefined
  }

  /** Whether the platform gives this reason; it has no other way to say it than in words. */
  is(reason: Reason): boolean {
    return this.description.toLowerCase().includes(phrases[reason])
  }
}

/** The exact words of the Bot API that decide something here. */
const phrases = {
  unchanged: 'message is not modified',
  'edit-missing': 'message to edit not found',
  'edit-forbidden': "message can't be edited",
  'no-thread': 'message thread not found',
  'bad-entities': "can't parse entities",
  'webhook-active': 'webhook is active',
  'chat-missing': 'chat not found',
  'no-rights': 'not enough rights to send',
  'write-forbidden': 'chat_write_forbidden',
  'group-deleted': 'group chat was deleted',
  'no-text': 'there is no text in the message to edit',
  'no-caption': 'there is no caption in the message to edit',
  'too-big': 'file is too big',
  'photo-size': 'photo_invalid_dimensions',
  'photo-broken': 'image_process_failed',
  'photo-unsaved': 'photo_save_file_invalid',
  'no-voice': 'voice_messages_forbidden',
} as const

export type Reason = keyof typeof phrases

/** Reasons to send a file as a plain document instead. */
export const badMedia: readonly Reason[] = [
  'photo-size',
  'photo-broken',
  'photo-unsaved',
  'no-voice',
]

const unsendable: readonly Reason[] = [
  'chat-missing',
  'no-rights',
  'write-forbidden',
  'group-deleted',
]

/** No answer, or none that makes sense. */
export class NetworkFailure extends Error {
  readonly method: string
  /** For example `ECONNRESET`, `UND_ERR_HEADERS_TIMEOUT`, `status-502`. */
  readonly reason: string
  /** The status of an answer that was not the Bot API's; 0 without one. */
  readonly status: number
  readonly isNeverSent: boolean

  constructor(method: string, reason: string, status: number, cause?: unknown) {
    super(
      `Telegram did not answer ${method}: ${reason}`,
      cause === undefined ? undefined : { cause },
    )
    this.name = 'NetworkFailure'
    this.method = method
    this.reason = reason
    this.status = status
    this.isNeverSent = neverSent.has(reason)
  }

  /** An error of the connection. Its own text is kept away: libraries may put addresses, and so the token, into it. */
  static from(method: string, error: unknown): NetworkFailure {
    return new NetworkFailure(method, codeOf(error) ?? 'unknown', 0)
  }

  /** An answer that is not the Bot API's, as proxies make them. */
  static nonsense(method: string, status: number): NetworkFailure {
    return new NetworkFailure(method, `status-${status}`, status)
  }
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error.cause) ?? error.name
}

/** What a failed send, edit or download means for its delivery. Anything unexpected may have arrived. */
export function toDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error
  if (error instanceof Refusal) return fromRefusal(error)
  if (error instanceof NetworkFailure) {
    return new DeliveryError(afterSilence(error), error.message, { code: 'network', cause: error })
  }
  return new DeliveryError('uncertain', 'The call to Telegram was cut off.', { cause: error })
}

function afterSilence({ isNeverSent, status }: NetworkFailure): DeliveryFailure {
  if (status === 413) return 'rejected'
  // A proxy that refuses a request has not passed it on.
  if (isNeverSent || (status >= 400 && status < 500)) return 'retry'
  return 'uncertain'
}

function fromRefusal(error: Refusal): DeliveryError {
  const { status, retryAfterMs, movedTo } = error
  const make = (failure: DeliveryFailure, code: string) =>
    new DeliveryError(failure, error.message, {
      code,
      cause: error,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(movedTo === undefined ? {} : { movedTo }),
    })
  if (movedTo !== undefined) return make('moved', 'moved')
  if (status === 429) return make('retry', 'rate-limited')
  if (status >= 500) return make('uncertain', 'server-error')
  // The account is at fault, not the message: once the token works again the same send will.
  if (status === 401 || status === 404) return make('retry', 'unauthorized')
  if (status === 403 || unsendable.some((reason) => error.is(reason)))
    return make('dead', 'forbidden')
  if (error.is('edit-missing') || error.is('edit-forbidden')) return make('rejected', 'gone')
  return make('rejected', status === 413 || error.is('too-big') ? 'too-large' : 'refused')
}

/** What a failed call means for the connection. */
export function toChannelError(error: unknown): ChannelError {
  if (error instanceof ChannelError) return error
  if (error instanceof Refusal) {
    if (error.status === 401 || error.status === 404) {
      const message = `Telegram does not know this bot token (${error.status}). Check the token from @BotFather.`
      return new ChannelError('bad-token', message, { isFatal: true, cause: error })
    }
    if (error.status === 409 && !error.is('webhook-active')) {
      const message = 'Another process polls this bot. Stop it, or give it a bot of its own.'
      return new ChannelError('conflict', message, { cause: error })
    }
    const code = error.is('webhook-active') ? 'webhook-active' : 'refused'
    return new ChannelError(code, error.message, { cause: error })
  }
  if (error instanceof NetworkFailure) {
    const message = `Telegram cannot be reached (${error.reason}).`
    return new ChannelError('unreachable', message, { cause: error })
  }
  return new ChannelError('unreachable', 'Telegram cannot be reached.', { cause: error })
}
