import type { Clock } from '../../core/clock.ts'
import { DeliveryError } from '../../core/errors.ts'
import type { OutboundDelivery, SentMessage } from '../../core/ports.ts'
import type { SignalApi } from './api.ts'
import { capabilities } from './capabilities.ts'
import { Refusal, toDeliveryError, untrusted } from './failures.ts'
import { formatMessageId, toRecipient } from './ids.ts'
import type { Memory } from './memory.ts'
import {
  captchaNotice,
  groupSafetyNumbersNotice,
  type Notice,
  type Place,
  partialNotice,
  safetyNumberNotice,
  unlinkedNotice,
} from './notices.ts'
import { type Missed, readSent, type SendBody, type Sent, toEdit, toSend } from './outbound.ts'
import type { Timing } from './timing.ts'
import { UploadBody } from './upload.ts'

const captchaPauseMs = 3_600_000

export type SenderOptions = {
  readonly clock: Clock
  readonly channel: string
  readonly api: SignalApi
  readonly place: Place
  readonly memory: Memory
  readonly timing: Timing
  /** Our uuid, or number. Throws `DeliveryError` while the channel is not connected. */
  readonly ownId: () => string
  readonly titleOf: (group: string) => string | undefined
  readonly notice: (notice: Notice) => void
}

/** Puts deliveries into chats: once each, since Signal has no key that would make a repeat harmless. */
export class Sender {
  readonly #options: SenderOptions
  #captchaAt = Number.NEGATIVE_INFINITY

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** Throws `DeliveryError`. */
  async send(delivery: OutboundDelivery, signal: AbortSignal): Promise<SentMessage> {
    const { memory, place, ownId } = this.#options
    const author = ownId()
    const body = toSend(delivery, place.number, (id) => memory.textOf(id))
    const { timestamp } = await this.#deliver(delivery, body, signal)
    const id = formatMessageId({ timestamp, author })
    memory.sent(id)
    return { id }
  }

  /** Throws `DeliveryError`, never `uncertain`: an edit can be repeated. */
  async edit(
    messageId: string,
    delivery: OutboundDelivery,
    signal: AbortSignal,
  ): Promise<SentMessage> {
    const { memory, place, ownId } = this.#options
    const author = ownId()
    const version = memory.latestOf(messageId)
    if (version === undefined) {
      const message = `${messageId} is not a message of Signal.`
      throw new DeliveryError('rejected', message, { code: 'gone' })
    }
    const { filePath: _, ...words } = delivery
    try {
      const { timestamp } = await this.#deliver(
        words,
        toEdit(version, delivery, place.number),
        signal,
      )
      memory.sent(formatMessageId({ timestamp, author }))
      memory.edited(messageId, timestamp)
    } catch (error) {
      const { failure, message, code } = toDeliveryError(error, this.#options.timing)
      if (failure !== 'uncertain') throw error
      throw new DeliveryError('retry', message, { code, cause: error })
    }
    return { id: messageId }
  }

  async #deliver(
    { to, chunk, filePath }: OutboundDelivery,
    body: SendBody,
    signal: AbortSignal,
  ): Promise<Sent> {
    const { timing } = this.#options
    let upload: UploadBody | undefined
    try {
      await this.#probe(signal)
      if (chunk.file && filePath !== undefined) {
        upload = await UploadBody.open(body, filePath, chunk.file, capabilities.maxUploadBytes)
      }
      const timeoutMs = upload ? timing.fileMs : timing.textMs
      const sent = await this.#post(upload ?? body, { signal, timeoutMs })
      this.#judge(sent, to.chat)
      return sent
    } catch (error) {
      if (error instanceof Refusal) this.#tell(error, to.chat)
      const failed = toDeliveryError(error, timing)
      if (failed.failure !== 'uncertain' || upload?.isComplete !== false) throw failed
      // Nobody can have understood half a file.
      throw new DeliveryError('retry', failed.message, { code: failed.code, cause: error })
    }
  }

  async #post(
    body: SendBody | UploadBody,
    options: { readonly signal: AbortSignal; readonly timeoutMs: number },
  ): Promise<Sent> {
    const answer = await this.#options.api.call('POST', '/v2/send', body, options)
    const sent = readSent(answer)
    if (sent) return sent
    throw new DeliveryError('uncertain', "signal-cli-rest-api's answer has no timestamp.", {
      code: 'nonsense',
    })
  }

  /**
   * Asks after a silence whether the server is there. What fails here has certainly not been sent; a send that is cut
   * off by a server that is just starting would be uncertain for ever.
   */
  async #probe(signal: AbortSignal): Promise<void> {
    const { api, timing } = this.#options
    if (api.silentMs < timing.freshMs) return
    try {
      await api.call('GET', '/v1/about', undefined, { signal, timeoutMs: timing.readMs })
    } catch (error) {
      const { message } = toDeliveryError(error, timing)
      throw new DeliveryError('retry', message, { code: 'network', cause: error })
    }
  }

  /** An answer may hold failures: of the one it was for, or of some of a group. Throws `DeliveryError`. */
  #judge({ failures }: Sent, chat: string): void {
    const { memory, titleOf, notice } = this.#options
    const [first] = failures
    if (!first) return
    for (const missed of failures) if (missed.reason === 'IDENTITY_FAILURE') this.#untrusted(missed)
    if (toRecipient(chat) === chat) throw this.#failureOf(first)
    const missed = failures.map(({ uuid, number, username, reason }) => {
      const id = uuid ?? number ?? username ?? 'somebody'
      return { name: memory.nameOf(id) ?? number ?? id, reason }
    })
    notice(partialNotice(chat, titleOf(chat), missed))
  }

  #failureOf({ reason }: Missed): DeliveryError {
    const { limitMs, personMs } = this.#options.timing
    const message = `Signal did not deliver: ${reason}.`
    switch (reason) {
      case 'UNREGISTERED_FAILURE':
        return new DeliveryError('dead', message, { code: 'unregistered' })
      case 'IDENTITY_FAILURE':
        return untrusted(personMs)
      case 'RATE_LIMIT_FAILURE':
        return new DeliveryError('retry', message, { code: 'rate-limited', retryAfterMs: limitMs })
      default:
        return new DeliveryError('retry', message, { code: 'unsent' })
    }
  }

  #untrusted({ uuid, number }: Pick<Missed, 'uuid' | 'number'>): void {
    const { memory, place, notice } = this.#options
    const person = uuid ?? number
    if (person === undefined) return
    notice(safetyNumberNotice(person, memory.nameOf(person) ?? number ?? person, place))
  }

  /** Every refusal has a token of its own, and one of them is enough. */
  #isCaptchaDue(): boolean {
    const now = this.#options.clock.now()
    if (now - this.#captchaAt < captchaPauseMs) return false
    this.#captchaAt = now
    return true
  }

  /** What a person can mend is told to the owners. */
  #tell({ reason, challengeTokens }: Refusal, chat: string): void {
    const { channel, place, titleOf, notice } = this.#options
    const [token] = challengeTokens
    if (reason === 'limited' && token !== undefined && this.#isCaptchaDue()) {
      notice(captchaNotice(token, place))
    }
    if (reason === 'unlinked') notice(unlinkedNotice(channel, place))
    if (reason !== 'untrusted') return
    if (toRecipient(chat) === chat) this.#untrusted({ uuid: chat })
    else notice(groupSafetyNumbersNotice(chat, titleOf(chat), place))
  }
}
