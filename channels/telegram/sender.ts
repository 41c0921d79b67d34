import type { Clock } from '../../core/clock.ts'
import { DeliveryError } from '../../core/errors.ts'
import type {
  KnownMessage,
  OutboundDelivery,
  Reconciliation,
  SentMessage,
} from '../../core/ports.ts'
import type { TelegramApi } from './api.ts'
import { capabilities } from './capabilities.ts'
import { ChatGate } from './chat-gate.ts'
import { badMedia, Refusal, toDeliveryError } from './failures.ts'
import {
  hasOwnNumbers,
  type Outbound,
  type OutboundCall,
  toEdit,
  toSend,
  type Without,
} from './outbound.ts'
import { RecentIds } from './recent-ids.ts'
import { reconcile } from './reconcile.ts'
import type { Timing } from './timing.ts'

export type SenderOptions = {
  /** The connection for sends. Throws `DeliveryError` while there is none. */
  readonly api: () => TelegramApi
  readonly clock: Clock
  readonly timing: Timing
  /** Told when the platform could not read our formatting: a bug of ours. */
  readonly onBadFormat: () => void
}

/** Puts deliveries into chats: once each, and in a plainer form where the platform refuses the first one. */
export class Sender {
  readonly #options: SenderOptions
  readonly #gate = new ChatGate()
  readonly #recent = new RecentIds()

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** Throws `DeliveryError`. */
  send(delivery: OutboundDelivery, signal: AbortSignal): Promise<SentMessage> {
    const { chat } = delivery.to
    return this.#gate.send(chat, async () => {
      checkSize(delivery)
      const id = await this.#try((without) => toSend(delivery, without), signal)
      this.#recent.add(chat, id)
      return { id: String(id) }
    })
  }

  /** Throws `DeliveryError`, never `uncertain`: an edit can be repeated. */
  async edit(
    messageId: string,
    delivery: OutboundDelivery,
    signal: AbortSignal,
  ): Promise<SentMessage> {
    try {
      await this.#try((without) => toEdit(messageId, delivery, without), signal)
    } catch (error) {
      const { failure, cause, message } = toDeliveryError(error)
      if (failure === 'uncertain') throw new DeliveryError('retry', message, { cause: error })
      if (!(cause instanceof Refusal && cause.is('unchanged'))) throw error
    }
    return { id: messageId }
  }

  /** Says whether an uncertain send arrived. */
  reconcile(
    delivery: OutboundDelivery,
    evidence: { readonly startedAt: number; known(): Promise<readonly KnownMessage[]> },
    seesAllGroups: boolean,
    signal: AbortSignal,
  ): Promise<Reconciliation> {
    const { chat } = delivery.to
    return this.#gate.prove(chat, async () => {
      const result = await reconcile({
        chat,
        startedAt: evidence.startedAt,
        known: () => evidence.known(),
        isOwnId: (id) => this.#recent.has(chat, id),
        edit: (id) => this.#perform(toEdit(String(id), delivery), signal),
        seesEverything: seesAllGroups || !hasOwnNumbers(chat),
        clock: this.#options.clock,
        signal,
      })
      if (result.outcome === 'sent') this.#recent.add(chat, Number(result.id))
      return result
    })
  }

  /** Makes a call and, as long as the platform names something that can be left out, makes it again without that. */
  async #try(make: (without: Without) => OutboundCall, signal: AbortSignal): Promise<number> {
    let without: Without = {}
    while (true) {
      try {
        return await this.#perform(make(without), signal)
      } catch (error) {
        const plainer = findPlainer(error, without)
        if (!plainer) throw toDeliveryError(error)
        if (plainer.entities && !without.entities) this.#options.onBadFormat()
        without = plainer
      }
    }
  }

  async #perform<M extends Outbound>(
    { method, payload }: OutboundCall<M>,
    signal: AbortSignal,
  ): Promise<number> {
    const { api, timing } = this.#options
    const result: unknown = await api().call(method, payload, {
      signal,
      timeoutMs: timing.answerMs,
    })
    if (typeof result === 'object' && result !== null && 'message_id' in result) {
      const id = result.message_id
      if (typeof id === 'number' && Number.isSafeInteger(id)) return id
    }
    throw new DeliveryError('uncertain', `Telegram's answer to ${method} has no message id.`, {
      code: 'nonsense',
    })
  }
}

/** Telegram would hang up in the middle of it, which could mean anything. */
function checkSize({ chunk: { file } }: OutboundDelivery): void {
  if (!file || file.size <= capabilities.maxUploadBytes) return
  const [size, most] = [file.size, capabilities.maxUploadBytes].map((bytes) =>
    Math.ceil(bytes / 2 ** 20),
  )
  const message = `${file.name} has ${size} MB; Telegram takes ${most} MB from a bot.`
  throw new DeliveryError('rejected', message, { code: 'too-large' })
}

/** Each thing is left out at most once, so this ends. */
function findPlainer(error: unknown, without: Without): Without | undefined {
  if (!(error instanceof Refusal)) return undefined
  if (!without.thread && error.is('no-thread')) return { ...without, thread: true }
  if (!without.entities && error.is('bad-entities')) return { ...without, entities: true }
  if (!without.media && badMedia.some((reason) => error.is(reason)))
    return { ...without, media: true }
  return undefined
}
