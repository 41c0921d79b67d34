import type { Readable } from 'node:stream'
import type { Clock } from '../../core/clock.ts'
import { DeliveryError } from '../../core/errors.ts'
import type { Address, Chunk, InboundAttachment, Reply } from '../../core/model.ts'
import type {
  ChannelAdapter,
  ChannelHost,
  KnownMessage,
  OutboundDelivery,
  Reconciliation,
  Rendering,
  SentMessage,
} from '../../core/ports.ts'
import { renderPlainReply } from '../../core/rendering/plain-reply.ts'
import { telegramTarget } from '../../core/rendering/telegram-format.ts'
import {
  openFile,
  publishCommands,
  readAdmins,
  setReaction,
  showDraft,
  showTyping,
} from './actions.ts'
import { ChatAdmins } from './admins.ts'
import { TelegramApi } from './api.ts'
import { capabilities } from './capabilities.ts'
import { toChannelError, toDeliveryError } from './failures.ts'
import { type Bot, Intake } from './intake.ts'
import { Poller } from './poll.ts'
import { Sender } from './sender.ts'
import type { Session } from './session.ts'
import { defaultTiming, type Timing } from './timing.ts'
import { type WebhookOptions, WebhookReceiver } from './webhook.ts'
import { setWebhook, watchWebhook } from './webhook-watch.ts'

export type TelegramOptions = {
  readonly name: string
  readonly token: string
  /** `https://api.telegram.org`, or a server that speaks the same protocol. */
  readonly apiRoot: string
  /** Updates are posted to the gateway instead of being polled. */
  readonly webhook?: WebhookOptions
  /** Whether senders in groups get the role `admin` where Telegram says they run the group. */
  readonly readsAdmins?: boolean
  readonly clock: Clock
  readonly timing?: Partial<Timing>
}

/** Sends of different chats at the same time; more wait for a free connection. */
const maxConnections = 16
/** Shown while the channel is up, for whoever wonders why the bot is deaf in groups. */
const privacyNote =
  'Privacy mode is on: in groups the bot sees only commands, mentions and replies to it.'
/** How long a proof waits for the first complete poll before it starts without. */
const maxCatchUpMs = 60_000

/** One Telegram bot. Receives by polling, or by webhook where the options have one. */
export class TelegramChannel implements ChannelAdapter {
  readonly name: string
  readonly type = 'telegram'
  readonly capabilities = capabilities
  /** Where posts of Telegram go in; absent when the bot polls. */
  readonly webhook: WebhookReceiver | undefined
  readonly #options: TelegramOptions
  readonly #timing: Timing
  readonly #sender: Sender
  #api: TelegramApi | undefined
  #session: Session | undefined

  constructor(options: TelegramOptions) {
    this.name = options.name
    this.#options = options
    this.#timing = { ...defaultTiming, ...options.timing }
    this.webhook = options.webhook && new WebhookReceiver(options.webhook)
    this.#sender = new Sender({
      api: () => this.#connected(),
      clock: options.clock,
      timing: this.#timing,
      onBadFormat: () =>
        this.#session?.host.report(
          'up',
          'Telegram could not read the formatting of a message: a bug. It went out plain.',
        ),
    })
  }

  /** How many updates made no sense since the last start. */
  get unreadable(): number {
    return this.#session?.intake.unreadable ?? 0
  }

  async render(reply: Reply): Promise<Rendering> {
    if (reply.format === 'plain') return renderPlainReply(reply, telegramTarget)
    // The markdown parser is some 10 MB, so it is loaded with the first answer that needs it.
    const { renderTelegram } = await import('../../core/rendering/telegram.ts')
    return renderTelegram(reply)
  }

  async start(host: ChannelHost, signal: AbortSignal): Promise<{ account: string; title: string }> {
    await this.stop()
    const api = this.#connect(maxConnections)
    try {
      const me = await api.call('getMe', {}, this.#limits(signal))
      const account = `telegram:${me.id}`
      if (this.webhook) await setWebhook(api, this.webhook, this.#limits(signal))
      else await api.call('deleteWebhook', { drop_pending_updates: false }, this.#limits(signal))
      this.#api = api
      this.#receive(api, host, me.can_read_all_group_messages === true, {
        channel: this.name,
        account,
        botId: me.id,
        username: me.username,
      })
      return { account, title: `@${me.username}` }
    } catch (error) {
      await api.destroy()
      throw toChannelError(error)
    }
  }

  async pause(): Promise<void> {
    this.#session?.abort.abort()
    await this.webhook?.close()
    await this.#session?.receiving
  }

  async stop(): Promise<void> {
    await this.pause()
    const api = this.#api
    this.#session = undefined
    this.#api = undefined
    await api?.destroy()
  }

  send(delivery: OutboundDelivery, signal: AbortSignal): Promise<SentMessage> {
    return this.#sender.send(delivery, signal)
  }

  edit(messageId: string, delivery: OutboundDelivery, signal: AbortSignal): Promise<SentMessage> {
    return this.#sender.edit(messageId, delivery, signal)
  }

  async reconcile(
    delivery: OutboundDelivery,
    evidence: { readonly startedAt: number; known(): Promise<readonly KnownMessage[]> },
    signal: AbortSignal,
  ): Promise<Reconciliation> {
    const session = this.#session
    if (!session) throw new DeliveryError('retry', 'The bot is not connected.')
    // Messages that wait at the platform have ids too, and only a poll makes them known.
    const isOver = new AbortController()
    const limit = this.#options.clock.sleep(maxCatchUpMs, AbortSignal.any([signal, isOver.signal]))
    await Promise.race([session.caughtUp, limit]).finally(() => isOver.abort())
    return this.#sender.reconcile(delivery, evidence, session.seesAllGroups, signal)
  }

  draft(to: Address, number: number, chunk: Chunk, signal: AbortSignal): Promise<void> {
    return this.#call((api) => showDraft(api, to, number, chunk, this.#limits(signal)))
  }

  typing(to: Address, signal: AbortSignal): Promise<void> {
    return this.#call((api) => showTyping(api, to, this.#limits(signal)))
  }

  react(to: Address, messageId: string, emoji: string | null, signal: AbortSignal): Promise<void> {
    return this.#call((api) => setReaction(api, to, messageId, emoji, this.#limits(signal)))
  }

  fetch({ ref }: InboundAttachment, signal: AbortSignal): Promise<Readable> {
    return this.#call((api) => openFile(api, ref, { signal, timeoutMs: this.#timing.fileMs }))
  }

  publishCommands(
    commands: readonly { name: string; description: string }[],
    signal: AbortSignal,
  ): Promise<void> {
    return this.#call((api) => publishCommands(api, commands, this.#limits(signal)))
  }

  #receive(api: TelegramApi, host: ChannelHost, seesAllGroups: boolean, bot: Bot): void {
    const { clock } = this.#options
    const receiver = this.webhook
    const abort = new AbortController()
    const onPress = (id: string) => void this.#acknowledge(id, abort.signal)
    const read = (chat: string) => readAdmins(api, chat, this.#limits(abort.signal))
    const admins = this.#options.readsAdmins ? new ChatAdmins({ read, clock }) : undefined
    const intake = new Intake((events) => host.receive(events), bot, clock, onPress, admins)
    const common = { host, intake, seesAllGroups, abort }
    const report: ChannelHost['report'] = (state, detail) =>
      host.report(state, detail ?? (state === 'up' && !seesAllGroups ? privacyNote : undefined))
    if (receiver) {
      receiver.open((updates) => {
        host.alive()
        return intake.take(updates)
      })
      report('up')
      const { answerMs, webhookCheckMs: everyMs } = this.#timing
      const alive = () => host.alive()
      const watch = { api, receiver, report, alive, clock, answerMs, everyMs }
      const receiving = watchWebhook(watch, abort.signal)
      this.#session = { ...common, receiving, caughtUp: Promise.resolve() }
      return
    }
    const poller = new Poller({
      connect: () => this.#connect(1),
      clock,
      timing: this.#timing,
      report,
      alive: () => host.alive(),
      take: (updates) => intake.take(updates),
    })
    this.#session = { ...common, receiving: poller.run(abort.signal), caughtUp: poller.caughtUp }
  }

  /** Ends the spinner on a button. Best effort: the press counts either way, and a late one is refused. */
  async #acknowledge(id: string, signal: AbortSignal): Promise<void> {
    await this.#api
      ?.call('answerCallbackQuery', { callback_query_id: id }, this.#limits(signal))
      .catch(() => undefined)
  }

  #connect(connections: number): TelegramApi {
    const { token, apiRoot } = this.#options
    return new TelegramApi({
      token,
      apiRoot,
      connections,
      connectTimeoutMs: this.#timing.connectMs,
    })
  }

  #connected(): TelegramApi {
    if (this.#api) return this.#api
    throw new DeliveryError('retry', 'The Telegram channel is not connected.', {
      code: 'not-connected',
    })
  }

  async #call<T>(make: (api: TelegramApi) => Promise<T>): Promise<T> {
    try {
      return await make(this.#connected())
    } catch (error) {
      throw toDeliveryError(error)
    }
  }

  #limits(signal: AbortSignal): { signal: AbortSignal; timeoutMs: number } {
    return { signal, timeoutMs: this.#timing.answerMs }
  }
}
