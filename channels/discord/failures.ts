import { ChannelError, DeliveryError, type DeliveryFailure } from '../../core/errors.ts'
import { neverSent } from '../network-codes.ts'

export type RefusalBody = {
  readonly status: number
  /** Discord's own code; 0 without one. */
  readonly code: number
  readonly reason: string
  readonly retryAfterMs?: number
}

/** Discord says no. https://discord.com/developers/docs/topics/opcodes-and-status-codes#json */
export class Refusal extends Error {
  readonly status: number
  readonly code: number
  readonly reason: string
  readonly retryAfterMs: number | undefined

  constructor(call: string, { status, code, reason, retryAfterMs }: RefusalBody) {
    super(`Discord refused ${call}: ${reason} (${code === 0 ? status : `${status}, code ${code}`})`)
    this.name = 'Refusal'
    this.status = status
    this.code = code
    this.reason = reason
    this.retryAfterMs = retryAfterMs
  }
}

/** The codes of Discord that decide something here. */
export const codes = {
  unknownChannel: 10003,
  unknownMessage: 10008,
  slowDown: 20016,
  channelWriteLimit: 20028,
  openingDmsTooFast: 40003,
  tooLarge: 40005,
  missingAccess: 50001,
  cannotMessageUser: 50007,
  missingPermissions: 50013,
  archived: 50083,
  noMutualServer: 50278,
  threadExists: 160004,
  threadLocked: 160005,
} as const

/** Nothing goes to such a chat any more; each with what a person can do about it. */
const dead = new Map<number, string>([
  [codes.unknownChannel, 'The channel does not exist any more.'],
  [codes.missingAccess, 'The bot may not see this channel: give it "View Channel".'],
  [
    codes.missingPermissions,
    'The bot may not write in this channel: give it "Send Messages" (in threads "Send Messages in Threads").',
  ],
  [codes.cannotMessageUser, 'This person takes no direct messages from the bot.'],
  [codes.noMutualServer, 'The bot shares no server with this person any more.'],
  [codes.threadLocked, 'The thread is locked.'],
])

/** Refused now, and welcome later although no wait was named. */
const later: readonly number[] = [codes.slowDown, codes.channelWriteLimit, codes.openingDmsTooFast]

/** No answer, or none that makes sense. */
export class NetworkFailure extends Error {
  /** For example `ECONNRESET`, `UND_ERR_HEADERS_TIMEOUT`, `status-502`. */
  readonly reason: string
  /** The status of an answer that was not the API's; 0 without one. */
  readonly status: number
  readonly retryAfterMs: number | undefined
  readonly isNeverSent: boolean

  constructor(call: string, reason: string, status: number, retryAfterMs?: number) {
    super(`Discord did not answer ${call}: ${reason}`)
    this.name = 'NetworkFailure'
    this.reason = reason
    this.status = status
    this.retryAfterMs = retryAfterMs
    this.isNeverSent = neverSent.has(reason)
  }

  /** An error of the connection. Its own text is kept away: libraries may put headers, and so the token, into it. */
  static from(call: string, error: unknown): NetworkFailure {
    return new NetworkFailure(call, reasonOf(error), 0)
  }

  /** An answer that is not the API's, as proxies make them. */
  static nonsense(call: string, status: number, retryAfterMs?: number): NetworkFailure {
    return new NetworkFailure(call, `status-${status}`, status, retryAfterMs)
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if ('code' in error && typeof error.code === 'string') return error.code
  return error.cause === undefined ? error.name : reasonOf(error.cause)
}

/** What a failed send, edit or download means for its delivery. Anything unexpected may have arrived. */
export function toDeliveryError(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error
  if (error instanceof Refusal) return fromRefusal(error)
  if (error instanceof NetworkFailure) {
    const { message, retryAfterMs } = error
    return new DeliveryError(afterSilence(error), message, {
      code: error.status === 413 ? 'too-large' : 'network',
      cause: error,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    })
  }
  return new DeliveryError('uncertain', 'The call to Discord was cut off.', { cause: error })
}

function afterSilence({ isNeverSent, status }: NetworkFailure): DeliveryFailure {
  if (status === 413) return 'rejected'
  // A proxy that refuses a request has not passed it on.
  if (isNeverSent || (status >= 400 && status < 500)) return 'retry'
  return 'uncertain'
}

function fromRefusal(error: Refusal): DeliveryError {
  const { status, code, retryAfterMs } = error
  const make = (failure: DeliveryFailure, name: string, message = error.message) =>
    new DeliveryError(failure, message, {
      code: name,
      cause: error,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    })
  if (status === 429 || later.includes(code)) return make('retry', 'rate-limited')
  if (status >= 500) return make('uncertain', 'server-error')
  // The account is at fault, not the message: once the token works again the same send will.
  if (status === 401) return make('retry', 'unauthorized')
  const reason = dead.get(code)
  if (reason !== undefined) return make('dead', 'forbidden', `${reason} (Discord's code ${code})`)
  if (code === codes.unknownMessage || code === codes.archived) return make('rejected', 'gone')
  if (code === codes.tooLarge || status === 413)
    return make('rejected', 'too-large', 'Discord takes no file of this size here.')
  return make('rejected', 'refused')
}

/** What a failed call means for the connection. */
export function toChannelError(error: unknown): ChannelError {
  if (error instanceof ChannelError) return error
  if (error instanceof Refusal && error.status === 401) {
    const message =
      'Discord does not know this bot token (401). Copy it again from the developer portal: Bot, Reset Token.'
    return new ChannelError('bad-token', message, { isFatal: true, cause: error })
  }
  if (error instanceof Refusal) return new ChannelError('refused', error.message, { cause: error })
  if (error instanceof NetworkFailure) {
    const message = `Discord cannot be reached (${error.reason}).`
    return new ChannelError('unreachable', message, { cause: error })
  }
  return new ChannelError('unreachable', 'Discord cannot be reached.', { cause: error })
}

const portal = 'Discord developer portal (the application, page Bot)'

/** Closes of the gateway after which trying again is pointless. */
const fatalCloses = new Map<number, string>([
  [
    4004,
    'Discord does not know this bot token (close 4004). Copy it again from the developer portal: Bot, Reset Token.',
  ],
  [4010, 'Discord refuses the shard (close 4010): a bug of Jackdaw.'],
  [4011, 'Discord demands more shards (close 4011). Restart the channel.'],
  [4012, 'Discord has ended this version of its gateway (close 4012). Update Jackdaw.'],
  [4013, 'Discord does not know the intents (close 4013): a bug of Jackdaw.'],
  [4014, `The bot lacks the Message Content Intent. Switch it on in the ${portal}, then restart.`],
])

/** The error of a close that only a change of configuration can mend. */
export function fatalClose(code: number): ChannelError | undefined {
  const message = fatalCloses.get(code)
  if (message === undefined) return undefined
  const name =
    code === 4004 ? 'bad-token' : code === 4014 ? 'disallowed-intents' : 'gateway-refused'
  return new ChannelError(name, message, { isFatal: true })
}
