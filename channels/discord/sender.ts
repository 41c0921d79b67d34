import type { Clock } from '../../core/clock.ts'
import { DeliveryError } from '../../core/errors.ts'
import type { Address } from '../../core/model.ts'
import type {
  KnownMessage,
  OutboundDelivery,
  Reconciliation,
  SentMessage,
} from '../../core/ports.ts'
import type { CallOptions, DiscordApi } from './api.ts'
import { maxUploadBytes } from './capabilities.ts'
import type { Directory } from './directory.ts'
import { codes, Refusal, toDeliveryError } from './failures.ts'
import { toEdit, toSend } from './outbound.ts'
import { readId } from './payload.ts'
import { findSent } from './reconcile.ts'
import type { Threads } from './threads.ts'
import type { Timing } from './timing.ts'

export type SenderOptions = {
  readonly api: DiscordApi
  readonly directory: () => Directory | undefined
  readonly threads: Threads
  readonly autoThread: boolean
  readonly clock: Clock
  readonly timing: Timing
}

/**
 * "The past few minutes" is all that Discord says about how long it knows a nonce. Two are certainly a few, and the
 * reconciler asks after seconds.
 */
const nonceMs = 120_000
const megabyte = 1024 * 1024
/** By the server's boost tier. */
const uploadLimits = [maxUploadBytes, maxUploadBytes, 50 * megabyte, 100 * megabyte] as const

/** Puts deliveries into chats, once each. */
export class Sender {
  readonly #options: SenderOptions

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** Throws `DeliveryError`. */
  async send(delivery: OutboundDelivery, signal: AbortSignal): Promise<SentMessage> {
    this.#checkSize(delivery)
    try {
      await this.openThread(delivery.to, signal)
    } catch (error) {
      throw beforeSending(error)
    }
    try {
      const { api, timing } = this.#options
      const call = toSend(delivery)
      const timeoutMs = call.file ? timing.uploadMs : timing.answerMs
      const { id } = await api.ask(call, readId, { signal, timeoutMs })
      if (id !== undefined) return { id }
    } catch (error) {
      throw explain(error, delivery)
    }
    throw new DeliveryError('uncertain', "Discord's answer to a send has no message id.", {
      code: 'nonsense',
    })
  }

  /** Throws `DeliveryError`, never `uncertain`: an edit can be repeated. */
  async edit(
    messageId: string,
    delivery: OutboundDelivery,
    signal: AbortSignal,
  ): Promise<SentMessage> {
    try {
      await this.#options.api.call(toEdit(messageId, delivery), this.#limits(signal))
    } catch (error) {
      const failure = toDeliveryError(error)
      if (failure.failure !== 'uncertain') throw failure
      throw new DeliveryError('retry', failure.message, { cause: error })
    }
    return { id: messageId }
  }

  /**
   * Says whether an uncertain send arrived. While Discord still knows its nonce the send is simply made again: it then
   * answers with the message that is there, and makes one only if there is none. Later the history is read.
   */
  async reconcile(
    delivery: OutboundDelivery,
    evidence: { readonly startedAt: number; known(): Promise<readonly KnownMessage[]> },
    signal: AbortSignal,
  ): Promise<Reconciliation> {
    const { api, clock, directory } = this.#options
    const ageMs = clock.now() - evidence.startedAt
    // A clock that was set back says nothing about the age.
    if (ageMs >= 0 && ageMs < nonceMs) {
      try {
        const { id } = await this.send(delivery, signal)
        return { outcome: 'sent', id }
      } catch (error) {
        const { failure } = toDeliveryError(error)
        // Being refused now says nothing about the first time.
        if (failure !== 'rejected' && failure !== 'dead') throw error
      }
    }
    const botId = directory()?.botId
    if (botId === undefined)
      throw new DeliveryError('retry', 'The bot is not connected yet.', { code: 'not-ready' })
    const limits = this.#limits(signal)
    try {
      return await findSent({ api: api, botId, delivery, ...evidence, limits })
    } catch (error) {
      throw toDeliveryError(error)
    }
  }

  /** Opens the thread of an address where the channel opens threads by itself. */
  async openThread(to: Address, signal: AbortSignal): Promise<void> {
    const { autoThread, threads, api, directory } = this.#options
    if (autoThread) await threads.open(api, to, directory(), this.#limits(signal))
  }

  #checkSize({ to, chunk: { file } }: OutboundDelivery): void {
    if (!file) return
    const directory = this.#options.directory()
    const channel = directory?.channel(to.thread ?? to.chat) ?? directory?.channel(to.chat)
    const tier = directory?.guild(channel?.guildId)?.boostTier ?? 0
    const limit = uploadLimits[tier] ?? maxUploadBytes
    if (file.size <= limit) return
    const [size, most] = [file.size, limit].map((bytes) => Math.ceil(bytes / megabyte))
    const message = `${file.name} has ${size} MB; Discord takes ${most} MB here.`
    throw new DeliveryError('rejected', message, { code: 'too-large' })
  }

  #limits(signal: AbortSignal): CallOptions {
    return { signal, timeoutMs: this.#options.timing.answerMs }
  }
}

/** Whatever became of opening the thread, the message itself is not out yet. */
function beforeSending(error: unknown): DeliveryError {
  if (error instanceof Refusal && error.code === codes.missingPermissions) {
    const message =
      'The bot may not open threads here: give it "Create Public Threads", or switch off autoThread.'
    return new DeliveryError('rejected', message, { code: 'forbidden', cause: error })
  }
  const { failure, message, retryAfterMs } = toDeliveryError(error)
  if (failure !== 'uncertain') return toDeliveryError(error)
  return new DeliveryError('retry', message, {
    cause: error,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

/** A file may be refused where a text is not, and a thread may be gone or locked where its channel is not. */
function explain(error: unknown, { to, chunk }: OutboundDelivery): DeliveryError {
  const isForbidden = error instanceof Refusal && error.code === codes.missingPermissions
  if (isForbidden && chunk.file) {
    const message = 'The bot may not send files in this channel: give it "Attach Files".'
    return new DeliveryError('rejected', message, { code: 'forbidden', cause: error })
  }
  const failed = toDeliveryError(error)
  if (failed.failure !== 'dead' || to.thread === undefined) return failed
  return new DeliveryError('rejected', failed.message, { code: 'gone', cause: error })
}
